#!/usr/bin/env python3
"""Reads safetensors files with NumPy, by the published format and with all its rules checked.

usage: check_safetensors.py FILE   prints one line a tensor; fails if the file breaks a rule
"""
import json
import sys
import numpy

DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2",
          "I8": "|i1", "U8": "|u1", "BOOL": "|b1"}


def no_duplicates(pairs):
    assert len(dict(pairs)) == len(pairs), "a name comes twice"
    return dict(pairs)


def load(path):
    with open(path, "rb") as file:
        data = file.read()
    length = int.from_bytes(data[:8], "little")
    assert length % 8 == 0 and length <= min(100_000_000, len(data) - 8) and data[8:9] == b"{"
    header = json.loads(data[8:8 + length], object_pairs_hook=no_duplicates)
    metadata = header.pop("__metadata__", {})
    assert all(isinstance(value, str) for value in metadata.values())
    tensors, end = {}, 8 + length
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, stop = (8 + length + offset for offset in entry["data_offsets"])
        assert begin == end and stop <= len(data), f"{name}: a gap, an overlap or a truncated file"
        array = numpy.frombuffer(data[begin:stop], DTYPES[entry["dtype"]])
        tensors[name], end = array.reshape(entry["shape"]), stop
    assert end == len(data), "bytes after the last tensor"
    return tensors, metadata, header


if __name__ == "__main__":
    tensors, metadata, header = load(sys.argv[1])
    if metadata:
        print("__metadata__", json.dumps(metadata))
    for name in sorted(tensors):
        print(name, header[name]["dtype"], list(tensors[name].shape), tensors[name].tolist())
