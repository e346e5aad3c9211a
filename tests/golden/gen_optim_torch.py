#!/usr/bin/env python3
"""Optimizers, gradient clipping and learning rates as PyTorch computes them -> optim.npz.

Made with torch 1.13.1 and numpy 1.24.2 (Debian 12: apt install python3-torch), CPU, seed 20:
    python3 tests/golden/gen_optim_torch.py

<dtype> is f32 or f64, <opt> a name of OPTIMIZERS, k the index of the parameter, s the step:
    <dtype>/start<k>, <dtype>/grad<k>_<s>      two parameters (3,5) and (4,), 8 gradients each
    <dtype>/<opt>/param<k>_<s>                 after step s = 0..7; the rate is halved after step 3
    <dtype>/clip<k>, <dtype>/clip_norm         gradients of step 0 clipped to norm 0.125
    cosine_<t0>_<t_mult>                       CosineAnnealingWarmRestarts, 40 epochs, lr 3e-3
"""
import os

import numpy as np
import torch

STEPS = 8
OPTIMIZERS = {
    "adam": lambda p: torch.optim.Adam(p, lr=1e-2, weight_decay=1.6e-3),
    "adamw": lambda p: torch.optim.AdamW(p, lr=1e-2, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.1),
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.01),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
}

torch.manual_seed(20)
torch.set_num_threads(1)
shapes = [(3, 5), (4,)]
start = [torch.randn(s, dtype=torch.float64) for s in shapes]
# Over three orders of magnitude, with exact zeros: sqrt(v) is then comparable with eps.
grads = [[torch.randn(s, dtype=torch.float64) * 10.0 ** float(torch.randint(-3, 1, ()))
          for s in shapes]
         for _ in range(STEPS)]
for step in grads:
    step[0][0, 0] = 0.0

out = {}
for dtype, tag in ((torch.float32, "f32"), (torch.float64, "f64")):
    for k in range(len(shapes)):
        out[f"{tag}/start{k}"] = start[k].to(dtype).numpy().copy()
        for s in range(STEPS):
            out[f"{tag}/grad{k}_{s}"] = grads[s][k].to(dtype).numpy()
    for name, make in OPTIMIZERS.items():
        params = [torch.nn.Parameter(p.to(dtype).clone()) for p in start]
        optimizer = make(params)
        for s in range(STEPS):
            for k, p in enumerate(params):
                p.grad = grads[s][k].to(dtype)
            optimizer.step()
            for k, p in enumerate(params):
                out[f"{tag}/{name}/param{k}_{s}"] = p.detach().numpy().copy()
            if s == 3:
                optimizer.param_groups[0]["lr"] /= 2
    params = [torch.nn.Parameter(p.to(dtype).clone()) for p in start]
    for k, p in enumerate(params):
        p.grad = grads[0][k].to(dtype).clone()
    out[f"{tag}/clip_norm"] = torch.nn.utils.clip_grad_norm_(params, 0.125).numpy()
    for k, p in enumerate(params):
        out[f"{tag}/clip{k}"] = p.grad.numpy()

for t0, t_mult in ((1, 1), (10, 1), (3, 2), (7, 3)):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=3e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, t0, t_mult,
                                                                    eta_min=3e-5)
    rates = []
    for _ in range(40):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    out[f"cosine_{t0}_{t_mult}"] = np.array(rates)

np.savez_compressed(os.path.join(os.path.dirname(os.path.abspath(__file__)), "optim.npz"), **out)
