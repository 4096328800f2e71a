"""seq.linear_attention as GPU kernels, in every form, against float64."""
import argparse
import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..",
                                "Numerics", "Inputs"))
import linear_attention  # noqa: E402
import numerics  # noqa: E402

# Of the processor's limits: a GPU's exp is a polynomial of its own.
RTOL, ATOL = 1e-4, 1e-5


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dir", required=True)
    folder, random = parser.parse_args().dir, numerics.generator()
    os.makedirs(folder, exist_ok=True)
    for name, form in (("head", "recurrent"), ("head", "parallel"),
                       ("delta", "recurrent"), ("gated-delta", "recurrent"),
                       ("groups", "recurrent"), ("normalised", "parallel"),
                       ("head", "chunked"), ("groups", "chunked")):
        case = linear_attention.CASES[name]
        stem = os.path.join(folder, "%s-%s" % (name, form))
        with open(stem + ".mlir", "w") as file:
            file.write(case.text())
        inputs, expected = case.oracle(random, 150, 2)
        command = ["seqc", "run", stem + ".mlir", "--target=vulkan",
                   "--form=" + form, "--rtol=%g" % RTOL, "--atol=%g" % ATOL]
        for flag, arrays in ("input", inputs), ("expect", expected):
            for operand, array in arrays.items():
                path = "%s.%s.%s.npy" % (stem, flag, operand)
                np.save(path, array.astype(np.float32))
                command += ["--" + flag, "%s=@%s" % (operand, path)]
        print(name, form, numerics.run(command), flush=True)


if __name__ == "__main__":
    main()
