#!/usr/bin/env python3
"""Makes model.npz: small models and layers computed by PyTorch, in double.

Made with torch 1.13.1 and numpy 1.24.2 (Debian 12): /usr/bin/python3 gen_model_torch.py

MODEL/... for MODEL in reslstm, lstm: the initial state (init/NAME); for each PADDING in masked,
paper: PADDING/logits, attention, context, loss in training mode, grad/NAME, buffers/NAME after that
forward, losses of 5 Adam steps and the state after them (step5/NAME), eval_logits after those.
stacked/...: a two-layer bidirectional torch.nn.LSTM on the same packed batch.
"""
import os
import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

D, H, C = 4, 5, 3
LENGTHS = torch.tensor([3, 6, 4])
LABELS = torch.tensor([2, 0, 1])


class SpeechModel(nn.Module):
    """ResLSTM-SA, or LSTM-SA without the residual block, as the paper's notebook computes them."""

    def __init__(self, residual, masked):
        super().__init__()
        self.residual, self.masked = residual, masked
        self.attention_vector = nn.Parameter(torch.zeros(H, 1))
        if residual:
            self.lstm1 = nn.LSTM(D, D, batch_first=True)
            self.lstm2 = nn.LSTM(D, H, batch_first=True)
            self.bn_residual = nn.BatchNorm1d(D)
        else:
            self.lstm = nn.LSTM(D, H, batch_first=True)
        self.bn = nn.BatchNorm1d(H)
        self.fc = nn.Linear(H, C)

    def normalised(self, y, valid):
        if not self.masked:  # the statistics see the padding
            return self.bn_residual(y.transpose(1, 2)).transpose(1, 2)
        out = torch.zeros_like(y)
        out[valid] = self.bn_residual(y[valid])
        return out

    def forward(self, x):
        def run(lstm, sequence):
            packed = pack_padded_sequence(sequence, LENGTHS, batch_first=True, enforce_sorted=False)
            return pad_packed_sequence(lstm(packed)[0], batch_first=True)[0]

        valid = torch.arange(x.shape[1])[None, :] < LENGTHS[:, None]
        if self.residual:
            h = run(self.lstm2, self.normalised(x + run(self.lstm1, x), valid))
        else:
            h = run(self.lstm, x)
        scores = (h @ self.attention_vector).squeeze(2)
        if self.masked:
            scores = scores.masked_fill(~valid, -torch.inf)
        attention = torch.softmax(scores, 1)
        context = (attention[:, :, None] * h).sum(1)
        return self.fc(self.bn(context)), attention, context


def state(model, prefix):
    return {f"{prefix}/{k}": v.detach().numpy().copy() for k, v in model.state_dict().items()}


def run_model(name, residual, x, out):
    for masked in (True, False):
        torch.manual_seed(3)
        model = SpeechModel(residual, masked)
        for p in model.parameters():  # no default value may hide a mistake
            nn.init.normal_(p, std=0.6)
        key = f"{name}/{'masked' if masked else 'paper'}"
        out.update(state(model, f"{name}/init"))
        adam = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1.6e-3)
        losses = []
        for step in range(5):
            logits, attention, context = model(x)
            loss = nn.functional.cross_entropy(logits, LABELS)
            adam.zero_grad()
            loss.backward()
            losses.append(loss.item())
            if step == 0:
                out.update({f"{key}/logits": logits, f"{key}/attention": attention,
                            f"{key}/context": context, f"{key}/loss": loss})
                out.update({f"{key}/grad/{k}": p.grad.clone() for k, p in model.named_parameters()})
                out.update({f"{key}/buffers/{k}": b.clone() for k, b in model.named_buffers()})
            adam.step()
        out[f"{key}/losses"] = np.array(losses)
        out.update(state(model, f"{key}/step5"))
        model.eval()
        out[f"{key}/eval_logits"] = model(x)[0]


def run_stacked(x, out):
    torch.manual_seed(4)
    lstm = nn.LSTM(D, 3, num_layers=2, bidirectional=True, batch_first=True)
    h0, c0 = torch.randn(4, 3, 3), torch.randn(4, 3, 3)
    out.update(state(lstm, "stacked/init"))
    x = x.clone().requires_grad_()
    h0.requires_grad_(), c0.requires_grad_()
    packed = pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    y, (hn, cn) = lstm(packed, (h0, c0))
    y = pad_packed_sequence(y, batch_first=True)[0]
    weight = torch.randn_like(y)
    ((y * weight).sum() + (hn * h0.detach()).sum() - (cn * c0.detach()).sum()).backward()
    out.update({"stacked/y": y, "stacked/hn": hn, "stacked/cn": cn, "stacked/h0": h0,
                "stacked/c0": c0, "stacked/weight": weight, "stacked/grad/x": x.grad,
                "stacked/grad/h0": h0.grad, "stacked/grad/c0": c0.grad})
    out.update({f"stacked/grad/{k}": p.grad for k, p in lstm.named_parameters()})


def main():
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(1)
    x = torch.randn(3, 6, D)
    for b, length in enumerate(LENGTHS):
        x[b, length:] = 0
    out = {"x": x, "lengths": LENGTHS, "labels": LABELS}
    run_model("reslstm", True, x, out)
    run_model("lstm", False, x, out)
    run_stacked(x, out)
    arrays = {k: v.detach().numpy() if torch.is_tensor(v) else v for k, v in out.items()}
    here = os.path.dirname(os.path.abspath(__file__))
    np.savez_compressed(os.path.join(here, "model.npz"), **arrays)


if __name__ == "__main__":
    main()
