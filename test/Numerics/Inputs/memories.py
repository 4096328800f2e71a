"""Layers whose state is a matrix for every head, against float64: what is added
to it is an outer product, and it is read by a vector. Sums, gates for a head and
for a key, the delta rule and its gated form, a normaliser, Mamba-2's layout."""
import numpy as np

import numerics

LAYER = """func.func @memory(
    %q: tensor<?x?x2xKxf32> {seq.name = "q", seq.dims = ["time", "batch", "", ""]},
    %k: tensor<?x?x2xKxf32> {seq.name = "k", seq.dims = ["time", "batch", "", ""]},
    %v: tensor<?x?x2xVxf32> {seq.name = "v", seq.dims = ["time", "batch", "", ""]},
    %g: tensor<?x?x2xGATExf32> {seq.name = "g", seq.dims = ["time", "batch", "", ""]},
    %beta: tensor<?x?x2xf32> {seq.name = "beta", seq.dims = ["time", "batch", ""]},
    %len: tensor<?xi32> {seq.name = "len", seq.dims = ["batch"]},
    %S0: tensor<?x2xSTATExf32> {seq.name = "S0", seq.dims = ["batch", "", "", ""]},
    %z0: tensor<?x2xKxf32> {seq.name = "z0", seq.dims = ["batch", "", ""]})
    -> (tensor<?x?x2xVxf32> {seq.name = "y", seq.dims = ["time", "batch", "", ""]},
        tensor<?x2xSTATExf32> {seq.name = "S", seq.dims = ["batch", "", "", ""]},
        tensor<?x2xKxf32> {seq.name = "z", seq.dims = ["batch", "", ""]}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %q, %c0 : tensor<?x?x2xKxf32>
  %B = tensor.dim %q, %c1 : tensor<?x?x2xKxf32>
  %H = arith.constant 2 : index
  %Y = tensor.empty(%T, %B) : tensor<?x?x2xVxf32>
  %y, %S, %z = seq.scan domain(%b = %B, %h = %H) time(%t = %T)
      ins(%qt = %q[%t, %b, %h, :] : tensor<?x?x2xKxf32>,
          %kt = %k[%t, %b, %h, :] : tensor<?x?x2xKxf32>,
          %vt = %v[%t, %b, %h, :] : tensor<?x?x2xVxf32>,
          %gt = %g[%t, %b, %h, :] : tensor<?x?x2xGATExf32>,
          %bt = %beta[%t, %b, %h] : tensor<?x?x2xf32>)
LENGTHS      outs(%Y[%t, %b, %h, :] : tensor<?x?x2xVxf32>)
      carry(%Sb = %S0[%b, %h, :, :] : tensor<?x2xSTATExf32>,
            %zb = %z0[%b, %h, :] : tensor<?x2xKxf32>) REVERSE {
BODY
    seq.yield outs(%yt : tensor<Vxf32>) carry(%S1, %z1 : tensor<STATExf32>, tensor<Kxf32>)
  }
  return %y, %S, %z : tensor<?x?x2xVxf32>, tensor<?x2xSTATExf32>, tensor<?x2xKxf32>
}
"""

HOLD = """    %none = arith.constant dense<0.0> : tensor<Kxf32>
    %all = arith.constant 1.0 : f32
    %z1 = seq.affine %all * %zb + %none : f32, tensor<Kxf32>
"""
READ = "    %yt = seq.vecmat %qt, %S1 : tensor<Kxf32>, tensor<KxVxf32> -> tensor<Vxf32>\n"
OUTER = "    %kv = seq.outer %kt, %vt : tensor<Kxf32>, tensor<Vxf32> -> tensor<KxVxf32>\n"
BETA = """    %bk = tensor.splat %bt : tensor<Kxf32>
    %left = arith.mulf %bk, %kt : tensor<Kxf32>
    %a = arith.negf %left : tensor<Kxf32>
    %bv = tensor.splat %bt : tensor<Vxf32>
    %value = arith.mulf %bv, %vt : tensor<Vxf32>
"""

BODIES = {
    "sum": OUTER + HOLD + """    %one = arith.constant 1.0 : f32
    %S1 = seq.affine %one * %Sb + %kv : f32, tensor<KxVxf32>
""" + READ,
    "head": OUTER + HOLD + """    %gate = seq.extract %gt[0] : tensor<GATExf32> -> f32
    %S1 = seq.affine exp(%gate) * %Sb + %kv : f32, tensor<KxVxf32>
""" + READ,
    "key": OUTER + HOLD + """    %S1 = seq.affine exp(%gt) * %Sb + %kv : tensor<KxVxf32>
""".replace("tensor<KxVxf32>", "tensor<Kxf32>, tensor<KxVxf32>") + READ,
    "delta": BETA + HOLD + """    %one = arith.constant 1.0 : f32
    %S1 = seq.dplr_affine (%one + %a x %kt) * %Sb + %kt x %value : f32, tensor<KxVxf32>
""" + READ,
    "gated-delta": BETA + HOLD + """    %w = math.exp %gt : tensor<Kxf32>
    %right = arith.mulf %w, %kt : tensor<Kxf32>
    %S1 = seq.dplr_affine (%gt + %a x %right) * %Sb + %kt x %value {log_decay} : tensor<Kxf32>, tensor<KxVxf32>
""" + READ,
    "normalised": OUTER + """    %one = arith.constant 1.0 : f32
    %S1 = seq.affine %one * %Sb + %kv : f32, tensor<KxVxf32>
    %z1 = seq.affine %one * %zb + %kt : f32, tensor<Kxf32>
    %above = seq.vecmat %qt, %S1 : tensor<Kxf32>, tensor<KxVxf32> -> tensor<Vxf32>
    %below = seq.dot %qt, %z1 : tensor<Kxf32> -> f32
    %divisor = tensor.splat %below : tensor<Vxf32>
    %yt = arith.divf %above, %divisor : tensor<Vxf32>
""",
    # The state is [values, keys]: a head's channels x the states of each.
    "mamba2": """    %gate = seq.extract %gt[0] : tensor<GATExf32> -> f32
    %xb = seq.outer %vt, %kt : tensor<Vxf32>, tensor<Kxf32> -> tensor<VxKxf32>
    %S1 = seq.affine exp(%gate) * %Sb + %xb : f32, tensor<VxKxf32>
    %yt = seq.matvec %S1, %qt : tensor<VxKxf32>, tensor<Kxf32> -> tensor<Vxf32>
""" + HOLD,
}


