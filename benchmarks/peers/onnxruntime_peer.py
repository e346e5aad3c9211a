#!/usr/bin/env python3
"""ONNX Runtime on the models that torch_peer.py exported, as a peer (peers/serve.h).

usage: onnxruntime_peer.py FOLDER
"""
import json
import pathlib
import sys
import time

import numpy
import onnxruntime

SHAPES = {"forward/1": (1, 87, 46), "forward/32": (32, 124, 46), "light-sernet/1": (1, 1, 184, 40)}
STATE = {"h1": (1, 46), "c1": (1, 46), "h2": (1, 64), "c2": (1, 64), "peak": (1, 1),
         "mass": (1, 1), "context": (1, 64)}
FRAMES = 87
random = numpy.random.default_rng(1)


def numbers(shape):
    return random.uniform(-1, 1, shape).astype(numpy.float32)


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def stream(run):
    """An utterance frame by frame: what comes out as the next state goes in again."""
    frames = [numbers((1, 46)) for _ in range(FRAMES)]
    names = ["probabilities", *(f"next_{name}" for name in STATE)]

    def utterance():
        state = {name: numpy.zeros(shape, numpy.float32) for name, shape in STATE.items()}
        state["peak"] -= 1e4
        for frame in frames:
            _, *following = run.run(names, {"x": frame, **state})
            state = dict(zip(STATE, following))
    return utterance


def prepare(folder, name):
    run = session(folder / f"{name.replace('/', '_')}.onnx")
    if name == "stream":
        return stream(run)
    x = numbers(SHAPES[name])
    return lambda: run.run(None, {"x": x})


def main():
    folder, ready = pathlib.Path(sys.argv[1]), {}
    print(json.dumps({"peer": "ONNX Runtime, padded", "version": onnxruntime.__version__,
                      "problems": [*SHAPES, "stream"]}), flush=True)
    for line in sys.stdin:
        name, repeats = line.split()
        if name not in ready:
            ready[name] = prepare(folder, name)
        ready[name]()
        times = []
        for _ in range(int(repeats)):
            start = time.perf_counter()
            ready[name]()
            times.append(1e3 * (time.perf_counter() - start))
        print(json.dumps({"ms": times}), flush=True)


if __name__ == "__main__":
    main()
