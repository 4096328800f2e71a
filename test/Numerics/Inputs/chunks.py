"""What the chunked form and its convolution see beyond matrix states: values in
the domain, complex and dense decays, reads of the state before the step, sums
that are read, carries that stay step after step, responses that do not change."""
import numpy as np

import numerics

N = 5

SCAN = """func.func @layer(
    %u: tensor<?x?x24xf32> {seq.name = "u", seq.dims = ["batch", "time", ""]},
    %k: tensor<?x?xNxf32> {seq.name = "k", seq.dims = ["batch", "time", ""]},
    %q: tensor<?x?xNxf32> {seq.name = "q", seq.dims = ["batch", "time", ""]},
    %m: tensor<NxNxf32> {seq.name = "m"},
    %a: tensor<24xNxf32> {seq.name = "a"},
    %c: tensor<24xNxf32> {seq.name = "c"},
    %x0: tensor<?x24xNxf32> {seq.name = "x0", seq.dims = ["batch", "", ""]},
    %z0: tensor<?x24xNxf32> {seq.name = "z0", seq.dims = ["batch", "", ""]})
    -> (tensor<?x?x24xf32> {seq.name = "y", seq.dims = ["batch", "time", ""]},
        tensor<?x24xNxf32> {seq.name = "x", seq.dims = ["batch", "", ""]},
        tensor<?x24xNxf32> {seq.name = "z", seq.dims = ["batch", "", ""]}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %B = tensor.dim %u, %c0 : tensor<?x?x24xf32>
  %T = tensor.dim %u, %c1 : tensor<?x?x24xf32>
  %D = arith.constant 24 : index
  %Y = tensor.empty(%B, %T) : tensor<?x?x24xf32>
  %y, %x, %z = seq.scan domain(%b = %B, %d = %D) time(%t = %T)
      ins(%ut = %u[%b, %t, %d] : tensor<?x?x24xf32>,
          %kt = %k[%b, %t, :] : tensor<?x?xNxf32>,
          %qt = %q[%b, %t, :] : tensor<?x?xNxf32>,
          %mt = %m[:, :] : tensor<NxNxf32>,
          %at = %a[%d, :] : tensor<24xNxf32>,
          %ct = %c[%d, :] : tensor<24xNxf32>)
      outs(%Y[%b, %t, %d] : tensor<?x?x24xf32>)
      carry(%xb = %x0[%b, %d, :] : tensor<?x24xNxf32>,
            %zb = %z0[%b, %d, :] : tensor<?x24xNxf32>) REVERSE {
BODY
    seq.yield outs(%yt : f32) carry(%x1, %z1 : tensor<Nxf32>, tensor<Nxf32>)
  }
  return %y, %x, %z : tensor<?x?x24xf32>, tensor<?x24xNxf32>, tensor<?x24xNxf32>
}
"""

SPREAD = "    %us = tensor.splat %ut : tensor<Nxf32>\n"
# A carry that no transition updates, from what the other one reads.
OPAQUE = """    %ss = tensor.splat %seen : tensor<Nxf32>
    %sum = arith.addf %ss, %zb : tensor<Nxf32>
    %z1 = math.tanh %sum : tensor<Nxf32>
"""
SECOND = """    %half = arith.constant 0.5 : f32
    %none = arith.constant dense<0.0> : tensor<Nxf32>
    %z1 = seq.affine %half * %zb + %none : f32, tensor<Nxf32>
"""

