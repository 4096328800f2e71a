"""seq.diagonal_ssm and seq.linear_rnn against float64: every discretisation,
channels with states of their own and states that channels share."""
import numpy as np

import layers
import numerics

D, N, P = 5, 7, 5


def poles(random, shape):
    """Real parts of continuous poles: what is left after a step is at most 0.9."""
    return -random.uniform(1, 4, shape)


def fast_poles(random, shape):
    """Next to nothing is left after a step."""
    return -random.uniform(12, 16, shape)


def angles(random, shape):
    return random.uniform(-3, 3, shape)


def lengths_of_steps(random, shape):
    return random.uniform(0.1, 1, shape)


def discretise(kind, a, delta):
    if kind == "zero_order_hold":
        # One state of every layer is an integrator.
        safe = np.where(a == 0, 1, a)
        grown = np.exp(delta * a)
        return grown, np.where(a == 0, delta, (grown - 1) / safe)
    if kind == "bilinear":
        below = 1 - delta * a / 2
        return (1 + delta * a / 2) / below, delta / below
    return np.exp(a), np.ones(a.shape)


def ssm(kind, shared, conjugate=False, optional=(), outputs=P, zero=False,
        fading=False):
    shape = [N] if shared else [D, N]
    state = ["batch"] + shape
    groups = {"x": {"x": ["time", "batch", D]}, "a": {"ar": shape, "ai": shape}}
    if kind != "given":
        groups["delta"] = {"delta": shape[:1]}
    if shared or "b" in optional:
        matrix = [N, D] if shared else shape
        groups["b"] = {"br": matrix, "bi": matrix}
    matrix = [outputs, N] if shared else shape
    groups["c"] = {"cr": matrix, "ci": matrix}
    if "skip" in optional:
        groups["skip"] = {"skip": [D]}
    if "h0" in optional:
        groups["h0"] = {"hr0": state, "hi0": state}
    layer = layers.Layer(
        "diagonal_ssm", groups,
        {"y": ["time", "batch", outputs if shared else D], "hr": state,
         "hi": state},
        "discretisation = #seq.discretisation<%s>%s"
        % (kind, ", conjugate" * conjugate))

    def oracle(x, ar, ai, cr, ci, delta=None, br=1, bi=0, skip=None,
               hr0=0, hi0=0):
        steps, batch = x.shape[:2]
        if delta is not None and not shared:
            delta = delta[:, None]
        pole, gain = discretise(kind, ar + 1j * ai, delta)
        b, c = br + 1j * bi, cr + 1j * ci
        h = np.zeros([batch] + shape) + hr0 + 1j * hi0
        y = np.zeros((steps, batch, outputs if shared else D))
        for t in range(steps):
            if shared:
                h = pole * h + gain * (x[t] @ b.T)
                read = h @ c.T
            else:
                h = pole * h + gain * b * x[t][..., None]
                read = (c * h).sum(-1)
            y[t] = (1 + conjugate) * read.real
            if skip is not None:
                y[t] += skip * x[t]
        return {"y": y, "hr": h.real, "hi": h.imag}

    def first_zero(draw):
        def drawn(random, shape):
            a = draw(random, shape)
            if zero:
                a.flat[0] = 0
            return a
        return drawn

    draws = {"ar": first_zero(poles), "ai": first_zero(angles),
             "delta": lengths_of_steps}
    if fading:
        # What is left of the first state, and nothing else: it must be as exact as
        # if it were more.
        draws.update(ar=fast_poles, x=lambda random, shape: np.zeros(shape),
                     delta=lambda random, shape: np.ones(shape))
        return layer, draws, oracle, [(1, 32)]
    # What is never forgotten adds up its rounding.
    return layer, draws, oracle, [(0, 2), (1, 5), (31, 32)] if zero else None


def contraction(random, shape):
    a = random.uniform(-1, 1, shape)
    return 0.8 * a / np.linalg.norm(a, 2)


def rnn(optional=()):
    groups = {"x": {"x": ["time", "batch", D]}, "a": {"a": [N, N]},
              "b": {"b": [N, D]}}
    for keyword, shape in [("c", [3, N]), ("d", [3 if "c" in optional else N, D]),
                           ("s0", ["batch", N])]:
        if keyword in optional:
            groups[keyword] = {keyword: shape}
    layer = layers.Layer(
        "linear_rnn", groups,
        {"y": ["time", "batch", 3 if "c" in optional else N],
         "s": ["batch", N]})

    def oracle(x, a, b, c=np.eye(N), d=None, s0=0):
        s = np.zeros((x.shape[1], N)) + s0
        y = np.zeros(x.shape[:2] + (len(c),))
        for t in range(len(x)):
            s = s @ a.T + x[t] @ b.T
            y[t] = s @ c.T
            if d is not None:
                y[t] += x[t] @ d.T
        return {"y": y, "s": s}

    return layer, {"a": contraction}, oracle, None


CASES = {
    "s4d": ssm("zero_order_hold", False, True, ("skip",)),
    "s4d-bilinear": ssm("bilinear", False, True, ("b", "h0")),
    "s4d-integrator": ssm("zero_order_hold", False, optional=("b",), zero=True),
    "s4d-fading": ssm("zero_order_hold", False, optional=("h0",), fading=True),
    "s5": ssm("zero_order_hold", True, True, ("skip", "h0")),
    "s5-bilinear": ssm("bilinear", True, outputs=3),
    "lru": ssm("given", True, optional=("skip", "h0")),
    "given-fading": ssm("given", False, optional=("h0",), fading=True),
    "given-channels": ssm("given", False, optional=("b", "skip", "h0")),
    "rnn": rnn(),
    "rnn-outputs": rnn(("c", "s0")),
    "rnn-direct": rnn(("c", "d", "s0")),
    "rnn-state": rnn(("d",)),
}

if __name__ == "__main__":
    options, random = numerics.arguments(), numerics.generator()
    layers.check(options, random, {
        n: case for n, case in CASES.items()
        # Only channels read sums of their states in the recurrence.
        if options.form not in ("chunked", "convolution")
        or n.startswith(("s4d", "given"))},
        [(0, 2), (1, 5), (7, 3), (31, 32), (601, 2)])
