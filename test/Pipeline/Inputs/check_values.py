"""The values that dump-values.test wrote follow from one another."""
import numpy as np


def load(path):
    return np.load(path).astype(np.float64)


def require(what, found, required):
    error = np.abs(found - required).max()
    assert error < 1e-5, (what, error)


# The first scan of two_scans.mlir, and the state after it.
x, h = load("x.npy"), np.zeros(16)
scan = []
for row in x:
    h = 1 / (1 + np.exp(-row)) * h + row
    scan.append(h)
require("scan", load("scans/002-line12-seq.scan.npy"), np.array(scan))
require("state", load("scans/s.npy"), h)
assert (np.load("scans/y.npy") == np.load("y.npy")).all()

# langid: a row for every step; the last layer's input is the LSTM's state.
embedding = load("nodes/001-_embedding_Gather.npy")
assert embedding.shape == (4, 1, 1, 32), embedding.shape
require("transpose", load("nodes/002-_lstm_Transpose.npy").ravel(), embedding.ravel())
squeezed, logits = load("nodes/004-_Squeeze.npy"), load("nodes/005-_output_Gemm.npy")
require("h", load("nodes/h.npy").ravel(), squeezed[-1].ravel())
softmax = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
require("softmax", load("nodes/probabilities.npy"), softmax)
require("alone", load("alone.npy"), softmax)
print("all follow")
