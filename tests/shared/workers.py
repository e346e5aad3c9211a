"""Several sonant processes at one folder, and whether what they leave is what one leaves."""
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

# Facts of how and when a result came about; all else must be equal.
TIMES = {"seconds", "cpu_seconds", "command", "environment", "train_seconds", "test_seconds",
         "load_seconds"}
# Other numbers of processes, so that no worker knows by them whether another one lives: it has to
# look at the counters, as on another host.
APART = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]


def apart():
    """The words that set a process apart, or none where that takes rights that we do not have."""
    try:
        tried = subprocess.run([*APART, "true"], capture_output=True)
    except FileNotFoundError:
        return []
    return APART if tried.returncode == 0 else []


def make_corpus(sonant, folder):
    """A manifest of 180 synthetic sounds of six speakers, for experiments of seconds."""
    subprocess.run([sonant, "synth", "-q", "--out", str(folder / "six"), "--speakers", "6",
                    "--repetitions", "1"], check=True, capture_output=True)
    rows = ["path,label,speaker"]
    for sound in sorted((folder / "six").rglob("*.wav")):
        words = sound.stem.split("-")
        rows.append(f"{sound},{words[2]},{words[6]}")
    (folder / "six.csv").write_text("\n".join(rows) + "\n")
    return folder / "six.csv"


def cv_words(manifest, out, seeds=2, epochs=6):
    return ["cv", "--quiet", "--data", str(manifest), "--model", "lstm-sa-h4", "--epochs",
            str(epochs), "--batch-size", "32", "--seeds", str(seeds), "--out", str(out),
            "--threads", "1", "--checkpoint-every", "0.2", "--dead-after", "3"]


def tune_words(manifest, study, trials=6, epochs=3):
    space = study.parent / "space.toml"
    space.write_text("[lr]\ntype='log'\nlow=1e-4\nhigh=3e-2\n")
    return ["tune", "--quiet", "--data", str(manifest), "--model", "lstm-sa-h4", "--epochs",
            str(epochs), "--batch-size", "32", "--space", str(space), "--trials", str(trials),
            "--workers", "3", "--study", str(study), "--threads", "1", "--dead-after", "3"]


def without_times(value):
    if isinstance(value, dict):
        return {k: without_times(v) for k, v in value.items() if k not in TIMES}
    return [without_times(v) for v in value] if isinstance(value, list) else value


def experiment(out):
    """What an experiment is, apart from times: files of jobs by their bytes."""
    found = {"cv": without_times(json.loads((out / "cv.json").read_text()))}
    for job in sorted((out / "jobs").iterdir()):
        found[job.name] = [sorted(f.name for f in job.iterdir()),
                           (job / "model.safetensors").read_bytes(),
                           without_times(json.loads((job / "result.json").read_text()))]
    return found


def study(path):
    """All that is in a study but times."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        tables = [t for (t,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        found = {t: db.execute(f"SELECT * FROM {t} ORDER BY 1").fetchall() for t in tables}
        found["trials"] = db.execute(
            "SELECT trial_id, number, study_id, state FROM trials ORDER BY 1").fetchall()
        missing = db.execute("SELECT COUNT(*) FROM trials WHERE datetime_start IS NULL OR"
                             " datetime_complete IS NULL").fetchone()[0]
        assert missing == 0, "a trial without times"
    return found


def differences(one, other, at=""):
    """Where they differ, at most a few places."""
    if isinstance(one, dict) and isinstance(other, dict):
        pairs = [(key, one.get(key), other.get(key)) for key in sorted(one.keys() | other.keys())]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(i, a, b) for i, (a, b) in enumerate(zip(one, other))]
    else:
        return [] if one == other else [f"{at}: {str(one)[:200]} | {str(other)[:200]}"]
    return [line for key, a, b in pairs if a != b for line in differences(a, b, f"{at}/{key}")][:5]


class Worker:
    """A process, in a group of its own, so that whatever it is wrapped in gets its signals."""

    def __init__(self, sonant, words, log, wrapped=(), env=None):
        self.log = open(log, "ab")
        self.process = subprocess.Popen([*wrapped, sonant, *words], stdout=self.log,
                                        stderr=self.log, env=env, start_new_session=True)

    def over(self):
        return self.process.poll() is not None

    def send(self, sent):
        # Of what is wrapped only the program itself stops as it is asked to.
        target = self.process.pid
        children = Path(f"/proc/{target}/task/{target}/children")
        try:
            inside = children.read_text().split()
        except OSError:
            return
        if inside and sent not in (signal.SIGKILL,):
            target = int(inside[0])
        try:
            os.kill(target, sent)
        except ProcessLookupError:
            pass

    def end(self):
        if not self.over():
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()


def fail(text):
    print(text)
    sys.exit(1)


def empty(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
