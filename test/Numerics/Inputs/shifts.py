"""Reads of earlier steps and outs every few steps where lanes run along
channels, and where they run along a matrix' rows."""
import numpy as np

import numerics

# A causal convolution of every channel by itself, ragged sequences.
TAPS = 4
DEPTHWISE = """func.func @depthwise(
    %x: tensor<?x?x?xf32> {seq.name = "x",
                           seq.dims = ["batch", "time", "channels"]},
    %w: tensor<?x4xf32> {seq.name = "w", seq.dims = ["channels", ""]},
    %past: tensor<?x3x?xf32> {seq.name = "past",
                              seq.dims = ["batch", "", "channels"]},
    %len: tensor<?xi32> {seq.name = "len", seq.dims = ["batch"]})
    -> (tensor<?x?x?xf32> {seq.name = "y",
                           seq.dims = ["batch", "time", "channels"]},
        tensor<?x3x?xf32> {seq.name = "pastN",
                           seq.dims = ["batch", "", "channels"]}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %B = tensor.dim %x, %c0 : tensor<?x?x?xf32>
  %T = tensor.dim %x, %c1 : tensor<?x?x?xf32>
  %D = tensor.dim %x, %c2 : tensor<?x?x?xf32>
  %Y = tensor.empty(%B, %T, %D) : tensor<?x?x?xf32>
  %y, %pastN = seq.scan domain(%b = %B, %d = %D) time(%t = %T)
      ins(%x0 = %x[%b, %t, %d] : tensor<?x?x?xf32>,
          %x1 = %x[%b, %t - 1, %d] history %past : tensor<?x3x?xf32>
            : tensor<?x?x?xf32>,
          %x2 = %x[%b, %t - 2, %d] history %past : tensor<?x3x?xf32>
            : tensor<?x?x?xf32>,
          %x3 = %x[%b, %t - 3, %d] history %past : tensor<?x3x?xf32>
            : tensor<?x?x?xf32>,
          %ws = %w[%d, :] : tensor<?x4xf32>)
      LENGTHS outs(%Y[%b, %t, %d] : tensor<?x?x?xf32>) {
    %w3 = seq.extract %ws[3] : tensor<4xf32> -> f32
    %w2 = seq.extract %ws[2] : tensor<4xf32> -> f32
    %w1 = seq.extract %ws[1] : tensor<4xf32> -> f32
    %w0 = seq.extract %ws[0] : tensor<4xf32> -> f32
    %p0 = arith.mulf %x0, %w3 : f32
    %p1 = arith.mulf %x1, %w2 : f32
    %p2 = arith.mulf %x2, %w1 : f32
    %p3 = arith.mulf %x3, %w0 : f32
    %s0 = arith.addf %p0, %p1 : f32
    %s1 = arith.addf %s0, %p2 : f32
    %s2 = arith.addf %s1, %p3 : f32
    %gate = seq.sigmoid %s2 : f32
    %silu = arith.mulf %gate, %s2 : f32
    seq.yield outs(%silu : f32)
  }
  return %y, %pastN : tensor<?x?x?xf32>, tensor<?x3x?xf32>
}
"""


def last_rows(rows, lengths, count):
    """The `count` rows before each sequence's end; `rows` begins with as many
    of before its start."""
    return np.array([r[n:n + count] for r, n in zip(rows, lengths)])


def depthwise(ragged):
    def oracle(random, steps, batch):
        x = random.uniform(-1, 1, (batch, steps, 21)).astype(np.float32)
        w = random.uniform(-1, 1, (21, TAPS)).astype(np.float32)
        past = random.uniform(-1, 1, (batch, 3, 21)).astype(np.float32)
        lengths = (random.integers(0, steps + 1, batch) if ragged
                   else np.full(batch, steps)).astype(np.int32)
        rows = np.concatenate([past, x], 1).astype(np.float64)
        y = sum(rows[:, k:k + steps] * w[:, k] for k in range(TAPS))
        y = y / (1 + np.exp(-y))
        y[np.arange(steps)[None] >= lengths[:, None]] = 0
        return (dict(x=x, w=w, past=past, len=lengths),
                dict(y=y, pastN=last_rows(rows, lengths, 3)))
    return DEPTHWISE.replace("LENGTHS", "lengths(%len[%b] : tensor<?xi32>)"
                             if ragged else ""), oracle


