#!/usr/bin/env python3
"""Makes ops.npz: every op's value and gradients, computed by PyTorch in double.

Made with torch 1.13.1 and numpy 1.24.2 (Debian 12), seed 7: /usr/bin/python3 gen_ops_torch.py

NAME/in0, in1, ...: what is differentiated; NAME/out: the value; NAME/r: a random cotangent;
NAME/d0, d1, ...: gradients of <r, out>. Some cases hold more, see where they are made.
"""
import os

import numpy as np
import torch
import torch.nn.functional as F

torch.manual_seed(7)
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
arrays = {}


def case(name, f, *inputs, **more):
    inputs = [x.clone().requires_grad_() for x in inputs]
    out = f(*inputs)
    r = torch.randn(out.shape)
    for k, d in enumerate(torch.autograd.grad((r * out).sum(), inputs)):
        arrays[f"{name}/in{k}"], arrays[f"{name}/d{k}"] = inputs[k].detach().numpy(), d.numpy()
    arrays[f"{name}/out"], arrays[f"{name}/r"] = out.detach().numpy(), r.numpy()
    for key, value in more.items():
        arrays[f"{name}/{key}"] = np.asarray(value)
    return out.detach()


def randn(*shape):
    return torch.randn(shape)


def positive(*shape):
    return torch.rand(shape) * 3 + 0.1


