"""cv and tune on file systems as clusters have them: check_file_systems.py SONANT nfs|cached

nfs      flock is a lock on all of the file's bytes, which SQLite's locks collide with; a library
         that is preloaded makes it so
cached   two hosts that believe names and attributes for 30 s: two FUSE mounts of one folder
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
FLOCK = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/file.h>
int flock(int fd, int operation) {
  struct flock all = {.l_type = operation & LOCK_UN ? F_UNLCK : F_WRLCK, .l_whence = SEEK_SET};
  return fcntl(fd, operation & LOCK_NB ? F_OFD_SETLK : F_OFD_SETLKW, &all);
}
"""


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIP)


def outcomes(sonant, folder, manifest, places, env=None):
    """What a worker at each of the places makes together of an experiment and of a search, beside
    what one worker makes of them."""
    wrapped = workers.apart()
    alone = workers.empty(folder / "alone")
    pairs = []
    for make, read, name in [(workers.cv_words, workers.experiment, "cv"),
                             (workers.tune_words, workers.study, "s.sqlite")]:
        subprocess.run([sonant, *make(manifest, alone / name)], check=True, capture_output=True)
        team = [workers.Worker(sonant, make(manifest, place / name), folder / f"{i}.log", wrapped,
                               env) for i, place in enumerate(places)]
        deadline = time.monotonic() + 240
        for i, worker in enumerate(team):
            while not worker.over() and time.monotonic() < deadline:
                time.sleep(0.1)
            late = not worker.over()
            worker.end()
            if late or worker.process.returncode != 0:
                log = (folder / f"{i}.log").read_text()
                workers.fail(f"{name}: {'no end' if late else worker.process.returncode}\n{log}")
        pairs.append((name, read(alone / name), read(folder / "shared" / name)))
    for name, expected, found in pairs:
        if found != expected:
            workers.fail(f"{name}: differs: {workers.differences(found, expected)}")


def nfs(sonant, folder, manifest):
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        skip("no C compiler for the library that is preloaded")
    (folder / "flock.c").write_text(FLOCK)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(folder / "flock.so"),
                    str(folder / "flock.c")], check=True)
    shared = workers.empty(folder / "shared")
    env = {**os.environ, "LD_PRELOAD": str(folder / "flock.so")}
    outcomes(sonant, folder, manifest, [shared, shared], env)


def cached(sonant, folder, manifest):
    # The distribution's module is there for the distribution's Python.
    pythons = [p for p in (sys.executable, "/usr/bin/python3") if subprocess.run(
        [p, "-c", "import fusepy"], capture_output=True).returncode == 0]
    if not pythons:
        skip("no python3-fusepy")
    workers.empty(folder / "shared")
    mounts, servers = [workers.empty(folder / "a"), workers.empty(folder / "b")], []
    try:
        for mount in mounts:
            servers.append(subprocess.Popen(
                [pythons[0], "-B", str(Path(__file__).parent / "cached_fs.py"),
                 str(folder / "shared"), str(mount)], stderr=subprocess.PIPE))
            end = time.monotonic() + 10
            while not os.path.ismount(mount) and servers[-1].poll() is None:
                if time.monotonic() > end:
                    break
                time.sleep(0.1)
            if not os.path.ismount(mount):
                skip("no right to mount a file system in user space")
        outcomes(sonant, folder, manifest, mounts)
    finally:
        for mount, server in zip(mounts, servers):
            subprocess.run(["umount", "-l", str(mount)], capture_output=True)
            server.terminate()
            server.wait()


def main():
    sonant, which = sys.argv[1], sys.argv[2]
    with tempfile.TemporaryDirectory(prefix="sonant_files_") as name:
        folder = Path(name)
        manifest = workers.make_corpus(sonant, folder)
        start = time.monotonic()
        {"nfs": nfs, "cached": cached}[which](sonant, folder, manifest)
        print(f"{which}: cv and tune by two workers as by one, {time.monotonic() - start:.0f} s")


main()
