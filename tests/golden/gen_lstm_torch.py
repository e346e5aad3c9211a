#!/usr/bin/env python3
"""Makes lstm.npz: torch.nn.LSTM in both directions on a packed batch, in double.

Made with torch 1.13.1 and numpy 1.24.2 (Debian 12): /usr/bin/python3 gen_lstm_torch.py

lengths, x (B,T,D), h0 and c0 (2,B,H; direction 0 runs forward, 1 in reverse), the parameters under
their names; y (B,T,2H), hn and cn (2,B,H); the cotangents r_y, r_hn, r_cn of these; and under
grad/NAME the derivative of <r_y,y> + <r_hn,hn> + <r_cn,cn> for everything that goes in. Batches are
in the caller's order, as PyTorch gives them.
"""
import os

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

D, H = 5, 9
LENGTHS = torch.tensor([3, 6, 1, 6, 4])


def main():
    torch.manual_seed(20)
    torch.set_default_dtype(torch.float64)
    B, T = len(LENGTHS), int(LENGTHS.max())
    lstm = nn.LSTM(D, H, batch_first=True, bidirectional=True)
    x = torch.randn(B, T, D)
    for b, length in enumerate(LENGTHS):
        x[b, length:] = 0
    h0, c0 = torch.randn(2, B, H), torch.randn(2, B, H)
    inputs = {"x": x, "h0": h0, "c0": c0}
    for tensor in inputs.values():
        tensor.requires_grad_()
    packed = pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    y, (hn, cn) = lstm(packed, (h0, c0))
    y, _ = pad_packed_sequence(y, batch_first=True)
    outputs = {"y": y, "hn": hn, "cn": cn}
    cotangents = {name: torch.randn_like(value) for name, value in outputs.items()}
    sum((cotangents[name] * value).sum() for name, value in outputs.items()).backward()

    arrays = {"lengths": LENGTHS.numpy()}
    inputs.update(lstm.named_parameters())
    for name, value in inputs.items():
        arrays[name] = value.detach().numpy()
        arrays["grad/" + name] = value.grad.numpy()
    for name, value in outputs.items():
        arrays[name] = value.detach().numpy()
        arrays["r_" + name] = cotangents[name].numpy()
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lstm.npz")
    np.savez_compressed(path, **arrays)


if __name__ == "__main__":
    main()
