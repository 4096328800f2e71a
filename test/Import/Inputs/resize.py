"""Resize against ONNX's own reference, and what PyTorch exports of it.

resize.py FOLDER: a model of random Resize nodes, of every mode, up and down, by
scales and by sizes, beside the function that ONNX's node tests come from; then
networks that repeat steps, with dynamic time and batch, beside PyTorch.
"""
import os
import subprocess
import sys

import numpy as np
import torch
from onnx import TensorProto, helper, numpy_helper, save
from onnx.backend.test.case.node import resize
from torch import nn

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                             "..", "Numerics", "Inputs"))
import numerics

NODES, FEATURES = 40, 6
COORDINATES = "half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"
ROUNDINGS = "round_prefer_floor", "round_prefer_ceil", "floor", "ceil"


class Node:
    """One Resize, with an input of its own."""

    def __init__(self, random, number):
        def one_of(values):
            return values[random.integers(len(values))]

        self.number, self.mode = number, one_of(["nearest", "linear", "cubic"])
        self.flags = {"mode": self.mode,
                      "coordinate_transformation_mode": one_of(COORDINATES)}
        if self.mode == "nearest":
            self.flags["nearest_mode"] = one_of(ROUNDINGS)
        elif self.mode == "cubic":
            self.flags["cubic_coeff_a"] = one_of([-0.75, -0.5])
            self.flags["exclude_outside"] = int(random.integers(2))
        self.draw(random, one_of)
        while not self.is_sound():
            self.draw(random, one_of)

    def draw(self, random, one_of):
        """An input, the result's sizes, and the coordinates if they do."""
        spatial = int(random.integers(1, 3))
        lead = [int(n) for n in random.integers(1, 4, 3 - spatial)]
        shape = lead + [int(n) for n in random.integers(1, 9, spatial)]
        self.x = random.uniform(-1, 1, shape).astype(np.float32)
        self.sizes = self.scales = None
        if random.random() < 0.5:
            self.sizes = lead + [
                int(n) for n in random.integers(1, 20, spatial)]
        else:
            # Numbers that f32 holds, and a result that is not empty.
            self.scales = [1.0] * len(lead) + [
                max(one_of([0.25, 0.625, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0]),
                    1.0 / n) for n in shape[len(lead):]]
        # A single result of PyTorch's is that of place 0 by the standard, of
        # -0.5 by the reference.
        if 1 in (self.sizes or [s * n for s, n in zip(self.scales, shape)]):
            self.flags["coordinate_transformation_mode"] = one_of(
                [c for c in COORDINATES if c != "pytorch_half_pixel"])

    def is_sound(self):
        """Whether the reference's places are to be trusted: it rounds one that
        is just beside a whole number, where it looks for neighbours, and does
        not where it weighs them (7 to 17 elements: the ninth)."""
        for axis, width in enumerate(self.x.shape):
            scale = (self.sizes[axis] / width if self.sizes else
                     float(np.float32(self.scales[axis])))
            x = np.arange(int(scale * width + 0.5))
            places = {"align_corners": x * (width - 1) /
                      max(scale * width - 1, 1e-3),
                      "asymmetric": x / scale}.get(
                          self.flags["coordinate_transformation_mode"],
                          (x + 0.5) / scale - 0.5)
            beside = np.abs(places - np.round(places))
            if np.any((beside > 0) & (beside < 1e-6)):
                return False
        return True

    def make(self):
        name = "%d" % self.number
        given = (numpy_helper.from_array(np.array(self.sizes, np.int64),
                                         "s" + name) if self.sizes else
                 numpy_helper.from_array(np.array(self.scales, np.float32),
                                         "s" + name))
        inputs = ["x" + name, "", "", "s" + name] if self.sizes else [
            "x" + name, "", "s" + name]
        return helper.make_node("Resize", inputs, ["y" + name],
                                **self.flags), given

    def expected(self):
        coefficients = {
            "nearest": lambda ratio: resize.nearest_coeffs(
                ratio, self.flags["nearest_mode"]),
            "linear": resize.linear_coeffs,
            "cubic": lambda ratio: resize.cubic_coeffs(
                ratio, self.flags["cubic_coeff_a"])}[self.mode]
        scales = self.scales and list(np.float32(self.scales).astype(float))
        return resize.interpolate_nd(
            self.x.astype(np.float64), coefficients, output_size=self.sizes,
            scale_factors=scales,
            coordinate_transformation_mode=self.flags[
                "coordinate_transformation_mode"],
            exclude_outside=bool(self.flags.get("exclude_outside")))


def compile_model(path):
    numerics.run(["seqc", "compile", path, "-o", path[:-5]])
    return path[:-5]


def run_model(path, inputs, names):
    command = ["seqc", "run", path + ".so", "--threads=2"]
    for name, array in inputs.items():
        np.save("%s.%s.npy" % (path, name), np.ascontiguousarray(array))
        command += ["--input", "%s=@%s.%s.npy" % (name, path, name)]
    for name in names:
        command += ["--output", "%s=@%s.%s.npy" % (name, path, name)]
    numerics.run(command)
    return [np.load("%s.%s.npy" % (path, name)) for name in names]


def check(what, found, expected):
    assert found.shape == expected.shape, (what, found.shape, expected.shape)
    error = np.abs(found - expected).max()
    # Four taps for each of two axes.
    assert error <= 2e-6 * max(1, np.abs(expected).max()), (what, error)


