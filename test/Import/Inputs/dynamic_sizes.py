"""One library for every length and batch: networks exported from PyTorch.

dynamic_sizes.py FOLDER: exports each network with dynamic time and batch,
compiles it once and compares runs of several sizes with PyTorch in float64.
"""
import os
import subprocess
import sys

import numpy as np
import torch
from torch import nn

FEATURES = 10
SIZES = [(1, 1), (2, 5), (17, 1), (40, 8), (33, 17)]
# Of f32 over 40 steps and two layers: each value within 1e-5 of the largest,
# the whole within 1e-6 in norm.
ELEMENT, NORM = 1e-5, 1e-6


class Network(nn.Module):
    """Layers with what stands around them: a norm, a linear layer, softmax."""

    def __init__(self, layers):
        super().__init__()
        self.layers = layers
        width = layers.hidden_size * (2 if layers.bidirectional else 1)
        self.norm = nn.LayerNorm(width)
        self.linear = nn.Linear(width, 7)

    def forward(self, x):
        y, _ = self.layers(x)
        y = self.linear(torch.relu(self.norm(y)))
        return torch.softmax(y, dim=-1), y.mean(dim=0)


class Encoder(nn.Module):
    """Outputs whose extents are no input's: a frame for three steps, all frames
    of a batch as rows, and the last steps."""

    def __init__(self):
        super().__init__()
        self.windows = nn.Conv1d(FEATURES, 8, kernel_size=5, stride=3,
                                 padding=2)
        self.layers = nn.GRU(8, 12)

    def forward(self, x):
        frames = torch.relu(self.windows(x.permute(1, 2, 0)))
        y, _ = self.layers(frames.permute(2, 0, 1))
        return y, torch.cat([y.flatten(), x[-7:].flatten()])


class Transformer(nn.Module):
    """Attention over all steps, whose places are rows of a table and sines, and
    a layer over the rows of all batches."""

    def __init__(self):
        super().__init__()
        self.places = nn.Parameter(torch.randn(64, 1, FEATURES) / 4)
        # Powers of two: no angle is rounded.
        self.register_buffer("rates", 0.5 ** torch.arange(FEATURES))
        self.layer = nn.TransformerEncoderLayer(FEATURES, nhead=2, dropout=0,
                                                dim_feedforward=24)
        self.rows = nn.Linear(FEATURES, FEATURES)

    def forward(self, x):
        time, batch, _ = x.shape
        angles = torch.arange(time, dtype=x.dtype)[:, None, None] * self.rates
        y = self.layer(x + self.places[:time] + torch.sin(angles))
        y = self.rows(y.reshape(time * batch, -1)).view(time, batch, -1)
        return torch.softmax(y, dim=-1), y.mean(dim=0)


class Around(nn.Module):
    """Windows over mirrored steps, and back: what lies around is cut to that."""

    def __init__(self):
        super().__init__()
        self.down = nn.Conv1d(FEATURES, 8, kernel_size=4, stride=3)
        self.up = nn.ConvTranspose1d(8, FEATURES, kernel_size=4, stride=3)

    def forward(self, x):
        # Four times as long, so that even one step can be mirrored three times.
        steps = torch.cat([x, x.flip(0), x, x]).permute(1, 2, 0)
        y = self.up(torch.relu(self.down(
            nn.functional.pad(steps, (3, 2), mode="reflect"))))
        return y, torch.tanh(y + steps[:, :, :1]).mean(dim=2)


def networks():
    yield "rnn", Network(nn.RNN(FEATURES, 12, nonlinearity="tanh"))
    yield "gru", Network(nn.GRU(FEATURES, 12, num_layers=2))
    yield "lstm", Network(nn.LSTM(FEATURES, 12))
    yield "lstm2", Network(nn.LSTM(FEATURES, 12, num_layers=2))
    yield "bidirectional", Network(nn.LSTM(FEATURES, 9, num_layers=2,
                                           bidirectional=True))
    yield "encoder", Encoder()
    yield "transformer", Transformer()
    yield "around", Around()


def run(command):
    result = subprocess.run(command, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.exit("%s\n%s" % (" ".join(command), result.stderr))


def compare(name, found, expected):
    error = np.abs(found - expected)
    norm = np.linalg.norm(found - expected) / np.linalg.norm(expected)
    if error.max() > ELEMENT * np.abs(expected).max() or norm > NORM:
        sys.exit("%s: the largest error is %g, in norm %g" %
                 (name, error.max(), norm))


def check(folder, name, network):
    path = os.path.join(folder, name)
    example = torch.zeros(3, 2, FEATURES)
    torch.onnx.export(network, (example,), path + ".onnx", opset_version=15,
                      input_names=["x"], output_names=["p", "m"],
                      dynamic_axes={"x": {0: "time", 1: "batch"}})
    run(["seqc", "compile", path + ".onnx", "--shape", "x=?x?x%d" % FEATURES,
         "-o", path])
    exact = network.double()
    for time, batch in SIZES:
        x = torch.randn(time, batch, FEATURES)
        np.save(path + ".x.npy", x.numpy())
        run(["seqc", "run", path + ".so", "--input", "x=@%s.x.npy" % path,
             "--output", "p=@%s.p.npy" % path,
             "--output", "m=@%s.m.npy" % path])
        with torch.no_grad():
            expected = exact(x.double())
        found = [np.load("%s.%s.npy" % (path, which)).astype(np.float64)
                 for which in "pm"]
        for array, wanted in zip(found, expected):
            if array.shape != tuple(wanted.shape):
                sys.exit("%s: found the shape %s, not %s" %
                         (name, array.shape, tuple(wanted.shape)))
        # Together: at the smallest size one of them has seven numbers.
        compare("%s %dx%d" % (name, time, batch),
                np.concatenate([f.ravel() for f in found]),
                np.concatenate([e.numpy().ravel() for e in expected]))
    print("%s: %d sizes of one library agree" % (name, len(SIZES)))


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    seed = int.from_bytes(os.urandom(4), "little")
    print("seed %d" % seed)
    torch.manual_seed(seed)
    for name, network in networks():
        check(folder, name, network)


main()
