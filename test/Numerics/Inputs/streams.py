"""First-order recurrences larger than the caches, against float64: what is written
past the caches, where rows are aligned, and what cannot be; forwards and in reverse,
and with lengths."""
import sys

import numpy as np

import numerics

ROWS = ["time", "channels"]


def scan(reverse, lengths):
    tensor, argument = numerics.tensor, numerics.argument
    x, state = ["?", "?"], ["?"]
    text = """func.func @stream(%%x: %s, %%a: %s%s) -> (%s, %s) {
  %%c0 = arith.constant 0 : index
  %%c1 = arith.constant 1 : index
  %%zero = arith.constant 0.0 : f32
  %%T = tensor.dim %%x, %%c0 : %s
  %%D = tensor.dim %%x, %%c1 : %s
  %%Y = tensor.empty(%%T, %%D) : %s
  %%E = tensor.empty(%%D) : %s
  %%S = linalg.fill ins(%%zero : f32) outs(%%E : %s) -> %s
  %%y, %%h = seq.scan domain(%%d = %%D) time(%%t = %%T)
      ins(%%xt = %%x[%%t, %%d] : %s, %%at = %%a[%%d] : %s)%s
      outs(%%Y[%%t, %%d] : %s) carry(%%s = %%S[%%d] : %s)%s {
    %%s1 = seq.affine %%at * %%s + %%xt : f32
    %%half = arith.mulf %%s1, %%at : f32
    seq.yield outs(%%half : f32) carry(%%s1 : f32)
  }
  return %%y, %%h : %s, %s
}
""" % (argument("x", x, ROWS), argument("a", state, ["channels"]),
       ", %%n: %s" % argument("n", state, ["channels"], "i32") if lengths else "",
       argument("y", x, ROWS), argument("h", state, ["channels"]), tensor(x),
       tensor(x), tensor(x), tensor(state), tensor(state), tensor(state),
       tensor(x), tensor(state),
       "\n      lengths(%%n[%%d] : %s)" % tensor(state, "i32") if lengths else "",
       tensor(x), tensor(state), " reverse" if reverse else "", tensor(x),
       tensor(state))
    return text


def oracle(x, a, reverse, n=None):
    s, y = np.zeros(len(a)), np.zeros(x.shape)
    if n is not None:
        for t in range(len(x)):
            active = t < n
            s = np.where(active, a * s + x[t], s)
            y[t] = np.where(active, a * s, 0)
        return {"y": y, "h": s}
    for t in reversed(range(len(x))) if reverse else range(len(x)):
        s = a * s + x[t]
        y[t] = a * s
    return {"y": y, "h": s}


def main():
    options = numerics.arguments()
    random = numerics.generator()
    for name, reverse, lengths, shapes in [
            ("forwards", False, False, [(4200, 1024), (4500, 1003), (41000, 104)]),
            ("reverse", True, False, [(4200, 1024)]),
            ("lengths", False, True, [(4200, 1024), (7, 16)])]:
        model = numerics.Model(options, name, scan(reverse, lengths))
        for time, channels in shapes:
            inputs = {"x": random.uniform(-1, 1, (time, channels)),
                      "a": random.uniform(-0.9, 0.9, channels)}
            inputs = {key: array.astype(np.float32)
                      for key, array in inputs.items()}
            wide = {key: array.astype(np.float64)
                    for key, array in inputs.items()}
            if lengths:
                inputs["n"] = random.integers(0, time + 1, channels).astype(np.int32)
                wide["n"] = inputs["n"]
            expected = oracle(wide["x"], wide["a"], reverse, wide.get("n"))
            for threads in 1, 2:
                model.check("T=%d D=%d threads=%d" % (time, channels, threads),
                            inputs, expected, threads)


if __name__ == "__main__":
    sys.exit(main())
