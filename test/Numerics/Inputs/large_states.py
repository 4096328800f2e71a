"""Layers whose states lie in memory, against float64: points of a batch that read
the same poles go through a step together, some are left over, and time blocks end
where steps go on; forwards, in reverse, with lengths, and where lanes are left
over as well."""
import sys

import numpy as np

import numerics

STATES = 40
# Sums of 40 terms in f32, of states whose poles forget within about 20 steps.
LAYER = """func.func @layer({arguments}) -> ({results}) {{
  %c0 = arith.constant 0 : index
  %B = arith.constant {B} : index
  %D = arith.constant {D} : index
  %T = tensor.dim %x, %c0 : {X}
  %Y = tensor.empty(%T) : {X}
  %y, %r, %i = seq.scan domain(%b = %B, %d = %D) time(%t = %T)
      ins(%xt = %x[%t, %b, %d] : {X}, %art = %ar[%d, :] : {A},
          %ait = %ai[%d, :] : {A}, %crt = %cr[%d, :] : {A},
          %cit = %ci[%d, :] : {A}){lengths}
      outs(%Y[%t, %b, %d] : {X})
      carry(%re = %hr[%b, %d, :] : {H}, %im = %hi[%b, %d, :] : {H}){reverse} {{
    %none = arith.constant dense<0.0> : {S}
    %xs = tensor.splat %xt : {S}
    %r1, %i1 = seq.complex_affine (%art, %ait) * (%re, %im) + (%xs, %none) : {S}
    %0 = seq.dot %crt, %r1 : {S} -> f32
    %1 = seq.dot %cit, %i1 : {S} -> f32
    %yt = arith.subf %0, %1 : f32
    seq.yield outs(%yt : f32) carry(%r1, %i1 : {S}, {S})
  }}
  return %y, %r, %i : {X}, {H}, {H}
}}
"""


def layer(batch, channels, reverse, lengths):
    tensor = numerics.tensor
    x, a = ["?", batch, channels], [channels, STATES]
    h = [batch, channels, STATES]
    shapes = [("x", x)] + [(k, a) for k in ("ar", "ai", "cr", "ci")] + [
        (k, h) for k in ("hr", "hi")]

    def argument(name, shape, element="f32"):
        dims = ["time" if d == "?" else "" for d in shape]
        return numerics.argument(name, shape, dims, element)

    arguments = ["%%%s: %s" % (k, argument(k, shape)) for k, shape in shapes]
    count = tensor([batch], "i32")
    if lengths:
        arguments.append("%n: " + argument("n", [batch], "i32"))
    return LAYER.format(
        B=batch, D=channels, X=tensor(x), A=tensor(a), H=tensor(h),
        S=tensor([STATES]), arguments=", ".join(arguments),
        results=", ".join(argument(k, shape) for k, shape in [
            ("y", x), ("hrN", h), ("hiN", h)]),
        lengths="\n      lengths(%%n[%%b] : %s)" % count if lengths else "",
        reverse=" reverse" if reverse else "")


def oracle(x, ar, ai, cr, ci, hr, hi, reverse, n=None):
    h, a, c = hr + 1j * hi, ar + 1j * ai, cr + 1j * ci
    y, steps = np.zeros(x.shape), len(x)
    for t in reversed(range(steps)) if reverse else range(steps):
        active = np.ones(x.shape[1], bool) if n is None else t < n
        h = np.where(active[:, None, None], a * h + x[t][:, :, None], h)
        y[t] = np.where(active[:, None], (c * h).sum(-1).real, 0)
    return {"y": y, "hrN": h.real, "hiN": h.imag}


def main():
    options, random = numerics.arguments(), numerics.generator()
    for batch, channels, reverse, lengths in [
            (1, 16, False, False), (3, 24, False, False), (4, 16, True, False),
            (5, 16, False, True), (2, 20, False, False)]:
        model = numerics.Model(options, "b%d_d%d" % (batch, channels),
                               layer(batch, channels, reverse, lengths))
        for steps in 1, 255, 300, 515:
            size, angle = (random.uniform(low, high, (channels, STATES))
                           for low, high in [(0.5, 0.95), (-3, 3)])
            inputs = {"x": random.uniform(-1, 1, (steps, batch, channels)),
                      "ar": size * np.cos(angle), "ai": size * np.sin(angle)}
            for operand in "cr", "ci":
                inputs[operand] = random.uniform(-1, 1, (channels, STATES))
            for operand in "hr", "hi":
                inputs[operand] = random.uniform(-1, 1,
                                                 (batch, channels, STATES))
            inputs = {k: v.astype(np.float32) for k, v in inputs.items()}
            wide = {k: v.astype(np.float64) for k, v in inputs.items()}
            if lengths:
                inputs["n"] = wide["n"] = random.integers(
                    0, steps + 1, batch).astype(np.int32)
            expected = oracle(reverse=reverse, **wide)
            for threads in 1, 2:
                model.check("T=%d threads=%d" % (steps, threads), inputs,
                            expected, threads)


if __name__ == "__main__":
    sys.exit(main())
