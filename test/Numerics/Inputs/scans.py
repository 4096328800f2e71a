"""What index lists and bodies can say, beyond what the cells use: shifted reads
with their histories, outs every few steps, windows, carries that trade places,
winning indices, bodies of the second tier."""
import numpy as np

import numerics

# A causal convolution of two taps, 1 and 3 steps back; ragged sequences.
HISTORY = """func.func @history(
    %x: tensor<?x?x4xf32> {seq.name = "x", seq.dims = ["batch", "time", ""]},
    %past: tensor<?x3x4xf32> {seq.name = "past", seq.dims = ["batch", "", ""]},
    %len: tensor<?xi32> {seq.name = "len", seq.dims = ["batch"]})
    -> (tensor<?x?x4xf32> {seq.name = "y", seq.dims = ["batch", "time", ""]},
        tensor<?x3x4xf32> {seq.name = "pastN", seq.dims = ["batch", "", ""]}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %B = tensor.dim %x, %c0 : tensor<?x?x4xf32>
  %T = tensor.dim %x, %c1 : tensor<?x?x4xf32>
  %Y = tensor.empty(%B, %T) : tensor<?x?x4xf32>
  %y, %pastN = seq.scan domain(%b = %B) time(%t = %T)
      ins(%x0 = %x[%b, %t, :] : tensor<?x?x4xf32>,
          %x1 = %x[%b, %t - 1, :] history %past : tensor<?x3x4xf32>
            : tensor<?x?x4xf32>,
          %x3 = %x[%b, %t - 3, :] history %past : tensor<?x3x4xf32>
            : tensor<?x?x4xf32>)
      lengths(%len[%b] : tensor<?xi32>)
      outs(%Y[%b, %t, :] : tensor<?x?x4xf32>) {
    %a = arith.subf %x0, %x1 : tensor<4xf32>
    %s = arith.mulf %a, %x3 : tensor<4xf32>
    seq.yield outs(%s : tensor<4xf32>)
  }
  return %y, %pastN : tensor<?x?x4xf32>, tensor<?x3x4xf32>
}
"""


def history(random, steps, batch):
    x = random.uniform(-1, 1, (batch, steps, 4)).astype(np.float32)
    past = random.uniform(-1, 1, (batch, 3, 4)).astype(np.float32)
    lengths = random.integers(0, steps + 1, batch).astype(np.int32)
    rows = np.concatenate([past, x], 1).astype(np.float64)
    y = (rows[:, 3:] - rows[:, 2:-1]) * rows[:, :-3]
    y[np.arange(steps)[None] >= lengths[:, None]] = 0
    last = np.array([r[n:n + 3] for r, n in zip(rows, lengths)])
    return dict(x=x, past=past, len=lengths), dict(y=y, pastN=last)


# The sum of every 3 steps, and two carries that trade places at every step;
# the shift of one step is of an element.
SEGMENTS = """func.func @segments(
    %x: tensor<?x5xf32> {seq.name = "x", seq.dims = ["time", ""]},
    %past: tensor<2x5xf32> {seq.name = "past"},
    %marks: tensor<?x5xf32> {seq.name = "marks", seq.dims = ["segments", ""]},
    %h0: tensor<5x2xf32> {seq.name = "h0"},
    %g0: tensor<5x2xf32> {seq.name = "g0"})
    -> (tensor<?x5xf32> {seq.name = "y", seq.dims = ["segments", ""]},
        tensor<5x2xf32> {seq.name = "h"}, tensor<5x2xf32> {seq.name = "g"},
        tensor<2x5xf32> {seq.name = "pastN"}) {
  %c0 = arith.constant 0 : index
  %c5 = arith.constant 5 : index
  %T = tensor.dim %x, %c0 : tensor<?x5xf32>
  %S = tensor.dim %marks, %c0 : tensor<?x5xf32>
  %Y = tensor.empty(%S) : tensor<?x5xf32>
  %y, %h, %g, %pastN = seq.scan domain(%d = %c5) time(%t = %T)
      ins(%x0 = %x[%t, %d] : tensor<?x5xf32>,
          %x1 = %x[%t - 1, %d] history %past : tensor<2x5xf32>
            : tensor<?x5xf32>)
      outs(%Y[%t floordiv 3, %d] : tensor<?x5xf32>)
      carry(%a = %h0[%d, :] : tensor<5x2xf32>,
            %b = %g0[%d, :] : tensor<5x2xf32>) {
    %s = arith.addf %x0, %x1 : f32
    %v = tensor.splat %s : tensor<2xf32>
    %n = arith.addf %b, %v : tensor<2xf32>
    %dot = seq.dot %a, %n : tensor<2xf32> -> f32
    seq.yield outs(%dot : f32) carry(%n, %a : tensor<2xf32>, tensor<2xf32>)
  }
  return %y, %h, %g, %pastN
      : tensor<?x5xf32>, tensor<5x2xf32>, tensor<5x2xf32>, tensor<2x5xf32>
}
"""