# A recurrent layer that also sees its input of two steps before, and gives
# every third state.
LAYER = """func.func @layer(
    %x: tensor<?x?x5xf32> {seq.name = "x", seq.dims = ["time", "batch", ""]},
    %w: tensor<19x5xf32> {seq.name = "w"},
    %v: tensor<19x5xf32> {seq.name = "v"},
    %r: tensor<19x19xf32> {seq.name = "r"},
    %marks: tensor<?x2xf32> {seq.name = "marks", seq.dims = ["segments", ""]},
    %past: tensor<4x?x5xf32> {seq.name = "past", seq.dims = ["", "batch", ""]},
    %h0: tensor<?x19xf32> {seq.name = "h0", seq.dims = ["batch", ""]})
    -> (tensor<?x?x19xf32> {seq.name = "y",
                            seq.dims = ["segments", "batch", ""]},
        tensor<?x19xf32> {seq.name = "h", seq.dims = ["batch", ""]},
        tensor<4x?x5xf32> {seq.name = "pastN", seq.dims = ["", "batch", ""]}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x5xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x5xf32>
  %S = tensor.dim %marks, %c0 : tensor<?x2xf32>
  %Y = tensor.empty(%S, %B) : tensor<?x?x19xf32>
  %y, %h, %pastN = seq.scan domain(%b = %B) time(%t = %T)
      ins(%x0 = %x[%t, %b, :] : tensor<?x?x5xf32>,
          %x2 = %x[%t - 2, %b, :] history %past : tensor<4x?x5xf32>
            : tensor<?x?x5xf32>,
          %wm = %w[:, :] : tensor<19x5xf32>, %vm = %v[:, :] : tensor<19x5xf32>,
          %rm = %r[:, :] : tensor<19x19xf32>)
      outs(%Y[%t floordiv 3, %b, :] : tensor<?x?x19xf32>)
      carry(%s = %h0[%b, :] : tensor<?x19xf32>) {
    %0 = seq.matvec %wm, %x0 : tensor<19x5xf32>, tensor<5xf32> -> tensor<19xf32>
    %1 = seq.matvec %vm, %x2 : tensor<19x5xf32>, tensor<5xf32> -> tensor<19xf32>
    %2 = seq.matvec %rm, %s : tensor<19x19xf32>, tensor<19xf32> -> tensor<19xf32>
    %3 = arith.addf %0, %1 : tensor<19xf32>
    %4 = arith.addf %3, %2 : tensor<19xf32>
    %n = math.tanh %4 : tensor<19xf32>
    seq.yield outs(%n : tensor<19xf32>) carry(%n : tensor<19xf32>)
  }
  return %y, %h, %pastN : tensor<?x?x19xf32>, tensor<?x19xf32>, tensor<4x?x5xf32>
}
"""


def layer(random, steps, batch):
    def sample(*shape):
        return random.uniform(-0.4, 0.4, shape).astype(np.float32)

    # r is small enough for a rounding error to die out: 19 x 19 from the range of
    # the others now and then has an eigenvalue beyond 1.
    a = dict(x=sample(steps, batch, 5), w=sample(19, 5), v=sample(19, 5),
             r=sample(19, 19) / 2, marks=sample(steps // 3, 2),
             past=sample(4, batch, 5), h0=sample(batch, 19))
    w, v, r, h = (a[n].astype(np.float64) for n in ("w", "v", "r", "h0"))
    rows = np.concatenate([a["past"], a["x"]]).astype(np.float64)
    y = []
    for t in range(steps):
        h = np.tanh(rows[t + 4] @ w.T + rows[t + 2] @ v.T + h @ r.T)
        if (t + 1) % 3 == 0:
            y.append(h)
    return a, dict(y=np.array(y).reshape(-1, batch, 19), h=h, pastN=rows[-4:])


CASES = {"depthwise": depthwise(False), "depthwise_ragged": depthwise(True),
         "layer": (LAYER, layer)}


def main():
    options, random = numerics.arguments(), numerics.generator()
    for name, (text, oracle) in CASES.items():
        model = numerics.Model(options, name, text)
        for steps, batch in (0, 1), (1, 2), (2, 1), (9, 3), (70, 2):
            model.check("T=%d B=%d" % (steps, batch),
                        *oracle(random, steps, batch), threads=min(batch, 2))


if __name__ == "__main__":
    main()
