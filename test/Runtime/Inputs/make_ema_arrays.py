"""Writes inputs and expected outputs of ema_model.c, computed in float64."""

import os
import sys

import numpy as np

os.chdir(sys.argv[1])
x = np.random.default_rng(1).standard_normal((7, 3, 4)).astype(np.float32)
state = np.zeros((3, 4))
outputs = []
for row in x.astype(np.float64):
    state = 0.75 * state + 0.25 * row
    outputs.append(state.mean(1, keepdims=True))
y = np.array(outputs)
np.save("x.npy", x)
np.save("fortran.npy", np.asfortranarray(x))
np.save("first.npy", x[:3])
np.save("second.npy", x[3:])
np.save("y.npy", y)
np.save("y_squeezed.npy", y[:, :, 0].astype(np.float32))
np.save("s.npy", state)
bad = y.copy()
bad[3, 1] = 0.75
bad[6, 2] += 0.01
np.save("bad.npy", bad)