def segments(random, steps, batch):
    def sample(*shape):
        return random.uniform(-1, 1, shape).astype(np.float32)

    x, past = sample(steps, 5), sample(2, 5)
    h0, g0 = sample(5, 2), sample(5, 2)
    rows = np.concatenate([past, x]).astype(np.float64)
    a, b, y = h0.astype(np.float64), g0.astype(np.float64), []
    for t in range(steps):
        n = b + (rows[t + 2] + rows[t + 1])[:, None]
        if (t + 1) % 3 == 0:
            y.append((a * n).sum(1))
        a, b = n, a
    y = np.array(y).reshape(-1, 5)
    return (dict(x=x, past=past, marks=sample(steps // 3, 5), h0=h0, g0=g0),
            dict(y=y, h=a, g=b, pastN=rows[-2:]))


# Viterbi's step: scores and back-pointers; a carry swapped whole.
VITERBI = """func.func @viterbi(
    %w: tensor<6x6xf32> {seq.name = "w"},
    %x: tensor<?x?x6xf32> {seq.name = "x", seq.dims = ["time", "batch", ""]},
    %h0: tensor<?x6xf32> {seq.name = "h0", seq.dims = ["batch", ""]})
    -> (tensor<?x?x6xi32> {seq.name = "k", seq.dims = ["time", "batch", ""]},
        tensor<?x6xf32> {seq.name = "h", seq.dims = ["batch", ""]}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x6xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x6xf32>
  %K = tensor.empty(%T, %B) : tensor<?x?x6xi32>
  %k, %h = seq.scan domain(%b = %B) time(%t = %T)
      ins(%m = %w[:, :] : tensor<6x6xf32>,
          %xt = %x[%t, %b, :] : tensor<?x?x6xf32>)
      outs(%K[%t, %b, :] : tensor<?x?x6xi32>)
      carry(%s = %h0[%b, :] : tensor<?x6xf32>) {
    %best, %from = seq.best %m, %s
        : tensor<6x6xf32>, tensor<6xf32> -> tensor<6xf32>, tensor<6xi32>
    %next = arith.addf %best, %xt : tensor<6xf32>
    seq.yield outs(%from : tensor<6xi32>) carry(%next : tensor<6xf32>)
  }
  return %k, %h : tensor<?x?x6xi32>, tensor<?x6xf32>
}
"""


def viterbi(random, steps, batch):
    # Multiples of 1/8, so that sums are exact and ties are ties.
    def sample(*shape):
        return (random.integers(-8, 9, shape) / 8).astype(np.float32)

    w, x, h0 = sample(6, 6), sample(steps, batch, 6), sample(batch, 6)
    h, k = h0.astype(np.float64), np.zeros((steps, batch, 6), np.int32)
    for t in range(steps):
        scores = w[None] + h[:, None, :]
        k[t] = scores.argmax(2)
        h = scores.max(2) + x[t]
    return dict(w=w, x=x, h0=h0), dict(k=k, h=h)


# The same for one sequence: no domain, so that the carry is a whole tensor.
WHOLE = """func.func @whole(
    %w: tensor<6x6xf32> {seq.name = "w"},
    %x: tensor<?x6xf32> {seq.name = "x", seq.dims = ["time", ""]},
    %h0: tensor<6xf32> {seq.name = "h0"})
    -> (tensor<?x6xi32> {seq.name = "k", seq.dims = ["time", ""]},
        tensor<6xf32> {seq.name = "h"}) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x6xf32>
  %K = tensor.empty(%T) : tensor<?x6xi32>
  %k, %h = seq.scan domain() time(%t = %T)
      ins(%m = %w[:, :] : tensor<6x6xf32>, %xt = %x[%t, :] : tensor<?x6xf32>)
      outs(%K[%t, :] : tensor<?x6xi32>)
      carry(%s = %h0[:] : tensor<6xf32>) {
    %best, %from = seq.best %m, %s
        : tensor<6x6xf32>, tensor<6xf32> -> tensor<6xf32>, tensor<6xi32>
    %next = arith.addf %best, %xt : tensor<6xf32>
    seq.yield outs(%from : tensor<6xi32>) carry(%next : tensor<6xf32>)
  }
  return %k, %h : tensor<?x6xi32>, tensor<6xf32>
}
"""


def whole(random, steps, batch):
    inputs, results = viterbi(random, steps, 1)
    return (dict(w=inputs["w"], x=inputs["x"][:, 0], h0=inputs["h0"][0]),
            dict(k=results["k"][:, 0], h=results["h"][0]))


# A convolution: windows, no time to speak of, no carry.
WINDOWS = """func.func @windows(
    %x: tensor<?x11x3xf32> {seq.name = "x", seq.dims = ["batch", "", ""]},
    %w: tensor<4x3x3xf32> {seq.name = "w"})
    -> (tensor<?x5x4xf32> {seq.name = "y", seq.dims = ["batch", "", ""]}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %B = tensor.dim %x, %c0 : tensor<?x11x3xf32>
  %empty = tensor.empty(%B) : tensor<1x?x5x4xf32>
  %y = seq.scan domain(%b = %B, %l = %c5) time(%t = %c1)
      ins(%xs = %x[%b, %l * 2 + 3, :] : tensor<?x11x3xf32>,
          %m = %w[:, :, :] : tensor<4x3x3xf32>)
      outs(%empty[%t, %b, %l, :] : tensor<1x?x5x4xf32>) {
    %0 = seq.matvec %m, %xs
        : tensor<4x3x3xf32>, tensor<3x3xf32> -> tensor<4xf32>
    seq.yield outs(%0 : tensor<4xf32>)
  }
  %flat = tensor.collapse_shape %y [[0, 1], [2], [3]]
      : tensor<1x?x5x4xf32> into tensor<?x5x4xf32>
  return %flat : tensor<?x5x4xf32>
}
"""


def windows(random, steps, batch):
    x = random.uniform(-1, 1, (batch, 11, 3)).astype(np.float32)
    w = random.uniform(-1, 1, (4, 3, 3)).astype(np.float32)
    cut = np.stack([x[:, 2 * i:2 * i + 3] for i in range(5)], 1)
    return dict(x=x, w=w), dict(y=np.einsum(
        "blki,oki->blo", cut.astype(np.float64), w.astype(np.float64)))


# A ring of the last four rows, in a carry that is updated at a dynamic index;
# t is read as a number, and scf.if is of the second tier.
RING = """func.func @ring(
    %x: tensor<?x?x2xf32> {seq.name = "x", seq.dims = ["time", "batch", ""]},
    %r0: tensor<?x4x2xf32> {seq.name = "r0", seq.dims = ["batch", "", ""]})
    -> (tensor<?x?x2xf32> {seq.name = "y", seq.dims = ["time", "batch", ""]},
        tensor<?x4x2xf32> {seq.name = "r", seq.dims = ["batch", "", ""]}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x2xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x2xf32>
  %Y = tensor.empty(%T, %B) : tensor<?x?x2xf32>
  %y, %r = seq.scan domain(%b = %B) time(%t = %T)
      ins(%xt = %x[%t, %b, :] : tensor<?x?x2xf32>)
      outs(%Y[%t, %b, :] : tensor<?x?x2xf32>)
      carry(%ring = %r0[%b, :, :] : tensor<?x4x2xf32>) {
    %at = arith.remui %t, %c4 : index
    %old = seq.gather %ring[%at] : tensor<4x2xf32> -> tensor<2xf32>
    %is = arith.cmpi eq, %at, %c0 : index
    %v = scf.if %is -> tensor<2xf32> {
      scf.yield %old : tensor<2xf32>
    } else {
      %n = arith.negf %xt : tensor<2xf32>
      scf.yield %n : tensor<2xf32>
    }
    %next = seq.insert %xt into %ring[%at] : tensor<2xf32> into tensor<4x2xf32>
    %sum = arith.addf %v, %old : tensor<2xf32>
    seq.yield outs(%sum : tensor<2xf32>) carry(%next : tensor<4x2xf32>)
  }
  return %y, %r : tensor<?x?x2xf32>, tensor<?x4x2xf32>
}
"""


def ring(random, steps, batch):
    x = random.uniform(-1, 1, (steps, batch, 2)).astype(np.float32)
    r0 = random.uniform(-1, 1, (batch, 4, 2)).astype(np.float32)
    r, y = r0.astype(np.float64), np.zeros(x.shape)
    for t in range(steps):
        old = r[:, t % 4].copy()
        y[t] = old + (old if t % 4 == 0 else -x[t])
        r[:, t % 4] = x[t]
    return dict(x=x, r0=r0), dict(y=y, r=r)


# A state too large for registers, walked by a loop: an out that has its
# dimension, a reduction that a small carry waits for, decays computed ahead.
STATES = """func.func @states(
    %x: tensor<?x?x10xf32> {seq.name = "x", seq.dims = ["time", "batch", ""]},
    %a: tensor<10xNxf32> {seq.name = "a"},
    %k: tensor<?x?xNxf32> {seq.name = "k", seq.dims = ["time", "batch", ""]},
    %h0: tensor<?x10xNxf32> {seq.name = "h0", seq.dims = ["batch", "", ""]},
    %m0: tensor<?x10xf32> {seq.name = "m0", seq.dims = ["batch", ""]},
    %len: tensor<?xi32> {seq.name = "len", seq.dims = ["batch"]})
    -> (tensor<?x?x10xf32> {seq.name = "y", seq.dims = ["time", "batch", ""]},
        tensor<?x?x10xNxf32> {seq.name = "s",
                              seq.dims = ["time", "batch", "", ""]},
        tensor<?x10xNxf32> {seq.name = "h", seq.dims = ["batch", "", ""]},
        tensor<?x10xf32> {seq.name = "m", seq.dims = ["batch", ""]}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c10 = arith.constant 10 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x10xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x10xf32>
  %Y = tensor.empty(%T, %B) : tensor<?x?x10xf32>
  %S = tensor.empty(%T, %B) : tensor<?x?x10xNxf32>
  %y, %s, %h, %m = seq.scan domain(%b = %B, %d = %c10) time(%t = %T)
      ins(%xt = %x[%t, %b, %d] : tensor<?x?x10xf32>,
          %an = %a[%d, :] : tensor<10xNxf32>,
          %kt = %k[%t, %b, :] : tensor<?x?xNxf32>)
      lengths(%len[%b] : tensor<?xi32>)
      outs(%Y[%t, %b, %d] : tensor<?x?x10xf32>,
           %S[%t, %b, %d, :] : tensor<?x?x10xNxf32>)
      carry(%hs = %h0[%b, %d, :] : tensor<?x10xNxf32>,
            %ms = %m0[%b, %d] : tensor<?x10xf32>) REVERSE {
    %g = seq.sigmoid %xt : f32
    %gs = tensor.splat %g : tensor<Nxf32>
    %log = arith.mulf %gs, %an : tensor<Nxf32>
    %us = tensor.splat %ms : tensor<Nxf32>
    %in = arith.mulf %us, %kt : tensor<Nxf32>
    %h1 = seq.affine exp(%log) * %hs + %in : tensor<Nxf32>
    %dot = seq.dot %kt, %h1 : tensor<Nxf32> -> f32
    %small = math.tanh %dot : f32
    %m1 = arith.mulf %small, %g : f32
    seq.yield outs(%m1, %h1 : f32, tensor<Nxf32>)
      carry(%h1, %m1 : tensor<Nxf32>, f32)
  }
  return %y, %s, %h, %m : tensor<?x?x10xf32>, tensor<?x?x10xNxf32>,
                          tensor<?x10xNxf32>, tensor<?x10xf32>
}
"""


def states(count, reverse):
    def oracle(random, steps, batch):
        def sample(*shape):
            return random.uniform(-1, 1, shape).astype(np.float32)
        # Sums over k stay below 1: larger ones make rounding errors grow from
        # step to step.
        x = sample(steps, batch, 10)
        k = sample(steps, batch, count) / np.float32(count) ** np.float32(0.5)
        a = sample(10, count) - 1
        h0, m0 = sample(batch, 10, count), sample(batch, 10)
        lengths = random.integers(0, steps + 1, batch).astype(np.int32)
        h, m = h0.astype(np.float64), m0.astype(np.float64)
        y, s = np.zeros(x.shape), np.zeros((steps, batch, 10, count))
        for t in range(steps)[::-1] if reverse else range(steps):
            live = t < lengths
            g = 1 / (1 + np.exp(-x[t].astype(np.float64)))
            new = np.exp(g[..., None] * a) * h + m[..., None] * k[t][:, None]
            small = g * np.tanh((k[t][:, None] * new).sum(-1))
            y[t, live], s[t, live] = small[live], new[live]
            h[live], m[live] = new[live], small[live]
        return (dict(x=x, a=a, k=k, h0=h0, m0=m0, len=lengths),
                dict(y=y, s=s, h=h, m=m))
    text = STATES.replace("xN", "x%d" % count).replace("<N", "<%d" % count)
    return text.replace("REVERSE", "reverse" if reverse else ""), oracle


CASES = {"history": (HISTORY, history), "segments": (SEGMENTS, segments),
         "viterbi": (VITERBI, viterbi), "whole": (WHOLE, whole),
         "windows": (WINDOWS, windows), "ring": (RING, ring),
         "states17": states(17, False), "states16-reverse": states(16, True),
         "states80": states(80, False)}


def main():
    options, random = numerics.arguments(), numerics.generator()
    for name, (text, oracle) in CASES.items():
        if options.only and options.only not in name:
            continue
        model = numerics.Model(options, name, text)
        for steps, batch in (0, 1), (1, 2), (2, 1), (9, 3):
            model.check("T=%d B=%d" % (steps, batch),
                        *oracle(random, steps, batch), threads=min(batch, 2))


if __name__ == "__main__":
    main()