# Elementwise, two arguments: equal shapes, then broadcast both ways.
BINARY = {"add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div}
for name, f in BINARY.items():
    case(name, f, randn(3, 4), positive(3, 4))
    case(f"{name}_broadcast", f, randn(3, 1, 4), positive(2, 1))
    case(f"{name}_row", f, randn(5, 4), positive(4))
    case(f"{name}_scalar", f, randn(2, 3), positive())
case("scalars", lambda x: 2 - (3 * x + 1) / 4 - 5 / (x - 6), randn(7))

# Elementwise, one argument. The last two inputs are where a naive formula overflows.
UNARY = {"exp": torch.exp, "tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid,
         "softplus": F.softplus, "square": torch.square, "neg": torch.neg}
for name, f in UNARY.items():
    x = randn(3, 7) * 2
    if name != "exp":
        x[0, 0], x[0, 1] = 800.0, -800.0
    if name == "relu":
        x[1, 1] = 0.0
    if name == "softplus":  # PyTorch is linear beyond 20: exact only to 2e-9 there
        x[0, 0] = 19.0
    case(name, f, x)
case("log", torch.log, positive(5))
case("sqrt", torch.sqrt, positive(5))
case("pow", lambda x: x ** 2.5, positive(5))
case("pow_negative", lambda x: x ** -3.0, randn(5))

# Products.
for ta in (0, 1):
    for tb in (0, 1):
        f = lambda a, b: torch.matmul(a.mT if ta else a, b.mT if tb else b)
        a = randn(2, 1, 5, 3) if ta else randn(2, 1, 3, 5)
        b = randn(4, 2, 5) if tb else randn(4, 5, 2)
        case(f"matmul_{ta}{tb}", f, a, b)  # both broadcast: (2,1) with (4)
        case(f"matmul_2d_{ta}{tb}", f, a[0, 0], b[0])
        case(f"matmul_shared_{ta}{tb}", f, a, b[0])  # one b for every a
case("linear", F.linear, randn(2, 3, 4), randn(5, 4))
case("linear_bias", F.linear, randn(6, 4), randn(5, 4), randn(5))

# Reductions of (2,3,4).
for name, f in {"sum": torch.sum, "mean": torch.mean, "max": torch.amax}.items():
    case(f"{name}_all", lambda x: f(x, (0, 1, 2)), randn(2, 3, 4))
    case(f"{name}_1", lambda x: f(x, 1), randn(2, 3, 4))
    case(f"{name}_last", lambda x: f(x, -1, keepdim=True), randn(2, 3, 4))
    case(f"{name}_02", lambda x: f(x, (0, 2)), randn(2, 3, 4))
    case(f"{name}_01_keep", lambda x: f(x, (0, 1), keepdim=True), randn(2, 3, 4))

# Softmax. The second row of `large` overflows without the shift.
large = randn(3, 5)
large[1] = torch.tensor([1e4, 1e4 - 1, -1e4, 9999.5, 0.0])
for name, f in {"softmax": torch.softmax, "log_softmax": torch.log_softmax}.items():
    case(f"{name}_last", lambda x: f(x, -1), large)
    case(f"{name}_first", lambda x: f(x, 0), randn(4, 3))
    case(f"{name}_middle", lambda x: f(x, 1), randn(2, 5, 3))
mask = torch.tensor([[1, 1, 1, 0, 0], [0, 1, 0, 0, 0], [1, 1, 1, 1, 1]])
case("softmax_masked", lambda x: torch.softmax(x.masked_fill(mask == 0, -torch.inf), -1),
     randn(2, 3, 5), mask=mask)
# The log-probability of a masked element is -infinity; times r that would be NaN in a sum.
case("log_softmax_masked",
     lambda x: torch.log_softmax(x.masked_fill(mask == 0, -torch.inf), -1)
     .masked_fill(mask == 0, 0),
     randn(2, 3, 5), mask=mask)

# Shaping.
case("reshape", lambda x: x.reshape(4, -1), randn(2, 3, 4))
case("permute", lambda x: x.permute(2, 0, 1), randn(2, 3, 4))
case("transpose", lambda x: x.transpose(0, 2), randn(2, 3, 4))
case("concat", lambda a, b, c: torch.cat((a, b, c), 1),
     randn(2, 1, 3), randn(2, 4, 3), randn(2, 0, 3))
case("slice", lambda x: x[:, 1:3], randn(2, 4, 3))
case("gather", lambda x: x.index_select(1, torch.tensor([2, 0, 2, 3, 2])), randn(2, 4, 3))
case("pad", lambda x: F.pad(x, (0, 0, 2, 1), value=-1.5), randn(2, 3, 4))

# Normalisation. batch_norm: P rows of zeros behind the N stored ones, whose outputs are dropped.
for name, training, zero_rows in (("batch_norm", True, 0), ("batch_norm_eval", False, 0),
                                  ("batch_norm_zero_rows", True, 7)):
    mean, var = randn(3), positive(3)
    more = {"mean_before": mean.clone(), "var_before": var.clone()}
    case(name, lambda x, w, b: F.batch_norm(torch.cat((x, torch.zeros(zero_rows, 3))),
                                            mean, var, w, b,
                                            training, 0.1, 1e-5)[:len(x)],
         randn(6, 3) * 2 + 1, randn(3), randn(3), **more)
    arrays[f"{name}/mean_after"], arrays[f"{name}/var_after"] = mean.numpy(), var.numpy()
case("layer_norm", lambda x, w, b: F.layer_norm(x, (5,), w, b, 1e-5),
     randn(2, 3, 5) + 2, randn(5), randn(5))

# Cross-entropy.
labels, weights = torch.tensor([2, 0, 2, 1]), torch.tensor([0.5, 2.0, 1.25])
for reduction in ("mean", "sum"):
    for weighted in (0, 1):
        for smoothing in (0.0, 0.1, 1.0):
            case(f"cross_entropy_{reduction}_{weighted}_{smoothing:g}",
                 lambda z: F.cross_entropy(z, labels, weights if weighted else None,
                                           reduction=reduction,
                                           label_smoothing=smoothing), randn(4, 3) * 3)
case("cross_entropy_large", lambda z: F.cross_entropy(z, torch.tensor([0, 1])),
     torch.tensor([[1e4, -1e4, 0.0], [3.0, -1e3, 700.0]]))

# Soft attention over sequences of these lengths, in this order; in and out are padded (B,T,H), and
# `paper` lets the zeros of the padding take part in the softmax, as the published notebook does.
lengths = [2, 5, 1, 5, 3]
valid = (torch.arange(5)[None] < torch.tensor(lengths)[:, None])[..., None]


def attention(h, u, paper):
    h = h * valid
    e = h @ u
    return torch.softmax(e if paper else e.masked_fill(~valid, -torch.inf), 1), h


for name, paper in (("attention", False), ("attention_paper", True)):
    h, u = randn(5, 5, 4) * valid, randn(4, 1)
    case(f"{name}_context", lambda h, u: torch.mul(*attention(h, u, paper)).sum(1), h, u,
         lengths=lengths)
    case(f"{name}_weights", lambda h, u: attention(h, u, paper)[0] * valid, h, u, lengths=lengths)

np.savez_compressed(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ops.npz"), **arrays)
