"""Runs the scripts of apps/slurm on a real Slurm of three nodes: check_slurm.py SONANT [CASE...]

cv     an experiment by an array of three tasks; a node is taken away in the middle
rows   the six rows of the paper, 300 trainings, by an array each; a node is taken away in the
       middle. SONANT_ROWS="DATA EPOCHS" takes other data than the synthetic, and more than 1 epoch
tune   a search by an array of three tasks
train  a training that USR1 stops and that is queued again

Each gives what one process gives that nobody disturbs.
"""
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "shared"))
import cluster  # noqa: E402
import workers  # noqa: E402

APPS = Path(__file__).resolve().parents[2] / "apps"
SCRIPTS = APPS / "slurm"
RECIPES = APPS / "recipes" / "krasnoproshin2026" / "strict"
OVER = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY"}


def over(slurm, job):
    """All of its tasks; those that are queued again need not wait."""
    slurm.start_now(job)
    states = slurm.states(job)
    return bool(states) and all(state in OVER for state in states)


def submit(slurm, folder, script, words, *options):
    return slurm.sbatch(f"--chdir={folder}", "--export=ALL", *options, str(SCRIPTS / script),
                        *words)


def logs(folder):
    return "\n".join(f"== {log.name}\n{log.read_text()}" for log in sorted(folder.glob("*.log")))


def check_completed(slurm, job, folder, may_fail=0):
    states = slurm.states(job)
    if states.count("COMPLETED") < len(states) - may_fail:
        workers.fail(f"tasks ended {states}\n{logs(folder)}\n{slurm.logs()}")


def cv(slurm, sonant, folder, manifest):
    words = workers.cv_words(manifest, folder / "cv", epochs=20)
    alone = workers.cv_words(manifest, folder / "alone", epochs=20)
    subprocess.run([sonant, *alone], check=True, capture_output=True)
    job = submit(slurm, folder, "cv_array.sh", words[1:], "--array=0-2", "--cpus-per-task=2")
    results = lambda: list((folder / "cv" / "jobs").glob("*/result.json"))  # noqa: E731
    slurm.wait(lambda: len(results()) >= 2, 120, "no training ends")
    slurm.stop("n2")
    before = len(results())
    slurm.wait(lambda: (folder / "cv" / "cv.json").exists() and over(slurm, job), 240,
               "the experiment does not end")
    check_completed(slurm, job, folder)
    expected, found = workers.experiment(folder / "alone"), workers.experiment(folder / "cv")
    if found != expected:
        workers.fail(f"cv differs: {workers.differences(found, expected)}")
    slurm.start("n2")
    return f"a node taken away after {before} of {len(expected) - 1} trainings"


def rows(slurm, sonant, folder, manifest):
    data, epochs = os.environ.get("SONANT_ROWS", f"{manifest} 1").rsplit(maxsplit=1)
    recipes = sorted(RECIPES.glob("*.toml"))
    words = {r.stem: ["--quiet", "--data", data, "--config", str(r), "--epochs", epochs, "--seeds",
                      "10", "--dead-after", "3", "--out"] for r in recipes}
    jobs = {name: submit(slurm, folder, "cv_array.sh", [*w, str(folder / name)], "--array=0-2",
                         "--cpus-per-task=1") for name, w in words.items()}
    results = lambda: list(folder.glob("*/jobs/*/result.json"))  # noqa: E731
    slurm.wait(lambda: len(results()) >= 100, 1200, "the trainings do not come along")
    slurm.stop("n2")
    before = len(results())
    slurm.wait(lambda: all([(folder / name / "cv.json").exists() and over(slurm, job)
                            for name, job in jobs.items()]), 2400, "the rows do not end")
    slurm.start("n2")
    for name, job in jobs.items():
        check_completed(slurm, job, folder)
        alone = folder / "alone" / name
        subprocess.run([sonant, "cv", *words[name], str(alone)], check=True, capture_output=True)
        expected, found = workers.experiment(alone), workers.experiment(folder / name)
        if found != expected:
            workers.fail(f"{name} differs: {workers.differences(found, expected)}")
    if len(jobs) != 6 or len(results()) != 300:
        workers.fail(f"{len(jobs)} rows, {len(results())} trainings")
    return f"a node taken away after {before} of 300 trainings"


def tune(slurm, sonant, folder, manifest):
    words, alone = [], []
    for place, to in [(folder / "alone", alone), (folder / "shared", words)]:
        workers.empty(place)
        to += workers.tune_words(manifest, place / "s.sqlite")
    subprocess.run([sonant, *alone], check=True, capture_output=True)
    job = submit(slurm, folder, "tune.sh", words[1:], "--array=0-2")
    slurm.wait(lambda: over(slurm, job), 240, "the search does not end")
    check_completed(slurm, job, folder)
    expected, found = (workers.study(folder / p / "s.sqlite") for p in ("alone", "shared"))
    if found != expected:
        workers.fail(f"the study differs: {workers.differences(found, expected)}")
    return "6 trials by 3 tasks"


def train(slurm, sonant, folder, manifest):
    common = ["-q", "--data", str(manifest), "--model", "reslstm-sa-h16", "--epochs", "60",
              "--batch-size", "16", "--threads", "1", "--checkpoint-every", "0.2"]
    with_mpi = "libmpi" in cluster.run("ldd", sonant)
    known = subprocess.run(["srun", "--mpi=list"], capture_output=True, text=True)
    ranks = 2 if with_mpi and "pmix" in known.stdout + known.stderr else 1
    if ranks > 1:
        common += ["--shards", "2"]
    subprocess.run([sonant, "train", *common, "--out", str(folder / "alone.st")], check=True,
                   capture_output=True)
    job = submit(slurm, folder, "train.sh", [*common, "--out", str(folder / "m.st")],
                 f"--ntasks={ranks}", "--ntasks-per-node=1")
    slurm.wait((folder / "m.st.checkpoint").exists, 60, "no checkpoint")
    cluster.run("scancel", "--signal=USR1", job)
    slurm.wait(lambda: slurm.states(job) == ["PENDING"], 60, "it is not queued again")
    slurm.wait(lambda: over(slurm, job), 240, "the training does not end")
    check_completed(slurm, job, folder)
    models = [(folder / name).read_bytes() for name in ("alone.st", "m.st")
              if (folder / name).exists()]
    if len(models) != 2 or models[0] != models[1]:
        workers.fail(f"the model differs, or is missing\n{logs(folder)}\n{slurm.logs()}")
    if "going on from" not in logs(folder):
        workers.fail(f"it did not go on from its checkpoint\n{logs(folder)}")
    return f"{ranks} rank(s), stopped by USR1 and queued again"


def main():
    cluster.enter()
    sonant = os.environ["SONANT"] = str(Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory(prefix="sonant_slurm_", dir="/var/tmp") as name:
        at = Path(name)
        manifest = workers.make_corpus(sonant, at)
        slurm = cluster.Cluster(workers.empty(at / "slurm"), sonant)
        for case in sys.argv[2:] or ["cv", "rows", "tune", "train"]:
            start = time.monotonic()
            what = globals()[case](slurm, sonant, workers.empty(at / case), manifest)
            print(f"{case}: {what}: as by one process, {time.monotonic() - start:.0f} s")


main()
