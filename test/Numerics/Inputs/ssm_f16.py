"""seq.diagonal_ssm in f16 with poles that are 0 or so small that their squares are
not numbers of f16, against float64."""
import numpy as np

import numerics

D, N, T, B = 3, 8, 6, 2
TEXT = """func.func @layer(%s) -> (%s) {
%s
  %%y, %%hr, %%hi = seq.diagonal_ssm x(%%hx) a(%%har, %%hai) delta(%%hdelta)
      c(%%hcr, %%hci) {discretisation = #seq.discretisation<zero_order_hold>}
      : (tensor<%dx%dx%dxf16>, %s, tensor<%dxf16>, %s)
      -> (tensor<%dx%dx%dxf16>, tensor<%dx%dx%dxf16>, tensor<%dx%dx%dxf16>)
  %%r = arith.extf %%y : tensor<%dx%dx%dxf16> to tensor<%dx%dx%dxf32>
  return %%r : tensor<%dx%dx%dxf32>
}
"""


def make_text(shapes):
    lines = ["  %%h%s = arith.truncf %%%s : %s to %s"
             % (n, n, numerics.tensor(s), numerics.tensor(s, "f16"))
             for n, s in shapes.items()]
    pair = ", ".join([numerics.tensor([D, N], "f16")] * 2)
    return TEXT % (
        ", ".join("%%%s: %s" % (n, numerics.argument(n, s, [""] * len(s)))
                  for n, s in shapes.items()),
        numerics.argument("y", [T, B, D], [""] * 3), "\n".join(lines),
        T, B, D, pair, D, pair, T, B, D, B, D, N, B, D, N,
        T, B, D, T, B, D, T, B, D)


def main():
    options, random = numerics.arguments(), numerics.generator()
    shapes = {"x": [T, B, D], "ar": [D, N], "ai": [D, N], "delta": [D],
              "cr": [D, N], "ci": [D, N]}
    arrays = {n: random.uniform(-1, 1, s) for n, s in shapes.items()}
    # From nothing up to 1, over the square root of what f16 resolves.
    size = np.ldexp(1.0, -np.arange(N) * 2) * (np.arange(N) < N - 1)
    arrays["ar"], arrays["ai"] = -size * np.ones((D, 1)), size * arrays["ai"]
    arrays["delta"] = random.uniform(0.5, 1, D)
    arrays = {n: a.astype(np.float16).astype(np.float32)
              for n, a in arrays.items()}
    model = numerics.Model(options, "f16", make_text(shapes))
    found = model.run(arrays, ["y"], threads=1)["y"]

    exact = {n: a.astype(np.float64) for n, a in arrays.items()}
    a, delta = exact["ar"] + 1j * exact["ai"], exact["delta"][:, None]
    gain = np.where(a == 0, delta, np.expm1(delta * a) / np.where(a == 0, 1, a))
    h, y = np.zeros((B, D, N), complex), np.zeros((T, B, D))
    for t in range(T):
        h = np.exp(delta * a) * h + gain * exact["x"][t][..., None]
        y[t] = ((exact["cr"] + 1j * exact["ci"]) * h).sum(-1).real
    # Sums of 16 products over 6 steps, each of them rounded to 11 bits.
    error = np.abs(found - y).max()
    if not error <= 0.02 * max(1, np.abs(y).max()):
        raise SystemExit("required an error of at most 0.02 of %g, found %g"
                         % (np.abs(y).max(), error))
    print("an error of %g, as expected" % error)


if __name__ == "__main__":
    main()
