"""Runs a compiled scan and a GLSL oracle on fresh random inputs of many shapes,
and compares both with numpy in float64.

    check_scan.py ema|selective_scan COMPILED.spv ORACLE.spv ORACLE.json

COMPILED.json is the plan beside COMPILED.spv.
"""
import os
import subprocess
import sys
import tempfile

import numpy as np

STATES = 16


def run(spirv, plan, dims, inputs, states, shapes):
    """The outputs, then the states after the run."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["vulkan-run", spirv, plan]
        command += [f"--dim={dim}" for dim in dims]
        files = []
        for kind, arrays in (("input", inputs), ("state", states)):
            for i, array in enumerate(arrays):
                path = os.path.join(folder, f"{kind}{i}")
                array.tofile(path)
                command.append(f"--{kind}={path}")
                if kind == "state":
                    files.append((path, array.shape))
        outputs = []
        for i, shape in enumerate(shapes):
            path = os.path.join(folder, f"output{i}")
            command.append(f"--output={path}:{4 * int(np.prod(shape))}")
            outputs.append((path, shape))
        subprocess.run(command, check=True)
        return [np.fromfile(path, np.float32).reshape(shape)
                for path, shape in outputs + files]


def ema(rng, time, channels):
    x = rng.standard_normal((time, channels), np.float32)
    s = rng.standard_normal(channels, np.float32)
    # The constants as the kernels have them.
    a, b = np.float64(np.float32(0.9)), np.float64(np.float32(0.1))
    state, rows = s.astype(np.float64), []
    for row in x:
        state = a * state + b * row
        rows.append(state)
    y = np.array(rows).reshape(x.shape)
    return [x], [s], [y, state]


def selective_scan(rng, batch, time, channels):
    def normal(*shape):
        return rng.standard_normal(shape, np.float32)

    u, delta, z = (normal(batch, time, channels) for _ in range(3))
    b, c = (normal(batch, time, STATES) for _ in range(2))
    d, bias = normal(channels), normal(channels) - 2
    a = -np.exp(normal(channels, STATES))
    h = normal(batch, channels, STATES)
    state = h.astype(np.float64)
    y = np.zeros(u.shape)
    steps = np.logaddexp(0, delta.astype(np.float64) + bias)
    for t in range(time):
        dt, ut = steps[:, t, :, None], u[:, t, :, None].astype(np.float64)
        state = np.exp(dt * a) * state + dt * ut * b[:, t, None, :]
        out = (c[:, t, None, :] * state).sum(-1) + d * u[:, t]
        gate = z[:, t].astype(np.float64)
        y[:, t] = out * gate / (1 + np.exp(-gate))
    return [u, delta, a, b, c, d, bias, z], [h], [y, state]


# No step, one, fewer than a chunk, and a ragged tail; domains below, at and
# beyond a workgroup of 64.
SHAPES = {
    "ema": [(0, 3), (1, 33), (33, 1), (7, 64), (130, 97), (257, 5)],
    "selective_scan": [(1, 0, 3), (33, 1, 1), (3, 7, 21), (1, 130, 65),
                       (2, 67, 5)],
}


# Fewer numbers, such as the state of a single channel, may all be sums whose
# terms cancel, and then have no relative error to speak of.
FEW = 32


def compare(name, shape, found, expected, rms, largest):
    """Each part by itself, and parts of few numbers together with the others."""
    parts = [(f.ravel().astype(np.float64), e.ravel().astype(np.float64))
             for f, e in zip(found, expected)]
    for part in parts:
        if part[1].size >= FEW:
            judge(name, shape, *part, rms, largest)
    judge(name, shape, *map(np.concatenate, zip(*parts)), rms, largest)


def judge(name, shape, found, expected, rms, largest):
    if expected.size == 0:
        return
    scale = np.abs(expected).max()
    error = np.abs(found - expected)
    relative = np.sqrt((error ** 2).sum() / (expected ** 2).sum())
    if not (relative <= rms and error.max() <= largest * scale):
        sys.exit(f"{name} {shape}: relative RMS {relative:.3g}, largest error "
                 f"{error.max() / scale:.3g} of the largest value")


def main():
    model, compiled, oracle, oracle_plan = sys.argv[1:]
    seed = int.from_bytes(os.urandom(4), "little")
    print(f"seed {seed}")
    rng = np.random.default_rng(seed)
    for shape in SHAPES[model]:
        inputs, states, expected = globals()[model](rng, *shape)
        outputs = [expected[0].shape]
        plan = os.path.splitext(compiled)[0] + ".json"
        found = run(compiled, plan, shape, inputs, states, outputs)
        by_hand = run(oracle, oracle_plan, shape, inputs, states, outputs)
        compare(model, shape, found, expected, 1e-6, 1e-5)
        # The oracle has the driver's exp and log, which Vulkan lets be wrong by
        # several ulp.
        compare(f"{model} and the oracle", shape, found, by_hand, 1e-4, 1e-4)
    print(f"{model}: {len(SHAPES[model])} shapes agree")


main()
