#!/usr/bin/env python3
"""Loads a ResLSTM-SA state dict into PyTorch, strictly, and saves it again as safetensors.

usage: check_torch.py FROM TO
"""
import json
import sys
import torch
from torch import nn
from check_safetensors import load


def save(state, path):
    header, data = {}, b""
    for name, tensor in state.items():
        array = tensor.numpy()
        dtype = {"float32": "F32", "float64": "F64", "int64": "I64"}[str(array.dtype)]
        content = array.tobytes()
        header[name] = {"dtype": dtype, "shape": list(array.shape),
                        "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + data)


def main(source, target):
    arrays, _, _ = load(source)
    state = {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}
    hidden, width = state["attention_vector"].shape[0], state["lstm1.weight_ih_l0"].shape[1]
    model = nn.Module()
    model.attention_vector = nn.Parameter(torch.zeros(hidden, 1))
    model.lstm1, model.lstm2 = nn.LSTM(width, width), nn.LSTM(width, hidden)
    model.bn_residual, model.bn = nn.BatchNorm1d(width), nn.BatchNorm1d(hidden)
    model.fc = nn.Linear(hidden, state["fc.bias"].shape[0])
    model.double().load_state_dict(state, strict=True)
    save(model.state_dict(), target)


if __name__ == "__main__":
    main(*sys.argv[1:])
