#!/usr/bin/env python3
"""Runs a program of one's own that calls sonant::run_command() through the whole command.

usage: check_own_command.py PROGRAM [--own NAME=A,B] OPTION...

The options choose what the program has registered, as --front-end NAME; --own is a setting of it
that every step is tried with, and two values of it. Trains on a small synthetic corpus, then
cross-validates, searches, judges, predicts, and makes every page. Exits 1 with what was said at the
first command that fails.
"""
import json
import pathlib
import subprocess
import sys
import tempfile


def main(program, options):
    own, values = "", []
    if options[0] == "--own":
        own, _, values = options[1].partition("=")
        options, values = options[2:], [int(v) for v in values.split(",")]

    def run(*words, status=0):
        done = subprocess.run([program, *map(str, words)], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
        print("$", pathlib.Path(program).name, *words, flush=True)
        if done.returncode != status:
            print(done.stdout, done.stderr, f"status {done.returncode}", sep="\n")
            sys.exit(1)
        return done.stderr if status else done.stdout

    def check_own(recipe, searched, out, model):
        """The setting in options, files, a search and refusals."""
        flag = f"--{own}"
        recipe = [*recipe, "--out", out / "again.safetensors", "--overwrite"]
        assert f"{flag} N" in run("train", "--help"), f"{flag} is not in the help"
        result = json.loads(run("train", *recipe, flag, values[0], "--json"))
        assert result["config"][own] == values[0]
        (out / "c.toml").write_text(f"model = '{options[1]}'\n{own} = {values[1]}\n")
        result = json.loads(run("train", *recipe, "--config", out / "c.toml", "--json"))
        assert result["config"][own] == values[1]
        (out / "space.toml").write_text(f"[{own}]\ntype = 'categorical'\nchoices = {values}\n"
                                        "[lr]\ntype = 'log'\nlow = 1e-3\nhigh = 1e-2\n")
        best = json.loads(run("tune", *searched, "--batch-size", 16, "--trials", 3, "--space",
                              out / "space.toml", "--study", out / "own.sqlite", "--out",
                              out / "best.toml", "--json"))["best"]
        assert best["parameters"][own] in values
        assert best["config"][own] == best["parameters"][own]
        assert f"{own} = {best['parameters'][own]}\n" in (out / "best.toml").read_text()
        run("report", out / "own.sqlite", "--out", out / "own.html")
        assert own in (out / "own.html").read_text()
        assert f"{own} {values[0]}" in run("summary", "--model", model)
        for command in "summary", "graph":  # of what has learnt nothing
            one, two = (run(command, "--model", options[1], flag, v) for v in values)
            assert one != two, one
        for words in (flag, 0), (flag, "wide"):
            said = run("train", *recipe, *words, status=2)
            assert flag in said, said
        said = run("train", *recipe, "--dropout", 0.1, status=2)
        assert "--dropout" in said and flag in said, said  # what there is instead
        others = [word for word in recipe if word not in options[2:]]
        said = run("train", *others, "--model", "lstm-sa-h4", flag, values[0], status=2)
        assert flag in said and "--hidden" in said, said
        other = run("train", *recipe[:-1], "--resume", flag, values[0], status=1)
        assert f"{own}: {values[1]} there, {values[0]} here" in other, other

    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder)
        data = out / "synth"
        run("synth", "-q", "--out", data, "--repetitions", 1)
        recipe = ["--data", data, "--epochs", 2, "--batch-size", 16, "--lr", 0.01, "-q", *options]
        chosen = [f"--{own}", values[0]] if own else []
        model = out / "m.safetensors"
        result = json.loads(run("train", *recipe, *chosen, "--out", model, "--json",
                                "--report", out / "t.html"))
        run("cv", *recipe, *chosen, "--seeds", 1, "--out", out / "cv")
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
        if own:
            assert own in (out / "t.html").read_text() and own in (out / "r.html").read_text()
            assert "no attention" in (out / "i.html").read_text()
            check_own(recipe, searched, out, model)
    print("all done")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
