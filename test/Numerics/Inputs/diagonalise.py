"""Layers with a constant dense matrix, as they are and made diagonal, against
float64: symmetric matrices, conjugate pairs with and without real eigenvalues,
products before and after the state of other lengths than its own, and a state
that is read whole."""
import sys

import numpy as np

import numerics

BATCH = ["batch", ""]
STEPS = ["time", "batch", ""]
EXTENTS = [(0, 2), (1, 1), (7, 3), (131, 2), (64, 32)]


def matrix(random, n, kind):
    """Well conditioned, of eigenvalues whose magnitude is at most 0.9."""
    basis = np.linalg.qr(random.standard_normal((n, n)))[0]
    if kind == "symmetric":
        a = basis @ np.diag(random.uniform(-0.9, 0.9, n)) @ basis.T
        return (a + a.T) / 2
    blocks = np.zeros((n, n))
    real = n % 2 if kind == "pairs" else 3
    blocks[range(real), range(real)] = random.uniform(-0.9, 0.9, real)
    for i in range(real, n - 1, 2):
        r, angle = random.uniform(0.3, 0.9), random.uniform(0.2, 3)
        c, s = r * np.cos(angle), r * np.sin(angle)
        blocks[i:i + 2, i:i + 2] = [[c, -s], [s, c]]
    if kind == "mixed" and (n - real) % 2:
        blocks[-1, -1] = 0.5
    basis += random.uniform(-0.1, 0.1, (n, n)) / np.sqrt(n)
    return basis @ blocks @ np.linalg.inv(basis)


def constant(name, array):
    array = array.astype(np.float32)
    return "  %%%s = arith.constant dense<%s> : %s\n" % (
        name, array.tolist(), numerics.tensor(array.shape))


def layer(inputs, states, outputs, weights):
    """seq.linear_rnn with constant matrices."""
    x, y = ["?", "?", inputs], ["?", "?", outputs]
    s = ["?", states]
    argument, tensor = numerics.argument, numerics.tensor
    text = "func.func @layer(%%x: %s, %%s0: %s) -> (%s, %s) {\n" % (
        argument("x", x, STEPS), argument("s0", s, BATCH),
        argument("y", y, STEPS), argument("s", s, BATCH))
    types = [tensor(x)]
    for name, array in weights.items():
        text += constant(name, array)
        types.append(tensor(array.shape))
    text += "  %%y, %%s = seq.linear_rnn x(%%x) %s s0(%%s0) : (%s) -> (%s, %s)\n" % (
        " ".join("%s(%%%s)" % (name, name) for name in weights),
        ", ".join(types + [tensor(s)]), tensor(y), tensor(s))
    return text + "  return %%y, %%s : %s, %s\n}\n" % (tensor(y), tensor(s))


def whole(states, a):
    """A scan that adds its input as it is and reads the state before and after
    the step through functions."""
    x, s = ["?", "?", states], ["?", states]
    argument, tensor = numerics.argument, numerics.tensor
    vector = tensor([states])
    return """func.func @whole(%%x: %s, %%s0: %s) -> (%s, %s) {
%s  %%c0 = arith.constant 0 : index
  %%c1 = arith.constant 1 : index
  %%T = tensor.dim %%x, %%c0 : %s
  %%B = tensor.dim %%x, %%c1 : %s
  %%Y = tensor.empty(%%T, %%B) : %s
  %%y, %%s = seq.scan domain(%%b = %%B) time(%%t = %%T)
      ins(%%xt = %%x[%%t, %%b, :] : %s, %%at = %%a[:, :] : %s)
      outs(%%Y[%%t, %%b, :] : %s)
      carry(%%h = %%s0[%%b, :] : %s) reverse {
    %%old = math.tanh %%h : %s
    %%h1 = seq.affine matrix(%%at) * %%h + %%xt : %s, %s
    %%new = seq.sigmoid %%h1 : %s
    %%out = arith.mulf %%old, %%new : %s
    seq.yield outs(%%out : %s) carry(%%h1 : %s)
  }
  return %%y, %%s : %s, %s
}
""" % (argument("x", x, STEPS), argument("s0", s, BATCH),
       argument("y", x, STEPS), argument("s", s, BATCH), constant("a", a),
       tensor(x), tensor(x), tensor(x), tensor(x), tensor(a.shape), tensor(x),
       tensor(s), vector, tensor(a.shape), vector, vector, vector, vector, vector,
       tensor(x), tensor(s))


def run_layer(x, s0, weights):
    s, y = s0.astype(np.float64), []
    for row in x.astype(np.float64):
        s = s @ weights["a"].T + row @ weights["b"].T
        y.append((s @ weights["c"].T if "c" in weights else s)
                 + (row @ weights["d"].T if "d" in weights else 0))
    outputs = len(weights["c"] if "c" in weights else weights["a"])
    return {"y": np.reshape(y, x.shape[:2] + (outputs,)), "s": s}


def run_whole(x, s0, weights):
    s, y = s0.astype(np.float64), np.zeros(x.shape)
    for t in reversed(range(len(x))):
        old, s = s, s @ weights["a"].T + x[t]
        y[t] = np.tanh(old) / (1 + np.exp(-s))
    return {"y": y, "s": s}


def main():
    options = numerics.arguments()
    random = numerics.generator()
    cases = [("symmetric", 24, 40, 16, "cd"), ("pairs", 8, 40, 40, ""),
             ("mixed", 5, 37, 3, "c"), ("pairs", 64, 64, 64, "c"),
             ("mixed", 37, 37, 37, None)]
    for kind, inputs, states, outputs, optional in cases:
        weights = {"a": matrix(random, states, kind)}
        if optional is None:
            name, text, oracle = "whole", whole(states, weights["a"]), run_whole
        else:
            shapes = {"b": (states, inputs), "c": (outputs, states),
                      "d": (outputs, inputs)}
            for key in "b" + optional:
                weights[key] = random.uniform(-1, 1, shapes[key]) / np.sqrt(
                    shapes[key][1])
            text = layer(inputs, states, outputs, weights)
            name, oracle = "%s-%d" % (kind, states), run_layer
        weights = {key: array.astype(np.float32).astype(np.float64)
                   for key, array in weights.items()}
        for flags in [], ["--diagonalise"]:
            if options.form == "parallel" and not flags:
                continue  # summaries of whole matrices are another test's
            model = numerics.Model(options, name + ("-diagonal" if flags else ""),
                                   text, flags)
            for time, batch in EXTENTS:
                x = random.uniform(-1, 1, (time, batch, inputs))
                s0 = random.uniform(-1, 1, (batch, states))
                x, s0 = x.astype(np.float32), s0.astype(np.float32)
                expected = oracle(x, s0, weights)
                for threads in 1, 2:
                    model.check("T=%d B=%d threads=%d" % (time, batch, threads),
                                {"x": x, "s0": s0}, expected, threads)


if __name__ == "__main__":
    sys.exit(main())
