"""The speech detector of silero.mlir in numpy, float64.
Usage: silero.py WEIGHTS.safetensors FRAMES.npy PROBABILITIES.npy STATE.npy"""
import json
import struct
import sys

import numpy as np

with open(sys.argv[1], "rb") as file:
    size, = struct.unpack("<Q", file.read(8))
    header, data = json.loads(file.read(size)), file.read()
w = {}
for name, entry in header.items():
    if name != "__metadata__":
        begin, end = entry["data_offsets"]
        w[name] = np.frombuffer(data[begin:end], "<f4").reshape(
            entry["shape"]).astype(np.float64)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def windows(x, size, stride):
    """[windows, ..., size] of the last dimension."""
    starts = range(0, x.shape[-1] - size + 1, stride)
    return np.stack([x[..., i:i + size] for i in starts])


def convolve(x, name, stride):
    padded = np.pad(x, ((0, 0), (1, 1)))
    y = np.einsum("oik,tik->ot", w[name + ".weight"], windows(padded, 3, stride))
    return np.maximum(y + w[name + ".bias"][:, None], 0)


h, c, probabilities = np.zeros(128), np.zeros(128), []
for frame in np.load(sys.argv[2]).astype(np.float64):
    samples = np.pad(frame[0], (0, 64), mode="reflect")
    parts = w["stft_conv.weight"][:, 0] @ windows(samples, 256, 128).T
    x = np.hypot(parts[:129], parts[129:])
    for name, stride in [("conv1", 1), ("conv2", 2), ("conv3", 2), ("conv4", 1)]:
        x = convolve(x, name, stride)
    i, f, g, o = np.split(
        w["lstm_cell.weight_ih"] @ x[:, 0] + w["lstm_cell.bias_ih"]
        + w["lstm_cell.weight_hh"] @ h + w["lstm_cell.bias_hh"], 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    h = sigmoid(o) * np.tanh(c)
    probabilities.append(sigmoid(
        w["final_conv.weight"][0, :, 0] @ np.maximum(h, 0) + w["final_conv.bias"]))
np.save(sys.argv[3], np.float32(probabilities)[:, None])
np.save(sys.argv[4], np.float32([[h], [c]]))
