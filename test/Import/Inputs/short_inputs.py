"""Models of any length whose windows, mirrored padding and slices need some of it:
beside numpy where there is enough, and refused, not run, where there is not.

short_inputs.py FOLDER
"""
import os
import subprocess
import sys

import numpy as np
import onnx
from numpy.lib.stride_tricks import sliding_window_view
from onnx import TensorProto, helper, numpy_helper

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                             "..", "Numerics", "Inputs"))
import numerics

CHANNELS, TOLERANCE = 3, 1e-5


def convolve(x, w, stride=1):
    windows = sliding_window_view(x, w.shape[2], axis=2)[:, :, ::stride]
    return np.einsum("nctk,mck->nmt", windows, w)


def make(nodes, constants, body=None, channels=CHANNELS):
    """A model of x [1, C, T] with one output, y."""
    def info(name, shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    if body:
        integer = helper.make_tensor_value_info("i", TensorProto.INT64, [])
        flags = [helper.make_tensor_value_info(n, TensorProto.BOOL, [])
                 for n in ("before", "after")]
        shape = [1, CHANNELS, "T"]
        nodes = [helper.make_node(
            "Loop", ["steps", "", "x"], ["y"], body=helper.make_graph(
                [helper.make_node("Identity", ["before"], ["after"])] + nodes,
                "body", [integer, flags[0], info("h", shape)],
                [flags[1], info("next", shape)]))]
        constants = dict(constants, steps=np.int64(body))
    model = helper.make_model(helper.make_graph(
        nodes, "graph", [info("x", [1, channels, "T"])],
        [info("y", [1, None, None])],
        [numpy_helper.from_array(value, name)
         for name, value in constants.items()]),
        opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return model


def cases(random):
    """Name, model, oracle, the shortest input, flags."""
    node = helper.make_node
    w = random.uniform(-1, 1, (CHANNELS, CHANNELS, 6)).astype(np.float32)
    up = random.uniform(-1, 1, (CHANNELS, CHANNELS, 4)).astype(np.float32)
    pads = np.array([0, 0, 4, 0, 0, 3])
    widths = [(0, 0), (0, 0), (4, 3)]
    for mode, shortest in ("reflect", 5), ("edge", 1):
        yield (mode, make([node("Pad", ["x", "pads"], ["p"], mode=mode),
                           node("Conv", ["p", "w"], ["y"])],
                          {"pads": pads, "w": w}),
               lambda x, mode=mode: convolve(np.pad(x, widths, mode), w),
               shortest, [])
    windows = make([node("Conv", ["x", "w"], ["y"], strides=[3])], {"w": w})
    for form in "auto", "naive":
        yield ("windows-" + form, windows, lambda x: convolve(x, w, 3), 6,
               ["--form=" + form])
    yield ("reduced", make([node("Conv", ["x", "w"], ["c"]),
                            node("ReduceMax", ["c"], ["y"], axes=[2])],
                           {"w": w}),
           lambda x: convolve(x, w).max(axis=2, keepdims=True), 6, [])

    # The step before, as a layer of RWKV writes it.
    yield ("shifted", make([node("Pad", ["x", "pads"], ["p"]),
                            node("Sub", ["x", "p"], ["y"])],
                           {"pads": np.array([0, 0, 1, 0, 0, -1])}),
           lambda x: x - np.pad(x, [(0, 0), (0, 0), (1, 0)])[:, :, :-1], 1, [])

    def transpose(frames, stride):
        y = np.zeros((1, CHANNELS, stride * (frames.shape[2] - 1) + 4))
        for t in range(frames.shape[2]):
            y[:, :, stride * t:stride * t + 4] += np.einsum(
                "ncx,cmk->nmk", frames[:, :, t:t + 1], up)
        return y

    def transposed(x):
        return transpose(convolve(x, w, 3), 2)[:, :, 1:-1]
    yield ("transposed", make([node("Conv", ["x", "w"], ["c"], strides=[3]),
                               node("ConvTranspose", ["c", "up"], ["y"],
                                    strides=[2], pads=[1, 1])],
                              {"w": w, "up": up}), transposed, 6, [])

    # What goes around windows is cut to what comes back of them.
    def cropped(x):
        y = transpose(convolve(x, w, 3), 3)
        return y + x[:, :, :y.shape[2]]
    yield ("cropped", make(
        [node("Conv", ["x", "w"], ["c"], strides=[3]),
         node("ConvTranspose", ["c", "up"], ["u"], strides=[3]),
         node("Shape", ["u"], ["shape"]),
         node("Slice", ["shape", "two", "three"], ["end"]),
         node("Slice", ["x", "zero", "end", "two"], ["cut"]),
         node("Add", ["u", "cut"], ["y"])],
        {"w": w, "up": up, "zero": np.array([0]), "two": np.array([2]),
         "three": np.array([3])}), cropped, 6, [])

    # So many channels that the first one's products depend on how many windows
    # there are.
    wide = random.uniform(-0.1, 0.1, (64, 64, 3)).astype(np.float32)
    yield ("branch", make([node("Conv", ["x", "wide"], ["c"]),
                           node("Conv", ["c", "wide"], ["y"], pads=[1, 1])],
                          {"wide": wide}, channels=64),
           lambda x: convolve(np.pad(convolve(x, wide),
                                     [(0, 0), (0, 0), (1, 1)]), wide), 3, [])

    def repeated(x):
        for _ in range(2):
            x = np.pad(convolve(x, w), [(0, 0), (0, 0), (3, 2)])
        return x
    yield ("body", make([node("Conv", ["h", "w"], ["c"]),
                         node("Pad", ["c", "back"], ["next"])],
                        {"w": w, "back": np.array([0, 0, 3, 0, 0, 2])}, 2),
           repeated, 6, [])


def check(folder, random, name, model, oracle, shortest, flags):
    path = os.path.join(folder, name)
    onnx.save(model, path + ".onnx")
    numerics.run(["seqc", "compile", path + ".onnx", "-o", path] + flags)
    channels = model.graph.input[0].type.tensor_type.shape.dim[1].dim_value
    for length in shortest, shortest + 1, shortest + 2, 200:
        x = random.uniform(-1, 1, (1, channels, length)).astype(np.float32)
        np.save(path + ".x.npy", x)
        numerics.run(["seqc", "run", path + ".so", "--input",
                      "x=@%s.x.npy" % path, "--output", "y=@%s.y.npy" % path])
        found, wanted = np.load(path + ".y.npy"), oracle(x.astype(np.float64))
        if found.shape != wanted.shape or np.abs(found - wanted).max() > (
                TOLERANCE * np.abs(wanted).max()):
            sys.exit("%s of %d:\n%s\nrequired\n%s" % (name, length, found,
                                                      wanted))
    # No window at all is a result of nothing, so one element less is not yet
    # too few where there are windows.
    refused = 0
    for length in range(shortest):
        run = subprocess.run(
            ["seqc", "run", path + ".so", "--input",
             "x=1x%dx%dxf32=1" % (channels, length)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if run.returncode == 2 and "required" in run.stderr:
            refused += 1
        elif run.returncode != 0:
            sys.exit("%s of %d: exit code %d\n%s" % (name, length,
                                                     run.returncode, run.stderr))
    print("%s: %d lengths agree, %d of %d refused" % (name, 4, refused, shortest))


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    random = numerics.generator()
    for case in cases(random):
        check(folder, random, *case)
    # Nothing is asked of what runs in a body first.
    onnx.save(make([helper.make_node("Pad", ["h", "pads"], ["p"], mode="reflect"),
                    helper.make_node("Conv", ["p", "w"], ["next"])],
                   {"pads": np.array([0, 0, 3, 0, 0, 2]),
                    "w": np.zeros((CHANNELS, CHANNELS, 6), np.float32)}, 2),
              os.path.join(folder, "mirrored.onnx"))


main()
