"""Models of whole sequences as PyTorch exports them, with dynamic batch and time,
compiled with --step: one by one, in random pieces and in one go they are what
PyTorch makes of the whole in float64.

exported.py FOLDER
"""
import os
import sys
import warnings

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import sequences

BATCH, TOKENS, WIDTH = 3, 20, 16
# Of the largest element, over layers of some 16 products each.
TOLERANCE = 1e-5


class Language(nn.Module):
    """Tokens to the logarithms of the next one's probabilities."""
    time = 1  # of the input's dimensions, and of the output's

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(TOKENS, WIDTH)
        self.layers = nn.LSTM(WIDTH, WIDTH, 2, batch_first=True)
        self.readout = nn.Linear(WIDTH, TOKENS)

    def draw(self, steps):
        return torch.randint(0, TOKENS, (BATCH, steps))

    def forward(self, x):
        return torch.log_softmax(self.readout(self.layers(self.table(x))[0]),
                                 dim=-1)


class Shift(nn.Module):
    """A layer of RWKV's: each step mixed with the one before."""
    time = 1

    def __init__(self):
        super().__init__()
        self.mix = nn.Parameter(torch.rand(WIDTH))
        self.key = nn.Linear(WIDTH, WIDTH)

    def draw(self, steps):
        return torch.randn(BATCH, steps, WIDTH)

    def forward(self, x):
        before = F.pad(x, (0, 0, 1, -1))
        return torch.relu(self.key(x * self.mix + before * (1 - self.mix))) ** 2


class WaveNet(nn.Module):
    """Gated dilated causal convolutions with residuals."""
    time = 2

    def __init__(self):
        super().__init__()
        self.gates = nn.ModuleList([
            nn.Conv1d(WIDTH, 2 * WIDTH, 2, dilation=2 ** i) for i in range(4)])
        self.outs = nn.ModuleList([nn.Conv1d(WIDTH, WIDTH, 1)
                                   for _ in range(4)])

    def draw(self, steps):
        return torch.randn(BATCH, WIDTH, steps)

    def forward(self, x):
        for gate, out in zip(self.gates, self.outs):
            f, g = gate(F.pad(x, (gate.dilation[0], 0))).chunk(2, dim=1)
            x = x + out(torch.tanh(f) * torch.sigmoid(g))
        return x


def check(model, folder, random):
    name = type(model).__name__.lower()
    path = os.path.join(folder, name)
    model.eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, (model.draw(5),), path + ".onnx",
                          opset_version=15, input_names=["x"],
                          output_names=["y"], dynamic_axes={
                              "x": {0: "batch", model.time: "time"}})
    sequences.compile_model(path + ".onnx", path, ["--step", "time"])
    runs, model = sequences.Runs(path, ["y"]), model.double()
    for steps in 61, 7, 1:
        x = model.draw(steps)
        with torch.no_grad():
            y = model(x if x.dtype == torch.int64 else x.double())
        # Steps come first.
        rows = {"x": x.movedim(model.time, 0).numpy()}
        expected = y.movedim(model.time, 0).numpy()
        whole = runs.run(rows)
        error = np.abs(whole["y"] - expected).max()
        if whole["y"].shape != expected.shape or \
                not error <= TOLERANCE * np.abs(expected).max():
            sys.exit("%s of %d steps is off by %g" % (name, steps, error))
        if steps < 20:
            sequences.require_same(name + ", one by one",
                                   runs.run(rows, stream=True), whole)
        lengths = sequences.split_randomly(random, steps)
        sequences.require_same("%s in %s" % (name, lengths),
                               runs.run_pieces(rows, lengths), whole)
    print("%s: as expected" % name, flush=True)


directory = sys.argv[1]
os.makedirs(directory)
random = sequences.numerics.generator()
torch.manual_seed(int(random.integers(2**32)))
for model in Language(), Shift(), WaveNet():
    check(model, directory, random)
