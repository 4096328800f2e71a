"""Runs one model against its formula: over whole sequences, in the form that
the compiler chooses and in the naive one, and as a stream of single steps.

An oracle is a Python file with

    INPUTS    the model's inputs (see spec.py), states among them
    STATES    input: output, the pairs that a stream carries, perhaps none;
              left out, the model is not streamed
    oracle    what the formula says, in float64, from the inputs by name: the
              outputs by name
    EXTENTS   the (time, batch) pairs to try, if not the usual ones
    FORMS     forms to run besides those two

Inputs whose first extent is "time" are what a stream feeds in; outputs that are
no states come out step by step.

Inputs at which the formula itself makes much of a little (a quotient of sums that
cancel, say) are drawn again: no arithmetic in f32 is right there.
"""
import argparse
import importlib.util
import os
import sys

import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.join(here, "..", "..", "..")
sys.path += [here, os.path.join(root, "test", "Numerics", "Inputs"),
             os.path.join(root, "runtime", "python")]
import numerics

EXTENTS = [(0, 2), (1, 5), (7, 3), (13, 2)]

# Of 3,000 draws of the associative memory (line 49), none that stayed below came
# beyond half of what errors may be in f32.
SENSITIVE = 0.25


def load(path):
    sys.path.append(os.path.dirname(path))  # for what several oracles share
    spec = importlib.util.spec_from_file_location("oracle", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def evaluate(oracle, arrays):
    exact = {n: a.astype(np.float64) if a.dtype == np.float32 else a
             for n, a in arrays.items()}
    return {n: np.asarray(a) for n, a in oracle.oracle(**exact).items()}


def sensitivity(oracle, arrays, random):
    """How far outputs move, as a share of what their errors may be, where what is
    fed in moves by half a unit in f32's last place: the farthest of four tries.
    Weights stay: a step's arithmetic does not round them."""
    exact, farthest = evaluate(oracle, arrays), 0
    for _ in range(4):
        moved = evaluate(oracle, {
            n: a * (1 + random.uniform(-1, 1, a.shape) * 2.0 ** -24)
            if oracle.INPUTS[n].is_stream() and a.dtype == np.float32 else a
            for n, a in arrays.items()})
        for name, array in exact.items():
            if array.dtype == np.float64:
                farthest = max(farthest, numerics.distance(moved[name], array))
            elif not np.array_equal(moved[name], array):
                return np.inf
    return farthest


def draw(oracle, random, extents):
    for _ in range(100):
        arrays = {n: i.make(random, extents) for n, i in oracle.INPUTS.items()}
        if sensitivity(oracle, arrays, random) <= SENSITIVE:
            return arrays
    sys.exit("%s: 100 draws, and none that rounding leaves alone" % extents)


def check_whole(oracle, model, random, extents):
    arrays = draw(oracle, random, extents)
    model.check(str(extents), arrays, evaluate(oracle, arrays))


def check_stream(oracle, model, random, extents):
    """Row t of an array over time is step t's, an array of one row."""
    arrays = draw(oracle, random, extents)
    streams = [n for n, i in oracle.INPUTS.items() if i.is_stream()]
    feed = {n: a[:, None] if n in streams else a for n, a in arrays.items()}
    states = {o: i for i, o in oracle.STATES.items()}
    outputs = {states.get(n, n): a if n in states else a[:, None]
               for n, a in evaluate(oracle, arrays).items()}
    model.check("%s, streamed" % extents, feed, outputs, streams=streams)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("oracle")
    options = parser.parse_args()
    options.dir = options.model + ".d"
    options.mcpu, options.loops_for = "native", None
    oracle, random = load(options.oracle), numerics.generator()
    with open(options.model) as file:
        text = file.read()
    states = getattr(oracle, "STATES", None)
    extents = [{"time": t, "batch": b}
               for t, b in getattr(oracle, "EXTENTS", EXTENTS)]
    for form in ("auto", "naive") + getattr(oracle, "FORMS", ()):
        options.form = form
        model = numerics.Model(options, form, text)
        for some in extents:
            check_whole(oracle, model, random, some)
    if states is not None:
        options.form = "auto"
        model = numerics.Model(options, "stream", text, [
            "--state=%s=%s" % pair for pair in states.items()])
        for some in extents:
            if some["time"] > 0:
                check_stream(oracle, model, random, some)


main()
