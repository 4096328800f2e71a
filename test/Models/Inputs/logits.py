"""Compares the last row of the logits that a run gave with the expected ones.
Usage: logits.py LOGITS.npy EXPECTED.bin"""
import sys

import numpy as np

expected = np.fromfile(sys.argv[2], "<f4")
found = np.load(sys.argv[1]).reshape(-1, expected.size)[-1]
worst = np.abs(found - expected).max()
if not worst <= 1e-4:
    sys.exit("required every logit within 1e-4, found one off by %g" % worst)
print("%d logits, largest difference %.2g" % (expected.size, worst))
