"""seq.hmm_forward and seq.viterbi against float64."""
import numpy as np

import layers
import numerics

N = 5


def impossible(scores):
    """Scores of which many are of what cannot be; in one entry of the batch nothing
    is possible from half of the time on."""
    def draw(random, shape):
        drawn = scores(random, shape)
        drawn[random.random(shape) < 0.25] = -np.inf
        if len(shape) == 3 and shape[0]:
            drawn[shape[0] // 2, 0] = -np.inf
        return drawn
    return draw


def forward(from_rows=False, initial=True, zeros=False):
    groups = {"emissions": {"e": ["time", "batch", N]},
              "transitions": {"M": [N, N]}}
    if initial:
        groups["initial"] = {"a0": ["batch", N]}
    layer = layers.Layer("hmm_forward", groups,
                         {"z": ["time", "batch"], "a": ["batch", N]},
                         "from_rows" * from_rows)

    def oracle(e, M, a0=0):
        M = M.T if from_rows else M
        a = np.zeros(e.shape[1:]) + a0
        z = np.zeros(e.shape[:2])
        for t in range(len(e)):
            a = e[t] + np.logaddexp.reduce(M + a[:, None], -1)
            z[t] = np.logaddexp.reduce(a, -1)
        return {"z": z, "a": a}

    # Probabilities: sums of a few hundred logarithms keep their relative error.
    def log(random, shape):
        return np.log(random.uniform(0.05, 1, shape))

    draw = impossible(log) if zeros else log
    return layer, {"e": draw, "M": draw}, oracle, None


def viterbi(from_rows=False, initial=True, zeros=False):
    groups = {"emissions": {"e": ["time", "batch", N]},
              "transitions": {"M": [N, N]}}
    if initial:
        groups["initial"] = {"d0": ["batch", N]}
    layer = layers.Layer("viterbi", groups,
                         {"y": ["time", "batch"], "d": ["batch", N]},
                         "from_rows" * from_rows, {"y": "i32"})

    def oracle(e, M, d0=0):
        M = M.T if from_rows else M
        steps, batch = e.shape[:2]
        d = np.zeros((batch, N)) + d0
        come = np.zeros((steps, batch, N), np.int32)
        for t in range(steps):
            ways = M + d[:, None]
            come[t], d = ways.argmax(-1), e[t] + ways.max(-1)
        y, here = np.zeros((steps, batch), np.int32), d.argmax(-1)
        for t in range(steps)[::-1]:
            y[t] = here
            here = come[t, np.arange(batch), here]
        return {"y": y, "d": d}

    # Scores whose sums are exact in 32 bits, so that ties are ties.
    def eighths(random, shape):
        return random.integers(-32, 33, shape) / 8

    draw = impossible(eighths) if zeros else eighths
    return layer, {"e": draw, "M": draw, "d0": eighths}, oracle, None


CASES = {"forward": forward(), "forward-rows": forward(True, False),
         "forward-impossible": forward(zeros=True),
         "viterbi": viterbi(), "viterbi-rows": viterbi(True, False),
         "viterbi-impossible": viterbi(zeros=True)}

if __name__ == "__main__":
    options, random = numerics.arguments(), numerics.generator()
    layers.check(options, random, {
        n: case for n, case in CASES.items()
        # The back-trace looks its way up: plain loops.
        if options.form in ("auto", "naive") or n.startswith("forward")},
        # The last is longer than a chunk of the parallel form, and no longer than
        # that: sums of logarithms grow, and their rounding with them.
        [(0, 2), (1, 5), (7, 3), (31, 32), (130, 2)])
