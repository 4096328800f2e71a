"""usage: make_lstm.py MODEL.mlir WEIGHTS.f32: one step of an LSTM of 8 cells over 4
inputs, its weights also as numbers in a row: input matrix, recurrent matrix, bias,
each gate by gate in the order i, f, c, o."""
import sys

import numpy as np

I, H = 4, 8
random = np.random.default_rng(11)
w, r, b = [random.uniform(-0.6, 0.6, shape).astype("<f4")
           for shape in ((4, H, I), (4, H, H), (4, H))]
b[1] += 2  # The cells remember for long.
np.concatenate([array.ravel() for array in (w, r, b)]).tofile(sys.argv[2])


def dense(array):
    shape = "x".join(map(str, array.shape))
    return f'arith.constant dense<"0x{array.tobytes().hex()}"> : tensor<{shape}xf32>'


with open(sys.argv[1], "w") as file:
    file.write(f"""func.func @lstm(
    %x: tensor<1x1x{I}xf32> {{seq.name = "x"}},
    %h0: tensor<1x{H}xf32> {{seq.name = "h"}}, %c0: tensor<1x{H}xf32> {{seq.name = "c"}})
    -> (tensor<1x1x{H}xf32> {{seq.name = "y"}}, tensor<1x{H}xf32> {{seq.name = "hN"}},
        tensor<1x{H}xf32> {{seq.name = "cN"}})
    attributes {{seq.states = [["h", "hN"], ["c", "cN"]]}} {{
  %w = {dense(w)}
  %r = {dense(r)}
  %b = {dense(b)}
  %y, %h, %c = seq.lstm x(%x) w(%w) r(%r) input_bias(%b) h0(%h0) c0(%c0)
      {{gate_order = "ifco"}}
      : (tensor<1x1x{I}xf32>, tensor<4x{H}x{I}xf32>, tensor<4x{H}x{H}xf32>,
         tensor<4x{H}xf32>, tensor<1x{H}xf32>, tensor<1x{H}xf32>)
      -> (tensor<1x1x{H}xf32>, tensor<1x{H}xf32>, tensor<1x{H}xf32>)
  return %y, %h, %c : tensor<1x1x{H}xf32>, tensor<1x{H}xf32>, tensor<1x{H}xf32>
}}
""")
