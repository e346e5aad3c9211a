#!/usr/bin/env python3
"""PyTorch's ResLSTM-SA-h64 and the other families, as a peer (peers/serve.h).

usage: torch_peer.py packed|padded LENGTHS.csv
       torch_peer.py export LENGTHS.csv FOLDER

packed: sequences packed for the LSTMs and unpacked after, as the published notebook does.
padded: the LSTMs run over the padding, which is PyTorch's fastest way on a CPU.
export: writes forward_1.onnx, forward_32.onnx, stream.onnx and light-sernet_1.onnx, for ONNX
Runtime.
"""
import json
import pathlib
import sys
import time

import torch
import torch_families
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

FEATURES, HIDDEN, CLASSES, UTTERANCE = 46, 64, 8, 87


class ResLstmSa(nn.Module):
    def __init__(self, packed):
        super().__init__()
        self.packed = packed
        self.lstm1 = nn.LSTM(FEATURES, FEATURES, batch_first=True)
        self.bn_residual = nn.BatchNorm1d(FEATURES)
        self.lstm2 = nn.LSTM(FEATURES, HIDDEN, batch_first=True)
        self.attention_vector = nn.Parameter(torch.randn(HIDDEN, 1) / 8)
        self.bn = nn.BatchNorm1d(HIDDEN)
        self.dropout = nn.Dropout(0.3)
        self.fc = nn.Linear(HIDDEN, CLASSES)

    def run(self, lstm, x, lengths):
        if not self.packed:
            return lstm(x)[0]
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        return pad_packed_sequence(lstm(packed)[0], batch_first=True)[0]

    def forward(self, x, lengths=None):
        residual = x + self.run(self.lstm1, x, lengths)
        normal = self.bn_residual(residual.transpose(1, 2)).transpose(1, 2)
        h = self.run(self.lstm2, normal, lengths)
        weights = torch.softmax(h @ self.attention_vector, dim=1)
        context = torch.sum(h * weights, dim=1)
        return self.fc(self.dropout(self.bn(context)))


class Step(nn.Module):
    """One frame: the state goes in and comes out, the attention's softmax runs along. `cells`
    computes it with LSTMCell, else the layers are LSTMs over one step, which is what ONNX knows."""

    def __init__(self, model, cells):
        super().__init__()
        self.model, self.cells = model, None
        if cells:
            self.cells = nn.ModuleList(nn.LSTMCell(l.input_size, l.hidden_size)
                                       for l in (model.lstm1, model.lstm2))
            for cell, lstm in zip(self.cells, (model.lstm1, model.lstm2)):
                cell.load_state_dict({k[:-3]: v for k, v in lstm.state_dict().items()})

    def layer(self, k, x, h, c):
        if self.cells:
            return self.cells[k](x, (h, c))
        _, (h, c) = (self.model.lstm1, self.model.lstm2)[k](x[None], (h[None], c[None]))
        return h[0], c[0]

    def forward(self, x, h1, c1, h2, c2, peak, mass, context):
        model = self.model
        h1, c1 = self.layer(0, x, h1, c1)
        h2, c2 = self.layer(1, model.bn_residual(x + h1), h2, c2)
        score = h2 @ model.attention_vector
        highest = torch.maximum(peak, score)
        keep, weight = torch.exp(peak - highest), torch.exp(score - highest)
        mass, context = mass * keep + weight, context * keep + weight * h2
        probabilities = torch.softmax(model.fc(model.bn(context / mass)), dim=1)
        return probabilities, h1, c1, h2, c2, highest, mass, context


STATE = [(1, FEATURES)] * 2 + [(1, HIDDEN)] * 2 + [(1, 1)] * 2 + [(1, HIDDEN)]


def first_state():
    state = [torch.zeros(shape) for shape in STATE]
    state[4] -= 1e4  # the peak before the first frame: so low that it weighs nothing
    return state


