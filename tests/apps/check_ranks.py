#!/usr/bin/env python3
"""Trains one model over MPI ranks, as people do, and compares it with one process.

usage: check_ranks.py SONANT [NAME PROGRAM MPIRUN]...

PROGRAM is the command linked with the MPI that MPIRUN belongs to. Shows that weights and model file
are the same for any number of ranks and threads and for every MPI, that a rank which dies, hangs or
is stopped ends the job and costs nothing that a resumed one does not have, and that what ranks
cannot do together is said in one line. Skips (status 77) where there is no MPI.

SONANT_RANKS_LONG=1 tries every pair of ranks and threads, and 20 kills in place of one.
SONANT_RANKS_PREFIX: words before mpirun's own, as "ip netns exec a" in tests by hand.
"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

LONG = os.environ.get("SONANT_RANKS_LONG") == "1"
# As root, and with more ranks than processors; more waits between two looks.
ENVIRONMENT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
               "OMPI_MCA_rmaps_base_oversubscribe": "1", "OMPI_MCA_mpi_yield_when_idle": "1",
               "OMPI_MCA_hwloc_base_binding_policy": "none", "NO_COLOR": "1"}


def own_lines(text):
    """What our ranks said, apart from what mpirun has to say."""
    return [line for line in text.splitlines() if line.startswith("sonant:")]


class Ranks:
    """One MPI with the command that is linked with it."""

    def __init__(self, name, program, mpirun, folder):
        self.name, self.program, self.mpirun, self.folder = name, program, mpirun, folder

    def start(self, ranks, words, environment=(), before=()):
        prefix = os.environ.get("SONANT_RANKS_PREFIX", "").split()
        command = [*prefix, self.mpirun, *before, "-n", str(ranks), self.program, *words]
        print("$", self.name, "-n", ranks, *words, *environment, flush=True)
        # A group of its own, so that nothing of it outlives the test.
        return subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, start_new_session=True,
                                env={**os.environ, **ENVIRONMENT, **dict(environment)})

    def finish(self, process, seconds=240):
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            sys.exit(f"{self.name}: not over after {seconds} s\n{out}\n{err}")
        return process.returncode, out, err

    def run(self, ranks, words, environment=()):
        return self.finish(self.start(ranks, words, environment))

    def pids(self, mark):
        """{rank: process} of the ranks whose command line has the mark."""
        found = {}
        for entry in pathlib.Path("/proc").iterdir():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                if words[0].decode() != str(self.program) or mark.encode() not in words:
                    continue
                pairs = (entry / "environ").read_bytes().split(b"\0")
                its = dict(pair.split(b"=", 1) for pair in pairs if b"=" in pair)
                rank = its.get(b"OMPI_COMM_WORLD_RANK", its.get(b"PMI_RANK"))
                found[int(rank)] = int(entry.name)
            except (OSError, TypeError, ValueError):
                continue
        return found


def tell(pid, word):
    try:
        os.kill(pid, word)
    except ProcessLookupError:  # it was done before
        pass


def weights(out):
    return re.search(r"^weights (\w{32})$", out, re.M).group(1)


class Check:
    def __init__(self, sonant, all_ranks, folder):
        self.sonant, self.all, self.folder = sonant, all_ranks, folder
        data = folder / "synth"
        subprocess.run([sonant, "synth", "-q", "--out", data, "--repetitions", "1"], check=True)
        self.base = ["train", "--data", data, "--cache", folder / "cache", "--batch-size", 32,
                     "--lr", "5e-3", "--t0", 3, "--model", "reslstm-sa-h16", "--epochs", 2]
        self.recipe = [*self.base, "--shards", 4, "-q"]
        alone = subprocess.run(list(map(str, [sonant, *self.recipe, "--threads", 1, "--out",
                                              folder / "alone"])),
                               stdout=subprocess.PIPE, text=True, check=True)
        self.weights = weights(alone.stdout)
        self.model = (folder / "alone").read_bytes()

    def same(self, ranks, count, threads):
        out = self.folder / f"{ranks.name}-{count}-{threads}"
        status, text, err = ranks.run(count, [*self.recipe, "--threads", threads, "--out", out])
        assert status == 0, (status, text, err)
        assert text.count("weights ") == 1 and not own_lines(err), (text, err)
        assert weights(text) == self.weights, (text, self.weights)
        assert out.read_bytes() == self.model, f"{out}: other bytes"
        # Of the files that a rank might have written, there are only those of one.
        assert sorted(p.name for p in self.folder.glob(out.name + "*")) == \
            [out.name, out.name + ".checkpoint"]

    def refused(self, ranks, count, words, said, expected=2, environment=()):
        status, text, err = ranks.run(count, [*words, "--out", self.folder / "refused"],
                                      environment)
        lines = own_lines(err)
        assert status == expected, (status, text, err)
        assert len(lines) == 1 and re.search(said, lines[0]), err
        assert not (self.folder / "refused").exists()

    def refusals(self, ranks):
        self.refused(ranks, 2, self.base, r"2 ranks.*--shards 1 .*expected --shards 2, 4")
        self.refused(ranks, 3, [*self.base, "--shards", 2], r"3 ranks.*expected --shards 4, 8")
        self.refused(ranks, 2, [*self.base, "--shards", 3], r"power of two, got 3")
        self.refused(ranks, 2, [*self.base, "--shards", 64], r"batch_size of 32, got 64")
        self.refused(ranks, 2, [*self.recipe, "--data", self.folder / "none"], "none", 1)
        other = [*self.recipe, "--lr", "1e-3", "--out", self.folder / "refused"]
        self.refused(ranks, 1, [*self.recipe, "--out", self.folder / "refused", ":", "-n", 1,
                                ranks.program, *other], r"rank 1 on .*: lr: 0.001 there, 0.005", 1)
        self.refused(ranks, 1, [*self.recipe, "--out", self.folder / "refused", ":", "-n", 1, "env",
                                "SONANT_KERNEL=reference", ranks.program, *self.recipe],
                     r"rank 1 on .*: LSTM kernel reference there", 1)

    def resumed(self, ranks, count, out, model, words):
        status, text, err = ranks.run(count, [*words, "--resume", "--out", out])
        assert status == 0, (status, text, err)
        assert out.read_bytes() == model, f"{out}: other bytes after going on"

    def started(self, ranks, count, out, words, environment=()):
        """A long training, and its ranks, when it has a checkpoint."""
        process = ranks.start(count, [*words, "--out", out], environment)
        checkpoint = pathlib.Path(f"{out}.checkpoint")
        end = time.monotonic() + 120
        while not checkpoint.exists():
            assert process.poll() is None, ranks.finish(process)
            assert time.monotonic() < end, "no checkpoint"
            time.sleep(0.01)
        pids = ranks.pids(str(out))
        assert sorted(pids) == list(range(count)), pids
        return process, pids

    def failures(self, ranks, kills):
        words = [*self.recipe, "--epochs", 30, "--checkpoint-every", 0]
        whole = self.folder / f"whole-{ranks.name}"
        status, text, err = ranks.run(1, [*words, "--out", whole])
        assert status == 0, (status, text, err)
        model = whole.read_bytes()
        for kill in range(kills):
            out = self.folder / f"killed-{ranks.name}-{kill}"
            count = 2 + kill % 2
            process, pids = self.started(ranks, count, out, words)
            time.sleep(0.07 * (kill % 7))
            begin = time.monotonic()
            tell(pids[kill % count], signal.SIGKILL)
            status, text, err = ranks.finish(process, 60)
            took = time.monotonic() - begin
            print(f"rank {kill % count} of {count} killed: over in {took:.1f} s, status {status}")
            assert took < 15, took
            assert status != 0 or out.exists(), (text, err)
            self.resumed(ranks, 1 + (kill + 1) % 3, out, model, words)
        # One that hangs: the others do not wait for ever.
        out = self.folder / f"hung-{ranks.name}"
        process, pids = self.started(ranks, 2, out, words, [("SONANT_RANKS_TIMEOUT", "1")])
        os.kill(pids[1], signal.SIGSTOP)
        time.sleep(4)
        tell(pids[1], signal.SIGCONT)  # which an mpirun may have ended by force
        status, text, err = ranks.finish(process, 60)
        lines = own_lines(err)
        assert status != 0 and len(lines) == 1 and "not answered for 1 s" in lines[0], (status, err)
        self.resumed(ranks, 2, out, model, words)
        # One rank is asked to stop: all do, after the same step.
        out = self.folder / f"stopped-{ranks.name}"
        process, pids = self.started(ranks, 2, out, words)
        os.kill(pids[1], signal.SIGTERM)
        status, text, err = ranks.finish(process, 60)
        assert status != 0 and "go on with --resume" in err, (status, text, err)
        self.resumed(ranks, 3, out, model, words)

    def everything(self):
        pairs = [(1, 2), (2, 1), (2, 2), (3, 1), (4, 2)]
        if LONG:
            pairs = [(count, threads) for count in (1, 2, 3, 4) for threads in (1, 2)]
        for k, ranks in enumerate(self.all):
            for count, threads in pairs if k == 0 or LONG else pairs[1:4:2]:
                self.same(ranks, count, threads)
        for ranks in self.all if LONG else self.all[:1]:
            self.refusals(ranks)
            self.failures(ranks, 20 if LONG else 1)
        for a in self.all:
            for b in self.all:
                if a is not b:  # the other's mpirun
                    mixed = Ranks(f"{a.name} by {b.name}", a.program, b.mpirun, self.folder)
                    self.refused(mixed, 2, self.recipe, "finds 1; expected the mpirun of", 1)


def main(sonant, words):
    if not words:
        print("skipped: no MPI is installed (apps/install_packages.sh mpi)")
        return 77
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        every = [Ranks(*words[i:i + 3], folder) for i in range(0, len(words), 3)]
        Check(sonant, every, folder).everything()
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 2 or len(sys.argv) % 3 != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
