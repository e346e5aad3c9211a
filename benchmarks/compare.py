#!/usr/bin/env python3
"""Times Sonant and its peers side by side: see compare.sh, which calls this."""
import argparse
import json
import math
import os
import pathlib
import random
import shutil
import statistics
import struct
import subprocess
import sys
import wave

HERE = pathlib.Path(__file__).parent
TITLES = {
    "train/8": "W, training step, batch 8",
    "train/16": "W, training step, batch 16",
    "train/32": "W, training step, batch 32",
    "forward/1": "W, forward, one utterance",
    "forward/32": "W, forward, batch 32",
    "stream": "W, streaming, one frame",
    "layers/1/forward": "W's LSTM layers alone, forward, one utterance",
    "layers/32/forward": "W's LSTM layers alone, forward, 32 of equal length",
    "layers/32": "W's LSTM layers alone, forward and backward, 32 of equal length",
    "large/32": "L, forward and backward",
    "light-sernet/1": "Light-SERNet, forward, one clip of 3 s",
    "light-sernet/32": "Light-SERNet, training step, batch 32",
    "lstm-wp/32": "LSTM-WP (FC 256, BiLSTM 128), training step, 32 of 300 frames",
    "a-lstm/32": "A-LSTM of the same size, training step, 32 of 300 frames",
    "features": "46 features of a 3.7 s file, decoding included",
}
# What is timed is this many of what the title names.
TIMES = {"stream": 87}
SECONDS_PER_TURN = 0.15


class Peer:
    """A program that waits for work (peers/serve.h)."""

    def __init__(self, command, prefix, env):
        self.process = subprocess.Popen(prefix + command, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, env=env)
        hello = json.loads(self.process.stdout.readline() or "{}")
        self.name, self.version = hello.get("peer"), hello.get("version")
        self.problems, self.machine = hello.get("problems", []), hello.get("machine")

    def run(self, problem, repeats):
        print(problem, repeats, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"{self.name} gave up at {problem}; its message is above")
        return json.loads(answer)["ms"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def works(command):
    try:
        return subprocess.run(command, capture_output=True, timeout=120).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


class Pythons:
    """Where peers in Python run: the interpreters of this system, or that of a root made by
    peers/root.sh, in which the folder `inside` is all that they see of us."""

    def __init__(self, root, out):
        self.root = root.resolve() if root else None
        self.inside = self.root / "tmp/peers" if root else out
        if root:
            shutil.rmtree(self.inside, ignore_errors=True)
            shutil.copytree(HERE / "peers", self.inside)
            shutil.copy(HERE / "lengths.csv", self.inside)

    def path(self, name):
        """Of a peer's file, as its interpreter sees it."""
        if self.root:
            return f"/tmp/peers/{name}"
        return str(HERE / name if name == "lengths.csv" else HERE / "peers" / name)

    def folder(self):
        return "/tmp/peers" if self.root else str(self.inside)

    def having(self, module):
        """The command of one that can import it, or None."""
        commands = [[sys.executable], ["/usr/bin/python3"]]
        if self.root:
            enter = 'mount -t proc proc "$0/proc" && exec chroot "$0" python3 "$@"'
            commands = [["unshare", "--mount", "sh", "-c", enter, str(self.root)]]
        return next((c for c in commands if works([*c, "-c", f"import {module}"])), None)


def write_sound(path, rate=48000, seconds=3.7):
    """A gliding harmonic tone with noise."""
    noise, phase, samples = random.Random(37), 0.0, []
    for n in range(int(rate * seconds)):
        phase += 2 * math.pi * (120 + 30 * math.sin(3 * n / rate)) / rate
        value = sum(math.sin(k * phase) / k for k in range(1, 21))
        samples.append(int(32768 * (0.2 * value + noise.gauss(0, 0.005))))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))


def commands(build, out, pythons):
    """The peers that are there, Sonant first."""
    sound, lengths = out / "sound.wav", pythons.path("lengths.csv")
    write_sound(sound)
    found = [[str(build / "benchmarks/peer_sonant"), str(sound)]]
    dnnl = build / "benchmarks/peer_dnnl"
    if dnnl.exists():
        found.append([str(dnnl)])
    torch, onnx = pythons.having("torch"), pythons.having("onnxruntime")
    if torch:
        peer = [*torch, pythons.path("torch_peer.py")]
        found += [[*peer, mode, lengths] for mode in ("padded", "packed")]
    if onnx and pythons.having("torch, onnx"):
        subprocess.run([*peer, "export", lengths, pythons.folder()], check=True,
                       stderr=subprocess.DEVNULL)
        found.append([*onnx, pythons.path("onnxruntime_peer.py"), pythons.folder()])
    librosa = Pythons(None, out).having("librosa")
    if librosa:
        found.append([*librosa, str(HERE / "peers/librosa_peer.py"), str(sound)])
    return found


def measure(peers, wanted, rounds):
    """times[problem][peer]: milliseconds. All peers of a problem take turns; who begins rotates."""
    times = {}
    for problem in wanted:
        able = [p for p in peers if problem in p.problems]
        if len(able) < 2 and problem != "features":
            continue
        table = times[problem] = {p.name: [] for p in able}
        first = {p.name: statistics.median(p.run(problem, 3)) for p in able}
        repeats = {name: max(2, int(1e3 * SECONDS_PER_TURN / ms)) for name, ms in first.items()}
        for turn in range(rounds):
            k = turn % len(able) if able else 0
            for peer in able[k:] + able[:k]:
                table[peer.name] += [ms / TIMES.get(problem, 1)
                                     for ms in peer.run(problem, repeats[peer.name])]
        print(f"  {TITLES[problem]}", file=sys.stderr)
    return times