def oracle(kind, keys, values, random, steps, batch, reverse, ragged):
    def sample(low, high, *shape):
        return random.uniform(low, high, shape).astype(np.float32)
    # Keys of length 1 at most: the delta rule then takes no state away. With a
    # normaliser, sums of positive numbers.
    low = 0.1 if kind == "normalised" else -1
    q = sample(low, 1, steps, batch, 2, keys)
    k = sample(low, 1, steps, batch, 2, keys) / np.float32(keys ** 0.5)
    v = sample(-1, 1, steps, batch, 2, values)
    g = sample(-1, 0, steps, batch, 2, gates(kind, keys))
    beta = sample(0, 1, steps, batch, 2)
    S0 = sample(-1, 1, batch, 2, keys, values)
    z0 = sample(0.5, 1, batch, 2, keys)
    lengths = random.integers(0, steps + 1, batch).astype(np.int32)
    if batch > 1:
        lengths[0] = steps
    if not ragged:
        lengths[:] = steps
    S, z = S0.astype(np.float64), z0.astype(np.float64)
    y = np.zeros((steps, batch, 2, values))
    for t in range(steps)[::-1] if reverse else range(steps):
        for b in np.flatnonzero(t < lengths):
            qt, kt, vt = (x[t, b].astype(np.float64) for x in (q, k, v))
            w = np.exp(g[t, b].astype(np.float64))
            if kind in ("head", "mamba2", "key"):
                S[b] *= w[:, :, None]
            if kind == "gated-delta":
                S[b] *= w[:, :, None]
            if "delta" in kind:
                vt = beta[t, b].astype(np.float64)[:, None] * (
                    vt - np.einsum("hk,hkv->hv", kt, S[b]))
            S[b] += kt[:, :, None] * vt[:, None, :]
            y[t, b] = np.einsum("hk,hkv->hv", qt, S[b])
            if kind == "normalised":
                z[b] += kt
                y[t, b] /= np.einsum("hk,hk->h", qt, z[b])[:, None]
    def turned(state):
        return state.swapaxes(-1, -2) if kind == "mamba2" else state
    return (dict(q=q, k=k, v=v, g=g, beta=beta, len=lengths, S0=turned(S0),
                 z0=z0), dict(y=y, S=turned(S), z=z))


def gates(kind, keys):
    return keys if kind in ("key", "gated-delta") else 1


def text(kind, keys, values, reverse, ragged):
    state = "%dx%d" % ((values, keys) if kind == "mamba2" else (keys, values))
    layer = LAYER.replace("BODY", BODIES[kind])
    for name, number in (("STATE", state), ("GATE", gates(kind, keys)),
                         ("KxV", "%dx%d" % (keys, values)),
                         ("VxK", "%dx%d" % (values, keys)),
                         ("<V", "<%d" % values), ("xVx", "x%dx" % values),
                         ("<K", "<%d" % keys), ("xKx", "x%dx" % keys)):
        layer = layer.replace(name, str(number))
    lengths = "      lengths(%len[%b] : tensor<?xi32>)\n"
    layer = layer.replace("LENGTHS", lengths if ragged else "")
    return layer.replace("REVERSE", "reverse" if reverse else "")


def main():
    options, random = numerics.arguments(), numerics.generator()
    for kind in BODIES:
        # All of a head in registers; a rest of lanes; a state in memory; one
        # with what is computed ahead of it, in reverse.
        for keys, values in (4, 16), (16, 10), (33, 24), (40, 20):
            if values == 20 and kind not in ("key", "delta", "gated-delta"):
                continue
            name = "%s-%dx%d" % (kind, keys, values)
            if options.only and options.only not in name:
                continue
            reverse, ragged = values in (10, 20), values != 20
            model = numerics.Model(options, name,
                                   text(kind, keys, values, reverse, ragged))
            for steps, batch in (0, 1), (1, 2), (37, 1), (20, 3):
                model.check("T=%d B=%d" % (steps, batch),
                            *oracle(kind, keys, values, random, steps, batch,
                                    reverse, ragged),
                            threads=min(batch, 2))


if __name__ == "__main__":
    main()
