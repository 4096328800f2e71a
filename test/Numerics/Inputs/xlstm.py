"""seq.slstm and seq.mlstm against float64: both forget gates, heads, gates from
almost shut to exp(30)."""
import numpy as np

import layers
import numerics
from layers import sigmoid

I, H, HEADS, K, V = 5, 12, 2, 4, 6


def small(random, shape):
    return random.uniform(-0.5, 0.5, shape)


def eighths(low, high):
    """Exponents whose sums are exact: a rounded one of 20 is off by 1e-6, and so is
    what it scales."""
    return lambda random, shape: random.integers(low, high, shape) / 8


def positive(random, shape):
    return random.uniform(0.5, 1, shape)


def forget(kind, x):
    return -np.logaddexp(0, -x) if kind == "sigmoid" else x


def lengths(random, shape):
    # From 1 on: states would otherwise be compared with what they began as.
    return random.integers(1, 30, shape)


def slstm(kind, order, heads, optional=(), candidate="tanh", reverse=False):
    units = H // heads
    groups = {"x": {"x": ["time", "batch", I]}, "w": {"w": [4, H, I]},
              "r": {"r": [4, heads, units, units]}}
    for keyword, shape in [("bias", [4, H])] + [
            (n + "0", ["batch", H]) for n in "hcnm"] + [("lengths", ["batch"])]:
        if keyword in optional:
            groups[keyword] = {keyword: shape}
    attributes = 'forget_gate = #seq.forget_gate<%s>, gate_order = "%s"' % (
        kind, order)
    if candidate != "tanh":
        attributes += ", candidate = #seq.activation<%s>" % candidate
    layer = layers.Layer(
        "slstm", groups,
        {"y": ["time", "batch", H], "h": ["batch", H], "c": ["batch", H],
         "n": ["batch", H], "m": ["batch", H]},
        attributes + ", reverse" * reverse, {"lengths": "i32"})

    def oracle(x, w, r, bias=0, h0=0, c0=0, n0=0, m0=-1e38, lengths=None):
        steps, batch = x.shape[:2]
        h, c, n, m = (np.zeros((batch, H)) + s for s in (h0, c0, n0, m0))
        y = np.zeros((steps, batch, H))
        for t in range(steps)[::-1] if reverse else range(steps):
            live = np.ones((batch, 1), bool) if lengths is None else (
                t < lengths[:, None])
            own = np.einsum("gkij,bkj->bgki", r, h.reshape(batch, heads, units))
            sums = (np.einsum("ghi,bi->bgh", w, x[t]) + bias
                    + own.reshape(batch, 4, H))
            z, i, f, o = (sums[:, order.index(gate)] for gate in "zifo")
            z = np.tanh(z) if candidate == "tanh" else z
            f = forget(kind, f)
            new = np.maximum(f + m, i)
            kept, added = np.exp(f + m - new), np.exp(i - new)
            c = np.where(live, kept * c + added * z, c)
            n = np.where(live, kept * n + added, n)
            m = np.where(live, new, m)
            # Not 0 by 0, where there has been no step yet.
            h = np.where(live, sigmoid(o) * c / np.where(live, n, 1), h)
            y[t] = np.where(live, h, 0)
        return {"y": y, "h": h, "c": c, "n": n, "m": m}

    # Exponential gates that do not grow from step to step: m would, and its rounding.
    draws = {"w": small, "r": small, "n0": positive,
             "bias": lambda random, shape: random.uniform(-2, -1, shape),
             "lengths": lengths}
    # Without a step the empty exponent comes back, beside which all is nothing.
    extents = None if "m0" in optional else [(1, 5), (7, 3), (31, 32), (301, 2)]
    return layer, draws, oracle, extents


def mlstm(kind, stated, scale=1.0, low=-48, high=48):
    groups = {"q": {"q": ["batch", "time", HEADS, K]},
              "k": {"k": ["batch", "time", HEADS, K]},
              "v": {"v": ["batch", "time", HEADS, V]},
              "input": {"i": ["batch", "time", HEADS]},
              "forget": {"f": ["batch", "time", HEADS]}}
    states = {"C": [HEADS, K, V], "n": [HEADS, K], "m": [HEADS]}
    if stated:
        for keyword, n in [("state", "C"), ("normaliser", "n"), ("exponent", "m")]:
            groups[keyword] = {n + "0": ["batch"] + states[n]}
    results = {"y": ["batch", "time", HEADS, V]}
    results.update({n: ["batch"] + s for n, s in states.items()})
    layer = layers.Layer(
        "mlstm", groups, results,
        "forget_gate = #seq.forget_gate<%s>, scale = %r : f32" % (kind, scale))

    def oracle(q, k, v, i, f, C0=0, n0=0, m0=-1e38):
        batch, steps = q.shape[:2]
        C, n, m = (np.zeros([batch] + states[name]) + start
                   for name, start in [("C", C0), ("n", n0), ("m", m0)])
        y = np.zeros(v.shape)
        for t in range(steps):
            key, fading = scale * k[:, t], forget(kind, f[:, t])
            new = np.maximum(fading + m, i[:, t])
            kept = np.exp(fading + m - new)[..., None]
            added = np.exp(i[:, t] - new)[..., None]
            C = kept[..., None] * C + added[..., None] * (
                key[..., None] * v[:, t, :, None])
            n, m = kept * n + added * key, new
            with np.errstate(over="ignore"):
                below = np.maximum(np.abs((n * q[:, t]).sum(-1)), np.exp(-m))
            y[:, t] = np.einsum("bhk,bhkv->bhv", q[:, t], C) / below[..., None]
        return {"y": y, "C": C, "n": n, "m": m}

    # Keys and queries that never cancel: a quotient of little magnifies rounding.
    draws = {"q": positive, "k": positive, "i": eighths(low, high),
             "m0": eighths(-16, 16)}
    if kind == "exponential":
        draws["f"] = eighths(-16, 0)
    extents = None if stated else [(1, 5), (7, 3), (31, 32), (301, 2)]
    return layer, draws, oracle, extents


STATES = ("h0", "c0", "n0", "m0")
CASES = {
    "slstm": slstm("sigmoid", "zifo", 1),
    "slstm-heads": slstm("exponential", "ifzo", 3, ("bias",) + STATES),
    "slstm-linear": slstm("sigmoid", "ozfi", 2, ("h0",), "identity"),
    "slstm-ragged": slstm("sigmoid", "zifo", 3, ("bias", "lengths") + STATES),
    "slstm-reverse": slstm("exponential", "zifo", 1, ("bias",), reverse=True),
    "slstm-ragged-reverse": slstm("sigmoid", "zoif", 2, ("lengths",),
                                  reverse=True),
    "mlstm": mlstm("sigmoid", False),
    "mlstm-stated": mlstm("sigmoid", True, 0.5),
    # Sums of exponents that are exact may be large.
    "mlstm-exponential": mlstm("exponential", True, low=-160, high=240),
    # Gates so small that the normaliser stays below 1.
    "mlstm-small": mlstm("exponential", True, 0.5, -80, -24),
}

if __name__ == "__main__":
    options, random = numerics.arguments(), numerics.generator()
    layers.check(options, random, {
        n: case for n, case in CASES.items()
        # What a gate depends on is a state: no form in parallel.
        if options.form != "parallel" or n.startswith("mlstm")},
        [(0, 2), (1, 5), (7, 3), (31, 32), (301, 2)])