def check_nodes(folder, random):
    nodes = [Node(random, n) for n in range(NODES)]
    expected = [node.expected() for node in nodes]
    made, given = zip(*(node.make() for node in nodes))
    graph = helper.make_graph(
        made, "resize", [helper.make_tensor_value_info(
            "x%d" % n.number, TensorProto.FLOAT, n.x.shape) for n in nodes],
        [helper.make_tensor_value_info("y%d" % n.number, TensorProto.FLOAT,
                                       e.shape)
         for n, e in zip(nodes, expected)], given)
    path = os.path.join(folder, "nodes.onnx")
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]),
         path)
    found = run_model(compile_model(path),
                      {"x%d" % n.number: n.x for n in nodes},
                      ["y%d" % n.number for n in nodes])
    for node, array, right in zip(nodes, found, expected):
        check((node.flags, node.x.shape, node.sizes, node.scales), array, right)
    print("%d nodes as ONNX's reference" % NODES, flush=True)


# What is given, of which shape, and a part of what is said.
WRONG = [
    ({"mode": "linear"}, [1.0], None, (2, 3), "expected 2 scales, found 1"),
    ({}, None, [2], (2, 3), "expected 2 sizes, found 1"),
    ({}, None, None, (2, 3), "expected scales or sizes, found neither"),
    ({}, [1.0, 2.0], [2, 6], (2, 3), "expected scales or sizes, found both"),
    ({}, [1.0, -2.0], None, (2, 3), "expected scales above 0"),
    ({}, [1.0, float("nan")], None, (2, 3), "expected scales above 0"),
    ({}, [1.0, 0.125], None, (2, 3), "resizes 3 to 0 elements"),
    ({}, None, [2, 1 << 40], (2, 3), "expected at most 1048576"),
    ({"mode": "area"}, [1.0, 2.0], None, (2, 3), "attribute 'mode'"),
    ({"coordinate_transformation_mode": "half_pixel_symmetric"}, [1.0, 2.0],
     None, (2, 3), "attribute 'coordinate_transformation_mode'"),
    ({"nearest_mode": "up"}, [1.0, 2.0], None, (2, 3),
     "attribute 'nearest_mode'"),
    ({"antialias": 1}, [1.0, 2.0], None, (2, 3), "attribute 'antialias'"),
    ({"keep_aspect_ratio_policy": "not_larger"}, None, [2, 6], (2, 3),
     "attribute 'keep_aspect_ratio_policy'"),
    ({"axes": [2]}, [2.0], None, (2, 3), "axis"),
    ({"axes": [1, -1]}, [2.0, 3.0], None, (2, 3), "twice"),
    ({"mode": "linear"}, [1.0, 2.0], None, (2, "n"), "repeating each of them"),
    ({}, [1.0, 1.5], None, (2, "n"), "repeating each of them"),
    ({}, None, [2, 6], (2, "n"), "repeating each of them"),
    ({"coordinate_transformation_mode": "align_corners"}, [1.0, 2.0], None,
     (2, "n"), "repeating each of them"),
]


# Of operator set 10, which knows two inputs.
OLD = [(["x", "scales", "sizes"], "expected 2 inputs, found 3")]


def refuse(path, nodes, shape, given, opset, message):
    graph = helper.make_graph(
        nodes, "wrong",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], given)
    save(helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)]), path)
    result = subprocess.run(["seqc", "compile", path, "-o", path[:-5]],
                            stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)
    assert result.returncode in (2, 3) and message in result.stdout, (
        message, result.returncode, result.stdout)


def check_refusals(folder):
    path = os.path.join(folder, "wrong.onnx")
    for flags, scales, sizes, shape, message in WRONG:
        given, inputs = [], ["x", "", "", ""]
        if scales:
            given.append(numpy_helper.from_array(
                np.array(scales, np.float32), "scales"))
            inputs[2] = "scales"
        if sizes:
            given.append(numpy_helper.from_array(
                np.array(sizes, np.int64), "sizes"))
            inputs[3] = "sizes"
        refuse(path, [helper.make_node("Resize", inputs, ["y"], **flags)],
               shape, given, 19, message)
    given = [numpy_helper.from_array(np.float32([1, 2]), "scales"),
             numpy_helper.from_array(np.array([2, 6]), "sizes")]
    for inputs, message in OLD:
        refuse(path, [helper.make_node("Resize", inputs, ["y"])], (2, 3), given,
               10, message)
    print("%d wrong nodes refused" % (len(WRONG) + len(OLD)), flush=True)


class Vocoder(nn.Module):
    """Steps repeated between convolutions, as models that make sound do."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv1d(FEATURES, 8, 3, padding=1)
        self.second = nn.Conv1d(8, 5, 5, padding=2)
        self.twice = nn.Upsample(scale_factor=2)

    def forward(self, x):
        y = torch.tanh(self.second(self.twice(self.first(x))))
        return nn.functional.interpolate(y, size=3 * y.shape[2])


def check_repeats(folder, random):
    torch.manual_seed(int(random.integers(1 << 31)))
    model = Vocoder()
    path = os.path.join(folder, "vocoder.onnx")
    torch.onnx.export(model, torch.zeros(2, FEATURES, 5), path,
                      input_names=["x"], output_names=["y"],
                      dynamic_axes={"x": {0: "batch", 2: "time"},
                                    "y": {0: "batch", 2: "samples"}},
                      opset_version=13)
    compiled = compile_model(path)
    for batch, time in (1, 1), (2, 5), (3, 33):
        x = random.uniform(-1, 1, (batch, FEATURES, time)).astype(np.float32)
        with torch.no_grad():
            right = model.double()(torch.from_numpy(x).double()).numpy()
        check((batch, time), run_model(compiled, {"x": x}, ["y"])[0], right)
    print("repeated steps as PyTorch's", flush=True)


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    random = numerics.generator()
    check_nodes(folder, random)
    check_repeats(folder, random)
    check_refusals(folder)


if __name__ == "__main__":
    main()