BODIES = {
    # Keys and rows lack the channel, which has the values.
    "domain": SPREAD + """    %g = arith.mulf %kt, %us : tensor<Nxf32>
    %x1 = seq.affine %at * %xb + %g : tensor<Nxf32>
    %yt = seq.dot %qt, %x1 : tensor<Nxf32> -> f32
""" + SECOND,
    # The state before the step, and what a bonus adds to it.
    "bonus": SPREAD + """    %g = arith.mulf %us, %kt : tensor<Nxf32>
    %x1 = seq.affine %ct * %xb + %g : tensor<Nxf32>
    %extra = arith.mulf %at, %g : tensor<Nxf32>
    %sums = arith.addf %extra, %xb : tensor<Nxf32>
    %seen = seq.dot %sums, %qt : tensor<Nxf32> -> f32
    %yt = math.tanh %seen : f32
""" + OPAQUE,
    # A matrix takes the state on.
    "dense": SPREAD + """    %g = arith.mulf %kt, %us : tensor<Nxf32>
    %x1 = seq.affine matrix(%mt) * %xb + %g : tensor<NxNxf32>, tensor<Nxf32>
    %rows = seq.matvec %mt, %x1 : tensor<NxNxf32>, tensor<Nxf32> -> tensor<Nxf32>
    %yt = seq.reduce add %rows dims [0] : tensor<Nxf32> -> f32
""" + SECOND,
    # Complex decays, with both parts read.
    "complex": SPREAD + """    %g = arith.mulf %ct, %us : tensor<Nxf32>
    %x1, %z1 = seq.complex_affine (%at, %ct) * (%xb, %zb) + (%us, %g) : tensor<Nxf32>
    %re = seq.dot %at, %x1 : tensor<Nxf32> -> f32
    %im = seq.dot %ct, %z1 : tensor<Nxf32> -> f32
    %yt = arith.subf %re, %im : f32
""",
    # Nothing but the values changes with time: one response for all chunks.
    "invariant": SPREAD + """    %g = arith.mulf %us, %ct : tensor<Nxf32>
    %x1 = seq.affine %at * %xb + %g : tensor<Nxf32>
    %yt = seq.dot %at, %x1 : tensor<Nxf32> -> f32
""" + SECOND,
}
INVARIANT = ("invariant", "complex")


def inputs(random, steps, batch):
    def sample(low, high, *shape):
        return random.uniform(low, high, shape).astype(np.float32)
    m = sample(-1, 1, N, N)
    return dict(u=sample(-1, 1, batch, steps, 24),
                k=sample(-1, 1, batch, steps, N),
                q=sample(-1, 1, batch, steps, N),
                m=m / np.float32(np.linalg.norm(m, 2)),
                a=sample(-0.7, 0.7, 24, N), c=sample(-0.7, 0.7, 24, N),
                x0=sample(-1, 1, batch, 24, N), z0=sample(-1, 1, batch, 24, N))


def oracle(kind, given, reverse):
    v = {n: array.astype(np.float64) for n, array in given.items()}
    x, z, a, c, m = v["x0"], v["z0"], v["a"], v["c"], v["m"]
    steps = v["u"].shape[1]
    y = np.zeros(v["u"].shape)
    for t in range(steps)[::-1] if reverse else range(steps):
        u = v["u"][:, t, :, None]
        k, q = v["k"][:, t, None, :], v["q"][:, t, None, :]
        if kind == "domain":
            x = a * x + k * u
            y[:, t] = (q * x).sum(-1)
        elif kind == "bonus":
            seen = (q * (x + a * k * u)).sum(-1)
            x = c * x + k * u
            y[:, t], z = np.tanh(seen), np.tanh(z + seen[..., None])
        elif kind == "dense":
            x = x @ m.T + k * u
            y[:, t] = (x @ m.T).sum(-1)
        elif kind == "complex":
            x, z = a * x - c * z + u, a * z + c * x + c * u
            y[:, t] = (a * x).sum(-1) - (c * z).sum(-1)
        else:
            x = a * x + c * u
            y[:, t] = (a * x).sum(-1)
        if kind in ("domain", "dense", "invariant"):
            z = 0.5 * z
    return dict(y=y, x=x, z=z)


def main():
    options, random = numerics.arguments(), numerics.generator()
    for kind in BODIES:
        if options.form == "convolution" and kind not in INVARIANT:
            continue
        for reverse in False, True:
            name = kind + ("-reverse" if reverse else "")
            if options.only and options.only not in name:
                continue
            text = SCAN.replace("BODY", BODIES[kind]).replace(
                "REVERSE", "reverse" if reverse else "")
            model = numerics.Model(
                options, name, text.replace("NxN", "%dx%d" % (N, N))
                .replace("xN", "x%d" % N).replace("<N", "<%d" % N))
            for steps, batch in (0, 1), (1, 2), (7, 1), (16, 2), (37, 1), (20, 3):
                given = inputs(random, steps, batch)
                model.check("T=%d B=%d" % (steps, batch), given,
                            oracle(kind, given, reverse),
                            threads=min(batch, 2))


if __name__ == "__main__":
    main()