def summary(times):
    def figures(ms):
        ms = sorted(ms)
        return {"median_ms": statistics.median(ms), "p10_ms": ms[len(ms) // 10],
                "p90_ms": ms[len(ms) * 9 // 10], "runs": len(ms)}
    return {problem: {peer: figures(ms) for peer, ms in table.items()}
            for problem, table in times.items()}


def duration(ms):
    return f"{1e3 * ms:.3g} us" if ms < 1 else f"{ms:.3g} ms"


def markdown(results):
    names = list(dict.fromkeys(n for table in results.values() for n in table))
    lines = ["| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for problem, table in results.items():
        own, cells = table["Sonant"]["median_ms"], []
        for name in names:
            if name not in table:
                cells.append("-")
                continue
            ms = table[name]["median_ms"]
            ratio = "" if name == "Sonant" else f" ({ms / own:.3g}x)"
            cells.append(duration(ms) + ratio)
        lines.append(f"| {TITLES[problem]} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


COLOURS = ["#1b6ca8", "#e07b39", "#5a9e6f", "#9a6fb0", "#b0a04f", "#888888"]


def svg(results):
    """Time over Sonant's, on a logarithmic axis; bars to the left of 1 are faster than Sonant."""
    ratios = {p: {n: f["median_ms"] / t["Sonant"]["median_ms"]
                  for n, f in t.items() if n != "Sonant"}
              for p, t in results.items()}
    ratios = {p: t for p, t in ratios.items() if t}
    names = list(dict.fromkeys(n for t in ratios.values() for n in t))
    values = [v for t in ratios.values() for v in t.values()]
    low, high = min([0.8] + values), max([2.0] + values) * 1.3
    left, width, bar = 20, 760, 15

    def x(ratio):
        return left + width * math.log(ratio / low) / math.log(high / low)
    body, y = [], 62
    for k, name in enumerate(names):
        body.append(f'<rect x="{left + 175 * k}" y="34" width="11" height="11" '
                    f'fill="{COLOURS[k]}"/>'
                    f'<text x="{left + 175 * k + 16}" y="44">{name}</text>')
    for problem, table in ratios.items():
        y += 22
        body.append(f'<text x="{left}" y="{y - 5}" class="t">{TITLES[problem]}: Sonant '
                    f'{duration(results[problem]["Sonant"]["median_ms"])}</text>')
        body.append(f'<line x1="{x(1):.1f}" x2="{x(1):.1f}" y1="{y - 2}" '
                    f'y2="{y + bar * len(table)}" stroke="#444"/>')
        for name, ratio in table.items():
            a, b = sorted((x(1), x(ratio)))
            body.append(f'<rect x="{a:.1f}" y="{y}" width="{max(b - a, 1):.1f}" height="{bar - 3}" '
                        f'fill="{COLOURS[names.index(name)]}"/>'
                        f'<text x="{b + 4:.1f}" y="{y + bar - 5}">{ratio:.3g}x</text>')
            y += bar
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 {y + 16}" width="860" '
            f'height="{y + 16}" font-family="sans-serif" font-size="12">\n'
            '<style>.t{font-weight:bold}</style><rect width="100%" height="100%" fill="white"/>\n'
            f'<text x="{left}" y="20" font-size="15" class="t">Time of others over Sonant\'s, one '
            'thread, logarithmic axis</text>\n' + "\n".join(body) + "\n</svg>\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/bench"))
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out/benchmarks"))
    parser.add_argument("--root", type=pathlib.Path, help="of peers/root.sh; needs to be root")
    parser.add_argument("--only", nargs="*", metavar="PROBLEM", choices=TITLES, default=TITLES)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--cpu", type=int, default=max(os.sched_getaffinity(0)))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    env = {**os.environ, "OMP_NUM_THREADS": "1", "SONANT_NUM_THREADS": "1"}
    prefix = ["taskset", "-c", str(arguments.cpu)]
    if works(["chrt", "-f", "5", "true"]):
        prefix += ["chrt", "-f", "5"]
    pythons = Pythons(arguments.root, arguments.out)
    peers = [Peer(c, prefix, env) for c in commands(arguments.build, arguments.out, pythons)]
    machine = peers[0].machine
    versions = {p.name: p.version for p in peers}
    head = "".join(f"- {name}: {fact}\n" for name, fact in machine.items())
    head += "- " + ", ".join(f"{name} {version}" for name, version in versions.items()) + "\n"
    print(head, flush=True)
    results = summary(measure(peers, arguments.only, arguments.rounds))
    for peer in peers:
        peer.close()
    table = markdown(results)
    (arguments.out / "comparison.md").write_text(f"{head}\n{table}")
    (arguments.out / "comparison.svg").write_text(svg(results))
    (arguments.out / "comparison.json").write_text(json.dumps(
        {"machine": machine, "versions": versions, "results": results}, indent=1) + "\n")
    print(table, end="")


if __name__ == "__main__":
    main()
