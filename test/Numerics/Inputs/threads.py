"""One thread and two give the same bits: outputs and states."""
import numpy as np

import gru
import ligru
import lstm
import numerics
import rnn
import selective_scan
from recurrent import BIASES

# Threads meet in another order at every run; one that agrees may be luck.
RUNS = 3


def check(model, what, arrays, results):
    once = model.run(arrays, results, threads=1)
    for _ in range(RUNS):
        shared = model.run(arrays, results, threads=2)
        for name in results:
            if once[name].tobytes() != shared[name].tobytes():
                raise SystemExit("%s %s: %s: one thread and two differ" %
                                 (model.name, what, name))
    print("%s %s: the same bits" % (model.name, what), flush=True)


def main():
    options, random = numerics.arguments(), numerics.generator()
    wide = {"inputs": 33, "hidden": 67}
    optional = BIASES + ("h0",)
    # Those of one product in a step, then those whose second product reads what
    # the step has computed.
    cases = [lstm.Case("lstm", BIASES + lstm.STATES, **wide),
             rnn.Case("rnn", optional, **wide),
             gru.Case("gru_after", optional, after=True, **wide),
             ligru.Case("ligru", optional, **wide),
             gru.Case("gru_before", optional, **wide),
             lstm.Case("lstm_whole", ("peepholes",) + lstm.STATES, whole=True,
                       **wide)]
    if options.form == "parallel":  # their carries are opaque
        cases = []
    for case in cases:
        model = numerics.Model(options, case.name, case.text())
        for steps, batch in (41, 1), (41, 3), (13, 32):
            arrays = {n: random.uniform(-1, 1, s).astype(np.float32)
                      for n, s in case.shapes(steps, batch).items()}
            check(model, "T=%d B=%d" % (steps, batch), arrays,
                  ("y",) + tuple(case.states))
    model = numerics.Model(
        options, "selective_scan",
        selective_scan.text(selective_scan.OPTIONAL, True, 67, 16))
    for steps, batch in (600, 1), (131, 3), (37, 32):
        arrays = {n: selective_scan.sample(random, n, s) for n, s in
                  selective_scan.shapes(selective_scan.OPTIONAL, steps, batch,
                                        67, 16).items()}
        check(model, "T=%d B=%d" % (steps, batch), arrays, ("y", "h"))


if __name__ == "__main__":
    main()
