"""The numbers in tests/core/test_random.cpp and elsewhere that depend on nothing of Sonant's.

Philox4x32-10 from Salmon et al., SC 2011, section 3.3, in plain Python; then what core/random.h and
docs/notation.md say about seeds, streams and elements. Run: python3 -B gen_random.py
"""
import math

MASK = 0xFFFFFFFF


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & MASK, (a >> 32) ^ c[3] ^ k[1], a & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


def block(seed, stream, number):
    return philox((number & MASK, number >> 32, stream & MASK, stream >> 32),
                  (seed & MASK, seed >> 32))


def split(seed, stream, child):
    w = block(seed, stream, child | 1 << 63)
    return w[0] << 32 | w[1]


def unit(high, low):
    return ((high << 32 | low) >> 11) * 2.0**-53


def uniform(seed, stream, i):
    w, k = block(seed, stream, i // 2), 2 * (i % 2)
    return unit(w[k], w[k + 1])


def normal(seed, stream, i):
    w = block(seed, stream, i // 2)
    radius, angle = math.sqrt(-2 * math.log(1 - unit(w[0], w[1]))), 2 * math.pi * unit(w[2], w[3])
    return radius * (math.cos(angle) if i % 2 == 0 else math.sin(angle))


def permutation(seed, stream, n):
    order = list(range(n))
    for i in range(n - 1, 0, -1):
        j = int(uniform(seed, stream, i) * (i + 1))
        order[i], order[j] = order[j], order[i]
    return order


def kept(seed, step, op, n, p):
    """Dropout's mask: 1 for what stays."""
    stream = split(seed, split(seed, 0, step), op)
    bits = [block(seed, stream, i // 4)[i % 4] for i in range(n)]
    return "".join("1" if b >= int(p * 2**32) else "0" for b in bits)


def shuffled(seed, epoch, n):
    return permutation(seed, split(seed, 0x73687566, epoch), n)


if __name__ == "__main__":
    for s, stream, child in [(0, 0, 0), (1, 0, 0), (1, 0, 1), (1, 0x73687566, 3),
                             (0x123456789ABCDEF0, 0xFEDCBA9876543210, 0x3FFFFFFFFFFFFFFF)]:
        print("split", hex(s), hex(stream), hex(child), hex(split(s, stream, child)))
    print("split of a split", hex(split(7, split(7, 0, 2), 5)))
    print("uniform", [uniform(3, 4, i) for i in range(3)])
    print("normal", [normal(3, 4, i) for i in range(4)])
    print("permutation", permutation(1, 0, 10), permutation(3, 9, 10))
    print("shuffled", shuffled(1, 0, 10), shuffled(1, 1, 10), shuffled(2, 0, 10))
    for seed, step, op, p in [(3, 4, 0, .5), (3, 5, 0, .5), (3, 4, 1, .5), (4, 4, 0, .5),
                              (3, 4, 0, .3)]:
        print("dropout", seed, step, op, p, kept(seed, step, op, 24, p))
