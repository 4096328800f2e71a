"""Cells whose gates do not see the state (seq.min_gru, seq.min_lstm, seq.qrnn)
against float64: every convention, ragged and reversed sequences."""
import numpy as np

import layers
import numerics
from layers import sigmoid

I, H = 5, 11
CANDIDATES = {"identity": lambda x: x, "tanh": np.tanh,
              "half_linear": lambda x: np.where(x >= 0, x + 0.5, sigmoid(x))}


def small(random, shape):
    return random.uniform(-0.5, 0.5, shape)


def lengths(random, shape):
    # From 1 on: states would otherwise be compared with what they began as.
    return random.integers(1, 30, shape)


def minimal(operation, order, step, candidate="identity", attributes=(),
            optional=(), reverse=False, batch_major=False):
    """A case of a minimal cell; `step` makes decay and gain of the sums by gate."""
    gates = len(order)
    sequence = ["batch", "time"] if batch_major else ["time", "batch"]
    groups = {"x": {"x": sequence + [I]}, "w": {"w": [gates, H, I]}}
    for keyword, shape in [("bias", [gates, H]), ("h0", ["batch", H]),
                           ("lengths", ["batch"])]:
        if keyword in optional:
            groups[keyword] = {keyword: shape}
    attributes = ['gate_order = "%s"' % order] + list(attributes)
    if candidate != "identity":
        attributes.append("candidate = #seq.activation<%s>" % candidate)
    attributes += ["reverse"] * reverse + ["batch_major"] * batch_major
    layer = layers.Layer(operation, groups,
                         {"y": sequence + [H], "h": ["batch", H]},
                         ", ".join(attributes), {"lengths": "i32"})

    def oracle(x, w, bias=0, h0=None, lengths=None):
        x = x.swapaxes(0, 1) if batch_major else x
        steps, batch = x.shape[:2]
        h = np.zeros((batch, H)) if h0 is None else h0
        y = np.zeros((steps, batch, H))
        for t in range(steps)[::-1] if reverse else range(steps):
            sums = np.einsum("ghi,bi->bgh", w, x[t]) + bias
            sums = {gate: sums[:, i] for i, gate in enumerate(order)}
            decay, gain = step(sums, CANDIDATES[candidate](sums["h"]))
            live = np.ones(batch, bool) if lengths is None else t < lengths
            h = np.where(live[:, None], decay * h + gain, h)
            y[t, live] = h[live]
        return {"y": y.swapaxes(0, 1) if batch_major else y, "h": h}

    return layer, {"w": small, "lengths": lengths}, oracle, None


def open_for_new(sums, h):
    z = sigmoid(sums["z"])
    return 1 - z, z * h


def keep_old(sums, h):
    z = sigmoid(sums["z"])
    return z, (1 - z) * h


def plain(sums, h):
    return sigmoid(sums["f"]), sigmoid(sums["i"]) * h


def normalised(sums, h):
    f, i = sigmoid(sums["f"]), sigmoid(sums["i"])
    return f / (f + i), i / (f + i) * h


def qrnn(order, taps, candidate="tanh", optional=(), reverse=False):
    gates = len(order)
    groups = {"x": {"x": ["time", "batch", I]}, "w": {"w": [gates, H, taps, I]}}
    for keyword, shape in [("bias", [gates, H]), ("past", [taps - 1, "batch", I]),
                           ("c0", ["batch", H]), ("lengths", ["batch"])]:
        if keyword in optional:
            groups[keyword] = {keyword: shape}
    results = {"y": ["time", "batch", H], "c": ["batch", H]}
    if taps > 1:
        results["p"] = [taps - 1, "batch", I]
    attributes = 'gate_order = "%s"' % order
    if candidate != "tanh":
        attributes += ", candidate = #seq.activation<%s>" % candidate
    layer = layers.Layer("qrnn", groups, results,
                         attributes + ", reverse" * reverse, {"lengths": "i32"})

    def sequence(x, past, c, w, bias):
        """One sequence without padding, [T, I]: y, c and the next past."""
        every = np.concatenate([x, past] if reverse else [past, x])
        y = np.zeros((len(x), H))
        for t in range(len(x))[::-1] if reverse else range(len(x)):
            window = every[t:t + taps][::-1] if reverse else every[t:t + taps]
            sums = dict(zip(order, np.einsum("ghki,ki->gh", w, window) + bias))
            f, z = sigmoid(sums["f"]), CANDIDATES[candidate](sums["z"])
            i = sigmoid(sums["i"]) if "i" in order else 1 - f
            c = f * c + i * z
            y[t] = sigmoid(sums["o"]) * c if "o" in order else c
        return y, c, every[:taps - 1] if reverse else every[len(x):]

    def oracle(x, w, bias=0, past=None, c0=None, lengths=None):
        steps, batch = x.shape[:2]
        c = np.zeros((batch, H)) if c0 is None else c0.copy()
        past = np.zeros((taps - 1, batch, I)) if past is None else past.copy()
        y = np.zeros((steps, batch, H))
        for b in range(batch):
            n = steps if lengths is None else min(lengths[b], steps)
            y[:n, b], c[b], past[:, b] = sequence(x[:n, b], past[:, b], c[b], w,
                                                  bias)
        result = {"y": y, "c": c}
        if taps > 1:
            result["p"] = past
        return result

    return layer, {"w": small, "lengths": lengths}, oracle, None


ALL = ("bias", "h0", "lengths")
CASES = {
    "gru": minimal("min_gru", "zh", open_for_new),
    "gru-all": minimal("min_gru", "hz", open_for_new, "half_linear",
                       optional=ALL, reverse=True),
    "gru-keeps": minimal("min_gru", "zh", keep_old, "tanh",
                         ["update_gate = #seq.update_gate<keeps_old>"],
                         optional=("h0",), batch_major=True),
    "lstm": minimal("min_lstm", "fih", plain),
    "lstm-all": minimal("min_lstm", "hfi", normalised, "half_linear",
                        ["normalised"], optional=ALL),
    "lstm-normalised": minimal("min_lstm", "fih", normalised, "tanh",
                               ["normalised"], optional=("bias",), reverse=True,
                               batch_major=True),
    "qrnn-f": qrnn("zf", 2, optional=("bias", "past", "c0")),
    "qrnn-fo": qrnn("ozf", 3, "identity"),
    "qrnn-ifo": qrnn("zfoi", 4, optional=("c0", "past")),
    "qrnn-narrow": qrnn("zfoi", 1, optional=("bias", "c0")),
    "qrnn-ragged": qrnn("zfo", 3, optional=("bias", "past", "c0", "lengths")),
    "qrnn-reverse": qrnn("zfoi", 2, optional=("past",), reverse=True),
    "qrnn-ragged-reverse": qrnn("zf", 4, optional=("past", "lengths"),
                                reverse=True),
    "qrnn-ragged-narrow": qrnn("zfo", 1, optional=("c0", "lengths"),
                               reverse=True),
}

if __name__ == "__main__":
    options, random = numerics.arguments(), numerics.generator()
    layers.check(options, random, CASES,
                 [(0, 2), (1, 5), (7, 3), (31, 32), (601, 2)])
