"""Models that need a whole sequence: a layer in both directions, a mean; and one
whose layer does not begin with the input beside it."""
import sys

import numpy as np

import sequences

I, H = 3, 4
random = np.random.default_rng(0)
weights = {"W": random.standard_normal((2, 4 * H, I)).astype(np.float32),
           "R": random.standard_normal((2, 4 * H, H)).astype(np.float32)}
x = {"x": (["time", "batch", I], 1)}
sequences.write_onnx(
    sys.argv[1] + "/both.onnx",
    [("LSTM", ["x", "W", "R"], ["y"],
      {"hidden_size": H, "direction": "bidirectional", "name": "encoder"})],
    x, {"y": (["time", 2, "batch", H], 1)}, weights)
sequences.write_onnx(
    sys.argv[1] + "/mean.onnx",
    [("ReduceMean", ["x"], ["y"], {"axes": [0], "keepdims": 0,
                                   "name": "average"})],
    x, {"y": (["batch", I], 1)}, {})
sequences.write_onnx(
    sys.argv[1] + "/loose.onnx",
    [("LSTM", ["x", "W0", "R0"], ["y", "hN"], {"hidden_size": H})],
    dict(x, h0=([1, "batch", H], 1)),
    {"y": (["time", 1, "batch", H], 1), "hN": ([1, "batch", H], 1)},
    {"W0": weights["W"][:1], "R0": weights["R"][:1]})
