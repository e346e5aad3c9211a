"""Four workers at one folder, killed, suspended and stopped at random moments: the outcome is that
of one process that nobody disturbed. check_kills.py SONANT [cv] [tune] [--kills N] [--seed S]"""
import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import workers

WORKERS = 4
# Before it can stop as it is asked to, a signal ends it at once.
MAY_END = {0, *(sign for s in (signal.SIGTERM, signal.SIGUSR1, signal.SIGKILL)
                for sign in (128 + s, -s))}


def disturb(sonant, words, folder, kills, chance, wrapped):
    """Until the work is done; how many were disturbed, at most so many, and how."""
    log = folder / "workers.log"
    team = [workers.Worker(sonant, words, log, wrapped) for _ in range(WORKERS)]
    asleep, counts = {}, {}
    deadline = time.monotonic() + 60 + 3 * kills
    try:
        while True:
            time.sleep(chance.uniform(0.05, 0.4))
            now = time.monotonic()
            for i in [i for i, wakes in asleep.items() if now >= wakes]:
                team[i].send(signal.SIGCONT)
                del asleep[i]
            over = [i for i in range(WORKERS) if team[i].over()]
            for i in over:
                status = team[i].process.returncode
                if status == 0:  # all is done
                    return counts
                if status not in MAY_END:
                    workers.fail(f"a worker ended with {status}\n{log.read_text()[-2000:]}")
                team[i].end()
                team[i] = workers.Worker(sonant, words, log, wrapped)
            if now > deadline:
                workers.fail(f"not done in time\n{log.read_text()[-2000:]}")
            i = chance.randrange(WORKERS)
            if sum(counts.values()) < kills and i not in asleep and i not in over:
                kind = chance.choice(["KILL", "KILL", "STOP", "TERM", "USR1"])
                counts[kind] = counts.get(kind, 0) + 1
                if kind == "STOP":  # some for longer than it takes to be thought dead
                    asleep[i] = now + chance.choice([0.3, 1.5, 4.5])
                team[i].send(getattr(signal, "SIG" + kind))
    finally:
        for worker in team:
            worker.end()


def check(kind, sonant, folder, manifest, kills, chance):
    wrapped = workers.apart()
    rounds, counts = 0, {}
    read = workers.experiment if kind == "cv" else workers.study
    place = (lambda f: f / "cv") if kind == "cv" else (lambda f: f / "s.sqlite")
    make = workers.cv_words if kind == "cv" else workers.tune_words
    alone = workers.empty(folder / "alone")
    subprocess.run([sonant, *make(manifest, place(alone))], check=True, capture_output=True)
    expected = read(place(alone))
    start = time.monotonic()
    while sum(counts.values()) < kills:  # one experiment after the other until all kills are spent
        here = workers.empty(folder / f"{kind}{rounds}")
        some = min(kills - sum(counts.values()), 12)
        for how, n in disturb(sonant, make(manifest, place(here)), here, some, chance,
                              wrapped).items():
            counts[how] = counts.get(how, 0) + n
        subprocess.run([sonant, *make(manifest, place(here))], check=True, capture_output=True)
        found = read(place(here))
        if found != expected:
            workers.fail(f"{here}: other than undisturbed: {workers.differences(found, expected)}")
        left = [p for p in here.rglob("*") if "claim" in p.name or ".tmp" in p.name]
        if left and not wrapped:
            workers.fail(f"left behind: {left}")
        rounds += 1
    print(f"{kind}: {sum(counts.values())} kills ({counts}) in {rounds} experiments, "
          f"{'apart' if wrapped else 'on one host'}: equal, {time.monotonic() - start:.0f} s")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sonant")
    parser.add_argument("kinds", nargs="*", default=["cv", "tune"])
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sonant_kills_") as name:
        folder = Path(name)
        manifest = workers.make_corpus(given.sonant, folder)
        for kind in given.kinds:
            check(kind, given.sonant, folder, manifest, given.kills, random.Random(given.seed))


main()
