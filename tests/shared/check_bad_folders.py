"""cv and tune where a shared folder or a clock goes wrong: check_bad_folders.py SONANT [CASE...]

full      the folder's file system has no space left in the middle
readonly  it cannot be written to from the middle on, nor at a start
clock     the time of day jumps by an hour, forth and back; a library that is preloaded makes it so

Of the first two each worker ends with one line that names the folder; when it is mended, the same
command goes on. The last disturbs nobody. All give what one worker gives that nothing disturbs.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import workers

SKIP = 77
JUMPS = r"""
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static time_t jump(void) {
  struct timespec up;
  syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &up);
  return up.tv_sec % 3 == 0 ? 3600 : up.tv_sec % 3 == 1 ? -3600 : 0;
}
int clock_gettime(clockid_t clock, struct timespec* t) {
  int status = syscall(SYS_clock_gettime, clock, t);
  if (status == 0 && clock == CLOCK_REALTIME) t->tv_sec += jump();
  return status;
}
int gettimeofday(struct timeval* t, void* zone) {
  struct timespec now;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &now);
  t->tv_sec = now.tv_sec;
  t->tv_usec = now.tv_nsec / 1000;
  return 0;
}
time_t time(time_t* t) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (t) *t = now.tv_sec;
  return now.tv_sec;
}
"""


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIP)


def enter():
    """Starts this program again where it may mount file systems, or skips."""
    if os.environ.get("SONANT_FOLDERS_INSIDE") == "1":
        return
    env = {**os.environ, "SONANT_FOLDERS_INSIDE": "1"}
    with tempfile.TemporaryDirectory() as place:
        for spaces in (["unshare", "--mount"],
                       ["unshare", "--mount", "--user", "--map-root-user"]):
            tried = [*spaces, "mount", "-t", "tmpfs", "none", place]
            if shutil.which("unshare") and subprocess.run(
                    tried, capture_output=True).returncode == 0:
                again = subprocess.run([*spaces, sys.executable, "-B", *sys.argv], env=env)
                sys.exit(again.returncode)
    skip("no right to mount a file system")


def run(*words):
    subprocess.run(words, check=True, capture_output=True)


class Full:
    """A file system that somebody else fills up."""

    def __init__(self, place):
        self.place = place
        run("mount", "-t", "tmpfs", "-o", "size=64m", "none", place)

    def spoil(self):
        with open(self.place / "filler", "wb", buffering=0) as filler:
            try:
                for size in (1 << 20, 1 << 12):
                    while filler.write(bytes(size)) == size:
                        pass
            except OSError:
                pass

    def mend(self):
        (self.place / "filler").unlink()


class ReadOnly:
    """One that is switched to reading only, as the system does with a disk that fails."""

    def __init__(self, place):
        self.place = place
        run("mount", "-t", "tmpfs", "none", place)

    def spoil(self):
        # Not while a file is open for writing.
        end = time.monotonic() + 20
        while subprocess.run(["mount", "-o", "remount,ro", self.place],
                             capture_output=True).returncode != 0:
            if time.monotonic() > end:
                workers.fail("the file system is never quiet")

    def mend(self):
        run("mount", "-o", "remount,rw", self.place)


KINDS = [("cv", workers.cv_words, workers.experiment, {"epochs": 20}),
         ("s.sqlite", workers.tune_words, workers.study, {"trials": 12, "epochs": 8})]


def finish(team, seconds):
    end = time.monotonic() + seconds
    while not all(worker.over() for worker in team):
        if time.monotonic() > end:
            break
        time.sleep(0.05)
    late = [not worker.over() for worker in team]
    for worker in team:
        worker.end()
    return late


def logs_of(folder, count):
    return [(folder / f"{i}.log").read_text() for i in range(count)]


def start(sonant, words, folder, count, env=None):
    for i in range(count):
        (folder / f"{i}.log").unlink(missing_ok=True)
    return [workers.Worker(sonant, words, folder / f"{i}.log", workers.apart(), env)
            for i in range(count)]


def spoilt(sonant, folder, manifest, kind):
    for name, make, read, size in KINDS:
        alone, shared = workers.empty(folder / "alone"), workers.empty(folder / "shared")
        subprocess.run([sonant, *make(manifest, alone / name, **size)], check=True,
                       capture_output=True)
        place = kind(shared)
        words = make(manifest, shared / name, **size)
        team = start(sonant, words, folder, 2)
        # In the middle: one job is done, others are under way.
        end = time.monotonic() + 60
        while not list(shared.rglob("result.json")) and time.monotonic() < end:
            time.sleep(0.02)
        place.spoil()
        if any(worker.over() for worker in team):
            workers.fail(f"{name}: over before the folder was spoilt\n{logs_of(folder, 2)}")
        if any(finish(team, 60)):
            workers.fail(f"{name}: a worker does not end where it cannot write")
        check_told(name, [w.process.returncode for w in team], logs_of(folder, 2), shared)
        team = start(sonant, words, folder, 1)  # which finds it so
        if any(finish(team, 60)):
            workers.fail(f"{name}: a worker that is started then does not end")
        check_told(name, [w.process.returncode for w in team], logs_of(folder, 1), shared)
        place.mend()
        team = start(sonant, words, folder, 2)
        late = finish(team, 120)
        if any(late) or any(w.process.returncode != 0 for w in team):
            workers.fail(f"{name}: does not go on\n{logs_of(folder, 2)}")
        expected, found = read(alone / name), read(shared / name)
        run("umount", "-l", shared)
        if found != expected:
            workers.fail(f"{name}: differs: {workers.differences(found, expected)}")


def check_told(name, statuses, logs, shared):
    for status, log in zip(statuses, logs):
        said = [line for line in log.splitlines() if line.startswith("sonant: ")]
        if status != 1 or len(said) != 1 or str(shared) not in said[0]:
            workers.fail(f"{name}: expected status 1 and one line that names the folder, got "
                         f"{status}\n{log}")


def full(sonant, folder, manifest):
    spoilt(sonant, folder, manifest, Full)


def readonly(sonant, folder, manifest):
    spoilt(sonant, folder, manifest, ReadOnly)


def clock(sonant, folder, manifest):
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        skip("no C compiler for the library that is preloaded")
    (folder / "jumps.c").write_text(JUMPS)
    run(compiler, "-shared", "-fPIC", "-o", folder / "jumps.so", folder / "jumps.c")
    env = {**os.environ, "LD_PRELOAD": str(folder / "jumps.so")}
    seen = {subprocess.run(["date", "+%s"], env=env, capture_output=True, check=True,
                           text=True).stdout for _ in range(3) if time.sleep(1) is None}
    if max(map(int, seen)) - min(map(int, seen)) < 3000:
        workers.fail(f"the library does not make the clock jump: {seen}")
    for name, make, read, size in KINDS:
        alone, shared = workers.empty(folder / "alone"), workers.empty(folder / "shared")
        subprocess.run([sonant, *make(manifest, alone / name, **size)], check=True,
                       capture_output=True)
        team = start(sonant, make(manifest, shared / name, **size), folder, 2, env)
        late = finish(team, 120)
        if any(late) or any(w.process.returncode != 0 for w in team):
            workers.fail(f"{name}: does not end well\n{logs_of(folder, 2)}")
        expected, found = read(alone / name), read(shared / name)
        if found != expected:
            workers.fail(f"{name}: differs: {workers.differences(found, expected)}")


def main():
    enter()
    sonant = sys.argv[1]
    with tempfile.TemporaryDirectory(prefix="sonant_folders_") as name:
        folder = Path(name)
        manifest = workers.make_corpus(sonant, folder)
        for case in sys.argv[2:] or ["full", "readonly", "clock"]:
            begun = time.monotonic()
            globals()[case](sonant, folder, manifest)
            print(f"{case}: cv and tune as by one worker, {time.monotonic() - begun:.0f} s")


main()
