"""Models that need a whole sequence: a layer in both directions, a mean."""
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
