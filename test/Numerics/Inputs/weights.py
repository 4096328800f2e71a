"""Weights from a file through every view, and states over several steps."""
import numpy as np

import numerics

I, H = 3, 5
TEXT = """func.func @model(%%x: %s, %%h0: %s, %%c0: %s) -> (%s, %s, %s)
    attributes {seq.states = [["h0", "h"], ["c0", "c"]]} {
  // w [4, H, I] is stored transposed, behind a row that is not used.
  %%stored = seq.weight_data "%s" offset 8 : tensor<4x4x5xf32>
  %%kept = tensor.extract_slice %%stored[0, 1, 0] [4, 3, 5] [1, 1, 1]
      : tensor<4x4x5xf32> to tensor<4x3x5xf32>
  %%turned = tensor.empty() : tensor<4x5x3xf32>
  %%w = linalg.transpose ins(%%kept : tensor<4x3x5xf32>)
      outs(%%turned : tensor<4x5x3xf32>) permutation = [0, 2, 1]
  // r comes in two halves, without the dimension of the gates.
  %%r0 = seq.weight_data "%s" offset 328 : tensor<10x5xf32>
  %%r1 = seq.weight_data "%s" offset 528 : tensor<10x5xf32>
  %%rows = tensor.concat dim(0) %%r0, %%r1
      : (tensor<10x5xf32>, tensor<10x5xf32>) -> tensor<20x5xf32>
  %%r = tensor.expand_shape %%rows [[0, 1], [2]] output_shape [4, 5, 5]
      : tensor<20x5xf32> into tensor<4x5x5xf32>
  %%bias0 = seq.weight_data "%s" offset 728 : tensor<4x5xf32>
  %%bias1 = arith.constant dense<%s> : tensor<4x5xf32>
  %%bias = arith.addf %%bias0, %%bias1 : tensor<4x5xf32>
  %%y, %%h, %%c = seq.lstm x(%%x) w(%%w) r(%%r) input_bias(%%bias)
      h0(%%h0) c0(%%c0)
      : (tensor<1x?x3xf32>, tensor<4x5x3xf32>, tensor<4x5x5xf32>,
         tensor<4x5xf32>, tensor<?x5xf32>, tensor<?x5xf32>)
      -> (tensor<1x?x5xf32>, tensor<?x5xf32>, tensor<?x5xf32>)
  return %%y, %%h, %%c : tensor<1x?x5xf32>, tensor<?x5xf32>, tensor<?x5xf32>
}
"""


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def expected(x, w, r, bias, h, c):
    y = []
    for row in x[:, 0]:
        z = [row @ w[k].T + h @ r[k].T + bias[k] for k in range(4)]
        i, o, f, g = sigmoid(z[0]), sigmoid(z[1]), sigmoid(z[2]), np.tanh(z[3])
        c = f * c + i * g
        h = o * np.tanh(c)
        y.append(h[None])
    return {"y": np.array(y), "h0": h, "c0": c}


def main():
    options, random = numerics.arguments(), numerics.generator()
    data = random.uniform(-1, 1, 2 + 80 + 100 + 20).astype("<f4")
    data.tofile(options.dir + ".weights.bin")
    file = options.dir + ".weights.bin"
    bias = random.uniform(-1, 1, (4, 5)).astype(np.float32)

    def described(name, shape, dims):
        return numerics.argument(name, shape, dims)

    sequence = ["1", "?"]
    text = TEXT % (
        described("x", sequence + [I], ["", "batch", ""]),
        described("h0", ["?", H], ["batch", ""]),
        described("c0", ["?", H], ["batch", ""]),
        described("y", sequence + [H], ["", "batch", ""]),
        described("h", ["?", H], ["batch", ""]),
        described("c", ["?", H], ["batch", ""]), file, file, file, file,
        [[float("%.9g" % v) for v in row] for row in bias])
    model = numerics.Model(options, "weights", text)

    numbers = data.astype(np.float64)[2:]
    w = numbers[:80].reshape(4, 4, 5)[:, 1:].transpose(0, 2, 1)
    r = numbers[80:180].reshape(4, 5, 5)
    total = (data[182:].reshape(4, 5) + bias).astype(np.float64)
    for steps, batch in (1, 1), (6, 3):
        arrays = {n: random.uniform(-1, 1, s).astype(np.float32) for n, s in
                  dict(x=[steps, 1, batch, I], h0=[batch, H],
                       c0=[batch, H]).items()}
        h, c = arrays["h0"].astype(np.float64), arrays["c0"].astype(np.float64)
        model.check("%d steps, B=%d" % (steps, batch), arrays,
                    expected(arrays["x"].astype(np.float64), w, r, total, h, c))


if __name__ == "__main__":
    main()
