"""Convolutions over inputs that are hardly longer than their padding, and
mirrored padding: random ones, in one model, beside PyTorch in float64.

conv_taps.py FOLDER
"""
import os
import random
import subprocess
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional

# Of f32 over at most 100 products: of the largest result, or of 1.
ELEMENT = 1e-5


def run(command):
    result = subprocess.run(command, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.exit("%s\n%s" % (" ".join(command), result.stderr))
    return result.stdout


class Padded(nn.Module):
    """`count` elements in front and `after` behind the last dimension."""

    def __init__(self, count, after, mode):
        super().__init__()
        self.pads, self.mode = (count, after), mode

    def forward(self, x):
        return functional.pad(x, self.pads, mode=self.mode)


class Many(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, *inputs):
        return tuple(layer(x) for layer, x in zip(self.layers, inputs))


def make_conv():
    """A convolution and the shape of an input that it takes."""
    while True:
        rank = random.choice((1, 1, 2))
        groups = random.choice((1, 1, 2))
        kernel = [random.randint(1, 5) for _ in range(rank)]
        stride = [random.randint(1, 3) for _ in range(rank)]
        dilation = [random.choice((1, 1, 2)) for _ in range(rank)]
        padding = [random.randint(0, 4) for _ in range(rank)]
        extents = [random.randint(1, 6) for _ in range(rank)]
        if all(e + 2 * p >= d * (k - 1) + 1 for e, p, d, k in
               zip(extents, padding, dilation, kernel)):
            break
    channels = 2 * groups
    layer = (nn.Conv1d, nn.Conv2d)[rank - 1](
        channels, 3 * groups, kernel, stride=stride, padding=padding,
        dilation=dilation, groups=groups, bias=random.random() < 0.5)
    return layer, [random.choice((1, 3)), channels] + extents


def make_transposed():
    """Strides below, at and above the kernel's extent, and what they leave."""
    rank = random.choice((1, 1, 2))
    groups = random.choice((1, 1, 2))
    stride = [random.randint(1, 5) for _ in range(rank)]
    kernel = [random.randint(1, 9) for _ in range(rank)]
    dilation = [random.choice((1, 1, 1, 2)) for _ in range(rank)]
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, kernel)]
    padding = [random.randint(0, span - 1) for span in spans]
    extents = [random.randint(2, 9) for _ in range(rank)]
    rest = [random.randint(0, max(s, d) - 1)
            for s, d in zip(stride, dilation)]
    channels = 2 * groups
    layer = (nn.ConvTranspose1d, nn.ConvTranspose2d)[rank - 1](
        channels, 3 * groups, kernel, stride=stride,
        padding=[min(p, ((e - 1) * s + span - 1) // 2) for p, e, s, span in
                 zip(padding, extents, stride, spans)],
        output_padding=rest, dilation=dilation, groups=groups,
        bias=random.random() < 0.5)
    return layer, [random.choice((1, 3)), channels] + extents


def make_mirrored():
    """A kernel that reads the same from both ends, or changes its sign, in some
    or all channels; behind a tap of zeros or not; some with one number off."""
    out, channels = random.randint(16, 40), random.randint(1, 3)
    count, first = random.randint(16, 33), random.randint(0, 1)
    even = random.choice((0, out, random.randint(1, out - 1)))
    half = torch.randn(out, channels, count)
    sign = torch.where(torch.arange(out) < even, 1.0, -1.0)[:, None, None]
    kernel = half + sign * half.flip(2)
    if random.random() < 0.2:
        kernel[random.randrange(out), 0, random.randrange(count)] += 1
    layer = nn.Conv1d(channels, out, count + first,
                      stride=random.randint(1, 9), padding=random.randint(0, 5),
                      bias=random.random() < 0.5)
    layer.weight.data = functional.pad(kernel, (first, 0))
    return layer, [random.choice((1, 3)), channels,
                   count + first + random.randint(0, 40)]


def make_padding():
    extent = random.randint(2, 9)
    mode = random.choice(("reflect", "replicate"))
    most = extent - 1
    return (Padded(random.randint(0, most), random.randint(1, most), mode),
            [2, 3, extent])


def check_random(folder):
    pairs = ([make_conv() for _ in range(40)]
             + [make_mirrored() for _ in range(15)]
             + [make_transposed() for _ in range(40)]
             + [make_padding() for _ in range(10)])
    network = Many([layer for layer, _ in pairs])
    inputs = [torch.randn(shape) for _, shape in pairs]
    names = ["x%d" % i for i in range(len(pairs))]
    outputs = ["y%d" % i for i in range(len(pairs))]
    path = os.path.join(folder, "many.onnx")
    torch.onnx.export(network, tuple(inputs), path, opset_version=15,
                      input_names=names, output_names=outputs)
    command = ["seqc", "run", path]
    for name, array in zip(names, inputs):
        np.save(os.path.join(folder, name + ".npy"), array.numpy())
        command += ["--input", "%s=@%s/%s.npy" % (name, folder, name)]
    for name in outputs:
        command += ["--output", "%s=@%s/%s.npy" % (name, folder, name)]
    run(command)
    with torch.no_grad():
        expected = network.double()(*[x.double() for x in inputs])
    for (layer, shape), name, wanted in zip(pairs, outputs, expected):
        found = np.load(os.path.join(folder, name + ".npy"))
        wanted = wanted.numpy()
        error = np.abs(found - wanted).max(initial=0)
        if (found.shape != wanted.shape
                or error > ELEMENT * max(1, np.abs(wanted).max(initial=0))):
            sys.exit("%s of %s: %s instead of %s, %g apart" %
                     (layer, shape, found.shape, wanted.shape, error))
    print("%d layers as PyTorch computes them" % len(pairs))


def check_trimmed(folder):
    """One frame meets the middle tap alone; two frames all but one."""
    for frames, stride, taps in ((1, 1, 1), (2, 2, 2), (2, 1, 3)):
        path = os.path.join(folder, "conv%d%d.onnx" % (frames, stride))
        torch.onnx.export(nn.Conv1d(3, 4, 3, padding=1, stride=stride),
                          (torch.zeros(1, 3, frames),), path, opset_version=15)
        text = run(["seqc", "compile", path, "--emit=scan"])
        if "tensor<4x3x%dxf32>" % taps not in text.split("seq.matvec")[1]:
            sys.exit("%d frames by %d: expected %d taps, found\n%s" %
                     (frames, stride, taps, text))
    print("taps that only meet padding are gone")


def check_phases(folder):
    """Of eight taps, every fourth element of the result meets two."""
    path = os.path.join(folder, "phases.onnx")
    torch.onnx.export(nn.ConvTranspose1d(3, 5, 8, stride=4),
                      (torch.zeros(1, 3, 20),), path, opset_version=15)
    text = run(["seqc", "compile", path, "--emit=scan"])
    kernels = text.count("tensor<1x3x5x2xf32>")
    if kernels < 4 or "tensor<1x3x5x8xf32>" in text:
        sys.exit("expected four kernels of two taps, found\n" + text)
    print("a transposed convolution multiplies no zeros")


def check_folded(folder):
    """A spectrogram: cosines and sines under a periodic Hann window."""
    window = torch.hann_window(64, periodic=True)
    angles = 2 * np.pi * torch.arange(33)[:, None] * torch.arange(64) / 64
    # As the functions are: what a cosine is at one end it is at the other.
    rows = torch.cat([torch.cos(angles), torch.sin(angles)])
    rows[:, 33:] = torch.cat([rows[:33], -rows[33:]])[:, 1:32].flip(1)
    rows[33:, 32] = 0
    window[33:] = window[1:32].flip(0)
    layer = nn.Conv1d(1, 66, 64, stride=16, bias=False)
    layer.weight.data = (rows * window)[:, None]
    path = os.path.join(folder, "spectrogram.onnx")
    torch.onnx.export(layer, (torch.zeros(1, 1, 160),), path, opset_version=15)
    text = run(["seqc", "compile", path, "--emit=scan"])
    # The sine of frequency zero, which is none, goes with the cosines.
    products = [line for line in text.splitlines() if "seq.matvec" in line]
    if (len(products) != 2 or "tensor<34x1x32xf32>" not in products[0]
            or "tensor<32x1x31xf32>" not in products[1]):
        sys.exit("expected two products of half the taps, found\n%s" %
                 "\n".join(products))
    print("a spectrogram takes half the products")


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    seed = int.from_bytes(os.urandom(4), "little")
    print("seed %d" % seed)
    random.seed(seed)
    torch.manual_seed(seed)
    check_random(folder)
    check_trimmed(folder)
    check_phases(folder)
    check_folded(folder)


main()
