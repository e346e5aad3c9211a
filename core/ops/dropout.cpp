#include <sonant/core/ops/dropout.h>

#include <algorithm>

#include <sonant/core/random.h>

namespace sonant {

// saves: m (one byte per element)
template <Real T>
Var<T> dropout(Var<T> x, double p, bool training) {
  check(p >= 0 && p < 1, "dropout", "expects a probability 0 <= p < 1, got ", p);
  if (!training || p == 0) return x;
  Tape<T>& tape = x.tape();
  Random random = Random(tape.seed()).split(tape.step()).split(tape.next_random_op());
  if (const Exchange* others = tape.exchange())
    random = random.split(static_cast<std::uint64_t>(others->shard()));
  const auto size = static_cast<std::size_t>(x.value().size());
  PoolVector<std::uint32_t> bits(size);
  random.fill_bits(bits);
  const auto threshold = static_cast<std::uint32_t>(p * 0x1p32);  // P(bits < threshold) = p
  PoolVector<std::uint8_t> mask(size);
  std::transform(bits.begin(), bits.end(), mask.begin(),
                 [threshold](std::uint32_t b) { return b >= threshold; });

  const T scale = static_cast<T>(1 / (1 - p));
  auto y = Tensor<T>::uninitialized(x.shape());
  const T* value = x.value().data();
  std::transform(value, value + size, mask.begin(), y.data(),
                 [scale](T a, std::uint8_t kept) { return kept ? a * scale : T(0); });
  return tape.record("dropout", {x}, std::move(y),
                     [mask = std::move(mask), scale](const Vjp<T>& v) {
                       const T* dy = v.dout().data();
                       T* dx = v.din().data();
                       for (std::size_t i = 0; i < mask.size(); ++i)
                         dx[i] += mask[i] ? dy[i] * scale : T(0);
                     });
}

template Var<float> dropout(Var<float>, double, bool);
template Var<double> dropout(Var<double>, double, bool);

}  // namespace sonant
