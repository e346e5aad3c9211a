"""Is our TPE as good as Optuna's? usage: compare.py MINIMISE

MINIMISE is the program of minimise.cpp. On three functions, for twenty seeds each: the best value
after 100 trials of ours and of optuna.samplers.TPESampler with its defaults. Fails if ours is
worse by a one-sided Mann-Whitney test. The functions are those of functions.h.
"""
import math
import os
import subprocess
import sys

TRIALS, SEEDS = 100, 20
SYSTEM = "/usr/bin/python3"
# Of three tests, of what are the same samplers, one would fail in thirty runs; ours has fixed
# seeds.
LEVEL = 0.01


def continuous(trial):
    x, y = trial.suggest_float("x", -5, 10), trial.suggest_float("y", 0, 15)
    a = y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6
    return a * a + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def log(trial):
    decay = math.log10(trial.suggest_float("decay", 2e-5, 4e-2, log=True)) + 2.8
    lr = math.log10(trial.suggest_float("lr", 1e-5, 3e-2, log=True)) + 2.3
    return lr**2 + 0.5 * (decay - 0.6 * lr) ** 2


COST = [[3, 1.5, 0, 0.7, 2], [0.9, 0, 1.1, 2.5, 4], [0.6, 2, 1.2, 0, 0.8]]


def categorical(trial):
    a, b, c, d, e = (trial.suggest_categorical(name, [0, 1, 2, 3, 4]) for name in "abcde")
    value = COST[0][a] + COST[1][b] + COST[2][c] - (1 if d == 2 and e == 1 else 0)
    return value + (trial.suggest_float("x", 0, 1) - 0.3) ** 2


def mann_whitney(ours, theirs):
    """One-sided p value of "ours is larger than theirs", by the normal approximation with ties."""
    n, m = len(ours), len(theirs)
    u = sum((a > b) + 0.5 * (a == b) for a in ours for b in theirs)
    ties = {}
    for value in ours + theirs:
        ties[value] = ties.get(value, 0) + 1
    total = n + m
    tied = sum(t**3 - t for t in ties.values())
    deviation = math.sqrt(n * m / 12 * (total + 1 - tied / (total * (total - 1))))
    return 0.5 * math.erfc((u - n * m / 2 - 0.5) / deviation / math.sqrt(2))


def median(values):
    values = sorted(values)
    return (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2


def main():
    try:
        import optuna
    except ImportError:
        # Another Python on the PATH may lack the distribution's modules.
        if os.path.exists(SYSTEM) and os.path.realpath(sys.executable) != os.path.realpath(SYSTEM):
            os.execv(SYSTEM, [SYSTEM, *sys.argv])
        print("skipped: no module optuna (package python3-optuna)")
        return 77  # CTest: SKIP_RETURN_CODE
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    output = subprocess.run([sys.argv[1], str(TRIALS), str(SEEDS)], check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    lines = [line.split() for line in output.splitlines()]
    ours = {words[0]: [float(word) for word in words[1:]] for words in lines}
    failed = False
    for function in (continuous, log, categorical):
        theirs = []
        for seed in range(SEEDS):
            study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
            study.optimize(function, n_trials=TRIALS)
            theirs.append(study.best_value)
        mine = ours[function.__name__]
        p = mann_whitney(mine, theirs)
        print(f"{function.__name__:<12} median of {SEEDS}: Sonant {median(mine):.5g}, "
              f"Optuna {optuna.__version__} {median(theirs):.5g}; p(worse) {p:.3f}")
        failed |= p < LEVEL
    if failed:
        print("Sonant's search is worse than Optuna's")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