def stream():
    model, (x, _, _) = ResLstmSa(False).eval(), batch_of([UTTERANCE])
    step, frames = Step(model, True).eval(), list(x[0].split(1))

    def utterance():
        with torch.inference_mode():
            state = first_state()
            for frame in frames:
                probabilities, *state = step(frame, *state)
            return probabilities
    with torch.inference_mode():
        whole = torch.softmax(model(x), dim=1)
    assert torch.allclose(utterance(), whole, atol=1e-5), (utterance(), whole)
    return utterance


def batch_of(lengths):
    x = torch.zeros(len(lengths), max(lengths), FEATURES)
    for b, length in enumerate(lengths):
        x[b, :length] = torch.randn(length, FEATURES)
    return x, torch.tensor(lengths), torch.arange(len(lengths)) % CLASSES


def train(packed, lengths):
    model, (x, frames, labels) = ResLstmSa(packed), batch_of(lengths)
    adam = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_of = nn.CrossEntropyLoss()

    def step():
        adam.zero_grad()
        loss_of(model(x, frames), labels).backward()
        adam.step()
    return step


def infer(packed, lengths):
    model, (x, frames, _) = ResLstmSa(packed).eval(), batch_of(lengths)

    def forward():
        with torch.inference_mode():
            model(x, frames)
    return forward


def layers(sizes, length, batch, backward):
    stack = nn.ModuleList(nn.LSTM(d, h, batch_first=True) for d, h in zip(sizes, sizes[1:]))
    x, dh = torch.randn(batch, length, sizes[0]), torch.randn(batch, length, sizes[-1])

    def run():
        with torch.set_grad_enabled(backward):
            h = x
            for lstm in stack:
                h = lstm(h)[0]
            if backward:
                stack.zero_grad()
                h.backward(dh)
    return run


def problems(packed, lengths):
    table = {f"train/{n}": lambda n=n: train(packed, lengths[:n]) for n in (8, 16, 32)}
    table["forward/1"] = lambda: infer(packed, [UTTERANCE])
    table["forward/32"] = lambda: infer(packed, lengths)
    if not packed:
        table["stream"] = stream
        w, l = (FEATURES, FEATURES, HIDDEN), (256, 512)
        table["layers/1/forward"] = lambda: layers(w, UTTERANCE, 1, False)
        table["layers/32/forward"] = lambda: layers(w, UTTERANCE, 32, False)
        table["layers/32"] = lambda: layers(w, UTTERANCE, 32, True)
        table["large/32"] = lambda: layers(l, 100, 32, True)
        table.update(torch_families.PROBLEMS)
    return table


def serve(mode, lengths):
    table, ready = problems(mode == "packed", lengths), {}
    print(json.dumps({"peer": f"PyTorch, {mode}", "version": torch.__version__,
                      "problems": list(table)}), flush=True)
    for line in sys.stdin:
        name, repeats = line.split()
        if name not in ready:
            torch.manual_seed(1)
            ready[name] = table[name]()
        run, times = ready[name], []
        run()
        for _ in range(int(repeats)):
            start = time.perf_counter()
            run()
            times.append(1e3 * (time.perf_counter() - start))
        print(json.dumps({"ms": times}), flush=True)


def export(lengths, folder):
    model = ResLstmSa(False).eval()
    for name, shape in {"forward_1": [UTTERANCE], "forward_32": lengths}.items():
        x = batch_of(shape)[0]
        torch.onnx.export(model, x, str(folder / f"{name}.onnx"), input_names=["x"],
                          output_names=["logits"], opset_version=14)
    state = ["h1", "c1", "h2", "c2", "peak", "mass", "context"]
    torch.onnx.export(Step(model, False).eval(), (torch.randn(1, FEATURES), *first_state()),
                      str(folder / "stream.onnx"), input_names=["x", *state],
                      output_names=["probabilities", *(f"next_{name}" for name in state)],
                      opset_version=14)
    torch_families.export(folder)


if __name__ == "__main__":
    torch.set_num_threads(1)
    numbers = [int(n) for n in pathlib.Path(sys.argv[2]).read_text().split(",")]
    if sys.argv[1] == "export":
        export(numbers, pathlib.Path(sys.argv[3]))
    else:
        serve(sys.argv[1], numbers)
