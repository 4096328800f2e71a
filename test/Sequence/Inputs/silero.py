"""The expected probabilities as the model shapes them, and in two pieces; and
three copies of the frames side by side."""
import sys

import numpy as np

folder, data = sys.argv[1:]
frames = np.load(folder + "/frames.npy")
probs = np.load(data + "/expected_probs.npy").reshape(-1, 1, 1)
cut = 701
for name, array in {"probs": probs, "first": frames[:cut],
                    "first-probs": probs[:cut], "rest": frames[cut:],
                    "rest-probs": probs[cut:],
                    "three": np.concatenate([frames[:99]] * 3, axis=1),
                    "three-probs": np.concatenate([probs[:99]] * 3, axis=1),
                    }.items():
    np.save("%s/%s.npy" % (folder, name), array)
