"""Light-SERNet, LSTM-WP and A-LSTM in PyTorch, for torch_peer.py; all without dropout."""
import torch
from torch import nn
from torch.nn import functional

CLIP, SEQUENCE, BATCH = (184, 40), (300, 36), 32
OFFSETS, FC, HIDDEN = (1, 3, 5), 256, 128


def block(inputs, outputs, window, pooling, bias=False):
    padding = (window[0] // 2, window[1] // 2)
    layers = [nn.Conv2d(inputs, outputs, window, padding=padding, bias=bias),
              nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01), nn.ReLU()]
    if pooling:
        layers.append(nn.AvgPool2d(pooling, ceil_mode=True, count_include_pad=False))
    return nn.Sequential(*layers)


class LightSernet(nn.Module):
    def __init__(self):
        super().__init__()
        self.paths = nn.ModuleList(block(1, 32, window, 2, True)
                                   for window in ((11, 1), (1, 9), (3, 3)))
        self.blocks = nn.Sequential(block(96, 64, (3, 3), 2), block(64, 96, (3, 3), 2),
                                    block(96, 128, (3, 3), (2, 1)),
                                    block(128, 160, (3, 3), (2, 1)), block(160, 320, (1, 1), None))
        self.fc = nn.Linear(320, 8)

    def forward(self, x):
        maps = self.blocks(torch.cat([path(x) for path in self.paths], dim=1))
        return self.fc(maps.mean(dim=(2, 3)))


def chained(score, candidates):
    """The mean of earlier states, weighted by a softmax over their scores."""
    if len(candidates) == 1:
        return candidates[0]
    states = torch.stack(candidates)
    return (torch.softmax(states @ score, dim=0)[..., None] * states).sum(dim=0)


class ALstm(nn.Module):
    """One direction: cells and outputs of the steps t-1, t-3, t-5, combined by attention."""

    def __init__(self, inputs, hidden):
        super().__init__()
        self.w_ih, self.w_hh = nn.Linear(inputs, 4 * hidden), nn.Linear(hidden, 4 * hidden)
        self.score_c = nn.Parameter(torch.randn(hidden) / 8)
        self.score_h = nn.Parameter(torch.randn(hidden) / 8)

    def forward(self, x):
        gates, cells, outputs = self.w_ih(x), [], []
        for t in range(x.shape[1]):
            past = [t - offset for offset in OFFSETS if t >= offset]
            z = gates[:, t]
            if past:
                z = z + self.w_hh(chained(self.score_h, [outputs[k] for k in past]))
            i, f, g, o = z.chunk(4, dim=1)
            c = torch.sigmoid(i) * torch.tanh(g)
            if past:
                c = c + torch.sigmoid(f) * chained(self.score_c, [cells[k] for k in past])
            cells.append(c)
            outputs.append(torch.sigmoid(o) * torch.tanh(c))
        return torch.stack(outputs, dim=1)


class BothWays(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.forwards, self.backwards = ALstm(inputs, hidden), ALstm(inputs, hidden)

    def forward(self, x):
        return torch.cat([self.forwards(x), self.backwards(x.flip(1)).flip(1)], dim=2), None


class WeightedPooling(nn.Module):
    def __init__(self, advanced):
        super().__init__()
        self.fc = nn.Linear(SEQUENCE[1], FC)
        self.lstm = (BothWays(FC, HIDDEN) if advanced else
                     nn.LSTM(FC, HIDDEN, batch_first=True, bidirectional=True))
        self.score = nn.Linear(2 * HIDDEN, 1, bias=False)
        self.heads = nn.ModuleList(nn.Linear(2 * HIDDEN, n) for n in (4, 10, 2))

    def forward(self, x):
        h, _ = self.lstm(functional.relu(self.fc(x)))
        pooled = (torch.softmax(self.score(h), dim=1) * h).sum(dim=1)
        return [head(pooled) for head in self.heads]


def clips(batch):
    x = torch.randn(batch, 1, *CLIP)
    return x.to(memory_format=torch.channels_last)


def light_sernet():
    return LightSernet().to(memory_format=torch.channels_last)


def train_clips():
    model, x, labels = light_sernet(), clips(BATCH), torch.arange(BATCH) % 8
    adam, loss_of = torch.optim.Adam(model.parameters(), eps=1e-7), nn.CrossEntropyLoss()

    def step():
        adam.zero_grad()
        loss_of(model(x), labels).backward()
        adam.step()
    return step


def infer_clip():
    """Traced and frozen: batch norms go into the weights, which are packed once."""
    model, x = light_sernet().eval(), clips(1)
    with torch.inference_mode():
        frozen = torch.jit.optimize_for_inference(torch.jit.trace(model, x))

    def forward():
        with torch.inference_mode():
            frozen(x)
    return forward


def train_sequences(advanced):
    model, x, labels = WeightedPooling(advanced), torch.randn(BATCH, *SEQUENCE), torch.arange(BATCH)
    adam, loss_of = torch.optim.Adam(model.parameters()), nn.CrossEntropyLoss()

    def step():
        adam.zero_grad()
        losses = [loss_of(answer, labels % 2) for answer in model(x)]
        (losses[0] + 0.3 * losses[1] + 0.6 * losses[2]).backward()
        adam.step()
    return step


PROBLEMS = {"light-sernet/1": infer_clip, "light-sernet/32": train_clips,
            "lstm-wp/32": lambda: train_sequences(False),
            "a-lstm/32": lambda: train_sequences(True)}


def export(folder):
    torch.onnx.export(light_sernet().eval(), clips(1), str(folder / "light-sernet_1.onnx"),
                      input_names=["x"], output_names=["logits"], opset_version=14)
