"""Runs the model of frames.mlir by the Python module, at several lengths."""
import sys

import numpy as np
import seqc

model = seqc.load(sys.argv[1])
print(model.dims, model.outputs)
for length in (2, 4, 9, 10, 11, 1000):
    x = np.arange(length, dtype=np.float32)
    sums, twice, last, roots = model.run(x)
    expected = [x[i:i + 4].sum() for i in range(0, length - 3, 2)]
    assert np.array_equal(sums, np.array(expected, np.float32)), length
    assert np.array_equal(twice, np.concatenate([x, x])), length
    assert np.array_equal(last, x[-10:]), length
    assert np.allclose(roots, np.sqrt(sums), rtol=1e-6, atol=0), length
try:
    model.run(np.zeros(1, np.float32))
except seqc.Error as error:
    print(error)
