#!/usr/bin/env python3
"""Runs a program of one's own that calls sonant::run_command() through the whole command.

usage: check_own_command.py PROGRAM OPTION...

The options choose what the program has registered, as --front-end NAME. Trains on a small synthetic
corpus, then cross-validates, searches, judges, predicts, and makes every page. Exits 1 with what
was said at the first command that fails.
"""
import json
import pathlib
import subprocess
import sys
import tempfile


def main(program, options):
    def run(*words):
        done = subprocess.run([program, *map(str, words)], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
        print("$", pathlib.Path(program).name, *words, flush=True)
        if done.returncode != 0:
            print(done.stdout, done.stderr, sep="\n")
            sys.exit(1)
        return done.stdout

    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder)
        data = out / "synth"
        run("synth", "-q", "--out", data, "--repetitions", 1)
        recipe = ["--data", data, "--epochs", 2, "--batch-size", 16, "--lr", 0.01, "-q", *options]
        model = out / "m.safetensors"
        result = json.loads(run("train", *recipe, "--out", model, "--json",
                                "--report", out / "t.html"))
        run("cv", *recipe, "--seeds", 1, "--out", out / "cv")
        searched = [w for w in recipe if w not in ("--batch-size", 16, "--lr", 0.01)]
        run("tune", *searched, "--trials", 2, "--study", out / "s.sqlite")
        judged = json.loads(run("evaluate", "--model", model, "--data", data, "--json", "-q"))
        assert judged["confusion"] == result["test"]["confusion"], "another answer than in training"
        sound = next(iter(sorted(data.rglob("*.wav"))))
        predicted = json.loads(run("predict", "--model", model, sound, "--json"))
        assert predicted, "no prediction"
        run("inspect", "--model", model, sound, "--out", out / "i.html")
        run("report", out / "cv", "--out", out / "r.html")
        run("report", out / "s.sqlite", "--out", out / "s.html")
        run("table", out / "cv")
        run("summary", "--model", model)
        run("graph", "--model", model)
        name = options[1]
        assert name.rsplit("-h", 1)[0] in run("help", "train"), f"{name} is not in the help"
    print("all done")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
