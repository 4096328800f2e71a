#!/usr/bin/env python3
"""Write the models and inputs of the benchmark into a folder.

lstm-TxBxH.onnx, gru-..., rnn-...: one node with seeded random weights, as ONNX
protobuf.
lstm-TxBxH.f32, gru-..., rnn-...: its W, R and B and an input X as raw little-endian f32.
small-lstm-TxH.onnx, small-gru-...: one step of a layer with one input, with the state
as inputs and outputs; .f32: its W, R and B and T inputs. lstm-step-H: the same with H
inputs.
bilstm-TxBxH.onnx: two bidirectional LSTMs, one on the other; .f32: likewise.
silero-frames.f32: the frames of the speech recording, where it is found.
scan-BxTxDxN.mlir: one seq.selective_scan.
first-order-TxD.mlir: one seq.affine for each of D channels.
causal-conv-TxD.mlir: four taps for each of D channels, and SiLU.
attention-RULE-TxHxD.onnx: one LinearAttention, of batch 1; .onnxruntime: the
same in ONNX Runtime's own domain.
tcn-TxCxN.onnx, encoder-TxDxHxN.onnx, front-end-FxT.onnx: networks from X to Y.
"""
import argparse
import os
import wave

import numpy as np

RECURRENT_ROWS = [("lstm", 64, 1, 256), ("lstm", 256, 1, 512),
                  ("lstm", 100, 32, 512), ("gru", 256, 1, 512),
                  ("gru", 100, 32, 512), ("rnn", 256, 1, 512)]
STREAM_ROWS = [(cell, 48000, hidden) for hidden in (8, 16, 40)
               for cell in ("lstm", "gru")]
STEP_ROWS = [("lstm", 256, 512)]
BIDIRECTIONAL_ROWS = [(100, 16, 256)]
GATES = {"lstm": 4, "gru": 3, "rnn": 1}
ATTENTION_ROWS = [(rule, 4096, 8, 64)
                  for rule in ("linear", "head", "key", "delta")]
SCAN_ROWS = [(1, 2048, 1536, 16), (8, 1024, 1536, 16), (1, 16384, 2560, 16)]
CAUSAL_CONV_ROWS = [(2048, 1536)]
FIRST_ORDER_ROWS = [(65536, 1024), (1 << 20, 1)]
TCN_ROWS = [(2048, 64, 6)]
ENCODER_ROWS = [(128, 256, 4, 2)]
FRONT_END_ROWS = [(40, 200)]


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value)


def block(field, payload):
    if isinstance(payload, str):
        payload = payload.encode()
    return varint(field << 3 | 2) + varint(len(payload)) + payload


def tensor(name, array):
    """TensorProto: dims, data_type FLOAT, name, raw_data."""
    dims = b"".join(number(1, extent) for extent in array.shape)
    data = array.astype("<f4").tobytes()
    return dims + number(2, 1) + block(8, name) + block(9, data)


def value_info(name, shape):
    """ValueInfoProto of an f32 tensor."""
    dims = b"".join(block(1, number(1, extent)) for extent in shape)
    kind = block(1, number(1, 1) + block(2, dims))
    return block(1, name) + block(2, kind)


def integer_attribute(name, value):
    return block(5, block(1, name) + number(3, value) + number(20, 2))


def uniform(random, bound, *shape):
    return random.uniform(-bound, bound, shape).astype(np.float32)


def write_floats(path, arrays):
    with open(path, "wb") as file:
        for array in arrays:
            file.write(array.astype("<f4").tobytes())


def write_model(path, nodes, initializers, inputs, outputs, opset=14):
    """`inputs` and `outputs` are {name: shape} of f32."""
    graph = b"".join(block(1, node) for node in nodes) + block(2, "graph")
    graph += b"".join(block(5, tensor) for tensor in initializers)
    graph += b"".join(block(11, value_info(*i)) for i in inputs.items())
    graph += b"".join(block(12, value_info(*o)) for o in outputs.items())
    opset = block(1, "") + number(2, opset)
    with open(path, "wb") as file:
        file.write(number(1, 8) + block(2, "seqc-bench") + block(7, graph)
                   + block(8, opset))


def node(kind, inputs, outputs, attributes=b""):
    return (b"".join(block(1, name) for name in inputs)
            + b"".join(block(2, name) for name in outputs)
            + block(3, outputs[0] + "_node") + block(4, kind) + attributes)


def recurrent_node(cell, inputs, outputs, hidden):
    attributes = integer_attribute("hidden_size", hidden)
    if cell == "gru":
        attributes += integer_attribute("linear_before_reset", 1)
    return node(cell.upper(), inputs, outputs, attributes)


def write_recurrent(folder, cell, steps, batch, hidden):
    random = np.random.default_rng(hidden * 1000 + batch)
    bound, rows = hidden**-0.5, GATES[cell] * hidden
    weights = {"W": uniform(random, bound, 1, rows, hidden),
               "R": uniform(random, bound, 1, rows, hidden),
               "B": uniform(random, bound, 1, 2 * rows)}
    x = random.standard_normal((steps, batch, hidden)).astype(np.float32)
    stem = os.path.join(folder, f"{cell}-{steps}x{batch}x{hidden}")
    outputs = {"Y": (steps, 1, batch, hidden), "Y_h": (1, batch, hidden)}
    if cell == "lstm":
        outputs["Y_c"] = (1, batch, hidden)
    write_model(stem + ".onnx",
                [recurrent_node(cell, ("X", *weights), tuple(outputs), hidden)],
                [tensor(*weight) for weight in weights.items()],
                {"X": (steps, batch, hidden)}, outputs)
    write_floats(stem + ".f32", [*weights.values(), x])


def write_stream(folder, name, cell, steps, inputs, hidden):
    random = np.random.default_rng(hidden)
    bound, rows = hidden**-0.5, GATES[cell] * hidden
    weights = {"W": uniform(random, bound, 1, rows, inputs),
               "R": uniform(random, bound, 1, rows, hidden),
               "B": uniform(random, bound, 1, 2 * rows)}
    x = random.standard_normal((steps, inputs)).astype(np.float32)
    stem = os.path.join(folder, name)
    states = ("h", "c") if cell == "lstm" else ("h",)
    shapes = {name: (1, 1, hidden) for name in states}
    write_model(
        stem + ".onnx",
        [recurrent_node(cell, ("X", *weights, "", *states),
                        ("Y", *("Y_" + name for name in states)), hidden)],
        [tensor(*weight) for weight in weights.items()],
        {"X": (1, 1, inputs), **shapes},
        {"Y": (1, 1, 1, hidden), **{"Y_" + n: s for n, s in shapes.items()}})
    write_floats(stem + ".f32", [*weights.values(), x])


def integers_attribute(name, values):
    return block(5, block(1, name) + b"".join(number(8, v) for v in values)
                 + number(20, 7))


def write_bidirectional(folder, steps, batch, hidden):
    random = np.random.default_rng(hidden + batch)
    bound, nodes, initializers, floats = hidden**-0.5, [], [], []
    source, inputs = "X", hidden
    for i in range(2):
        weights = {f"W{i}": uniform(random, bound, 2, 4 * hidden, inputs),
                   f"R{i}": uniform(random, bound, 2, 4 * hidden, hidden),
                   f"B{i}": uniform(random, bound, 2, 8 * hidden)}
        initializers += [tensor(*weight) for weight in weights.items()]
        floats += weights.values()
        target = "Y" if i else "between"
        nodes += [
            node("LSTM", (source, *weights), (f"sides{i}",),
                 integer_attribute("hidden_size", hidden)
                 + string_attribute("direction", "bidirectional")),
            node("Transpose", (f"sides{i}",), (f"turned{i}",),
                 integers_attribute("perm", (0, 2, 1, 3))),
            node("Reshape", (f"turned{i}", "shape"), (target,))]
        source, inputs = target, 2 * hidden
    initializers.append(integers("shape", (steps, batch, 2 * hidden)))
    x = random.standard_normal((steps, batch, hidden)).astype(np.float32)
    stem = os.path.join(folder, f"bilstm-{steps}x{batch}x{hidden}")
    write_model(stem + ".onnx", nodes, initializers,
                {"X": (steps, batch, hidden)},
                {"Y": (steps, batch, 2 * hidden)})
    write_floats(stem + ".f32", [*floats, x])


def string_attribute(name, value):
    return block(5, block(1, name) + block(4, value) + number(20, 3))


def attention_model(rule, steps, heads, size, domain):
    packed = (1, steps, heads * size)
    inputs = {"query": packed, "key": packed, "value": packed}
    if rule == "head":
        inputs["decay"] = (1, steps, heads)
    elif rule != "linear":
        inputs["decay"] = packed
    if rule == "delta":
        inputs["beta"] = (1, steps, heads)
    order = ["query", "key", "value", "", "decay", "beta"]
    while order[-1] not in inputs:
        order.pop()
    node = b"".join(block(1, n if n in inputs else "") for n in order)
    node += block(2, "output") + block(2, "present_state")
    node += block(3, "attention") + block(4, "LinearAttention")
    node += block(7, domain)
    node += integer_attribute("q_num_heads", heads)
    node += integer_attribute("kv_num_heads", heads)
    node += string_attribute("update_rule", {
        "linear": "linear", "delta": "gated_delta"}.get(rule, "gated"))
    graph = block(1, node) + block(2, "attention")
    for name, shape in inputs.items():
        graph += block(11, value_info(name, shape))
    graph += block(12, value_info("output", packed))
    graph += block(12, value_info("present_state", (1, heads, size, size)))
    opsets = block(8, block(1, "") + number(2, 26 if domain else 27))
    if domain:
        opsets += block(8, block(1, domain) + number(2, 1))
    return (number(1, 10) + block(2, "seqc-bench") + block(7, graph)
            + opsets)


def write_attention(folder, rule, *sizes):
    """ONNX Runtime has the operator of set 27 in a domain of its own."""
    name = "attention-%s-%s" % (rule, "x".join(map(str, sizes)))
    for suffix, domain in (".onnx", ""), (".onnxruntime", "com.microsoft"):
        with open(os.path.join(folder, name + suffix), "wb") as file:
            file.write(attention_model(rule, *sizes, domain))


def scan_model(batch, steps, channels, states):
    """A Mamba layer's scan: softplus on delta, skip and SiLU gate."""
    sequence = f"tensor<{batch}x{steps}x{channels}xf32>"
    projection = f"tensor<{batch}x{steps}x{states}xf32>"
    matrix = f"tensor<{channels}x{states}xf32>"
    vector = f"tensor<{channels}xf32>"
    last = f"tensor<{batch}x{channels}x{states}xf32>"
    inputs = [("u", sequence), ("delta", sequence), ("A", matrix),
              ("B", projection), ("C", projection), ("D", vector),
              ("z", sequence)]
    arguments = ",\n    ".join(
        f'%{name}: {type} {{seq.name = "{name}"}}' for name, type in inputs)
    operands = ", ".join(type for _, type in inputs)
    return f"""func.func @scan(
    {arguments})
    -> ({sequence} {{seq.name = "y"}}, {last} {{seq.name = "h"}}) {{
  %y, %h = seq.selective_scan u(%u) delta(%delta) a(%A) b(%B) c(%C)
      skip(%D) z(%z) {{delta_softplus}}
      : ({operands})
      -> ({sequence}, {last})
  return %y, %h : {sequence}, {last}
}}
"""


def write_scan(folder, *sizes):
    name = "scan-" + "x".join(map(str, sizes))
    with open(os.path.join(folder, name + ".mlir"), "w") as file:
        file.write(scan_model(*sizes))


def write_first_order(folder, steps, channels):
    """y[t] = a y[t-1] + x[t] for every channel; the a of one series changes."""
    name = f"first-order-{steps}x{channels}"
    rows, row = f"tensor<{steps}x{channels}xf32>", f"tensor<{channels}xf32>"
    decays, at = (rows, "%t, %d") if channels == 1 else (row, "%d")
    with open(os.path.join(folder, name + ".mlir"), "w") as file:
        file.write(f"""func.func @first_order(
    %x: {rows} {{seq.name = "x"}}, %a: {decays} {{seq.name = "a"}})
    -> ({rows} {{seq.name = "y"}}, {row} {{seq.name = "h"}}) {{
  %T = arith.constant {steps} : index
  %D = arith.constant {channels} : index
  %Y = tensor.empty() : {rows}
  %S = arith.constant dense<0.0> : {row}
  %y, %h = seq.scan domain(%d = %D) time(%t = %T)
      ins(%xt = %x[%t, %d] : {rows}, %at = %a[{at}] : {decays})
      outs(%Y[%t, %d] : {rows}) carry(%s = %S[%d] : {row}) {{
    %s1 = seq.affine %at * %s + %xt : f32
    seq.yield outs(%s1 : f32) carry(%s1 : f32)
  }}
  return %y, %h : {rows}, {row}
}}
""")


def write_causal_conv(folder, steps, channels):
    """Reads of earlier steps, of zeros before the first one."""
    name = f"causal-conv-{steps}x{channels}"
    rows, past = f"tensor<{steps}x{channels}xf32>", f"tensor<3x{channels}xf32>"
    taps, row = f"tensor<{channels}x4xf32>", f"tensor<{channels}xf32>"
    shifted = "".join(
        f"          %x{k} = %x[%t - {k}, %d] history %past : {past} : {rows},\n"
        for k in (1, 2, 3))
    body = "".join(
        f"    %w{k} = seq.extract %wt[{k}] : tensor<4xf32> -> f32\n"
        f"    %s{k} = math.fma %w{k}, %x{3 - k}, %{f's{k - 1}' if k else 'bt'}"
        " : f32\n" for k in range(4))
    with open(os.path.join(folder, name + ".mlir"), "w") as file:
        file.write(f"""func.func @causal_conv(
    %x: {rows} {{seq.name = "x"}}, %w: {taps} {{seq.name = "w"}},
    %b: {row} {{seq.name = "bias"}}) -> ({rows} {{seq.name = "y"}}) {{
  %T = arith.constant {steps} : index
  %D = arith.constant {channels} : index
  %Y = tensor.empty() : {rows}
  %past = arith.constant dense<0.0> : {past}
  %y, %last = seq.scan domain(%d = %D) time(%t = %T)
      ins(%x0 = %x[%t, %d] : {rows},
{shifted}          %wt = %w[%d, :] : {taps}, %bt = %b[%d] : {row})
      outs(%Y[%t, %d] : {rows}) {{
{body}    %gate = seq.sigmoid %s3 : f32
    %silu = arith.mulf %gate, %s3 : f32
    seq.yield outs(%silu : f32)
  }}
  return %y : {rows}
}}
""")


def integers(name, values):
    """An initializer: TensorProto of INT64."""
    array = np.array(values, "<i8")
    return (number(1, len(values)) + number(2, 7) + block(8, name)
            + block(9, array.tobytes()))


class Network:
    """Nodes in a row from X on, with seeded weights."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.nodes, self.initializers, self.last = [], [], "X"

    def add(self, kind, *inputs, attributes=b""):
        name = "t%d" % len(self.nodes)
        self.nodes.append(node(kind, inputs, (name,), attributes))
        self.last = name
        return name

    def weight(self, fan, *shape):
        name = "w%d" % len(self.initializers)
        self.initializers.append(
            tensor(name, uniform(self.random, fan**-0.5, *shape)))
        return name

    def shape(self, *values):
        name = "w%d" % len(self.initializers)
        self.initializers.append(integers(name, values))
        return name

    def linear(self, x, inputs, outputs):
        product = self.add("MatMul", x, self.weight(inputs, inputs, outputs))
        return self.add("Add", product, self.weight(inputs, outputs))

    def conv(self, x, inputs, outputs, pads, dilations):
        taps = (3,) * len(dilations)
        fan = inputs * 3**len(dilations)
        return self.add("Conv", x, self.weight(fan, outputs, inputs, *taps),
                        self.weight(fan, outputs),
                        attributes=integers_attribute("pads", pads)
                        + integers_attribute("dilations", dilations))

    def normalise(self, x, width):
        return self.add("LayerNormalization", x, self.weight(1, width),
                        self.weight(1, width))

    def write(self, path, inputs, outputs):
        self.nodes.append(node("Identity", (self.last,), ("Y",)))
        write_model(path, self.nodes, self.initializers, {"X": inputs},
                    {"Y": outputs}, opset=17)


def write_tcn(folder, steps, channels, blocks):
    """Every block looks twice as far back as the one before."""
    network = Network(channels)
    for i in range(blocks):
        x = network.last
        y = network.conv(x, channels, channels, (2 << i, 0), (1 << i,))
        network.add("Add", x, network.add("Relu", y))
    shape = (1, channels, steps)
    network.write(os.path.join(
        folder, f"tcn-{steps}x{channels}x{blocks}.onnx"), shape, shape)


def write_encoder(folder, tokens, width, heads, layers):
    """Attention and two dense layers, each with a residual and a norm."""
    network = Network(width)
    split = network.shape(1, tokens, heads, width // heads)
    merge = network.shape(1, tokens, width)
    scale = network.weight(width // heads, 1)

    def turn(x, *order):
        return network.add("Transpose", x,
                           attributes=integers_attribute("perm", order))

    def project(x, *order):
        y = network.linear(x, width, width)
        return turn(network.add("Reshape", y, split), *order)

    for _ in range(layers):
        x = network.last
        q, k, v = (project(x, 0, 2, 1, 3), project(x, 0, 2, 3, 1),
                   project(x, 0, 2, 1, 3))
        scores = network.add("Mul", network.add("MatMul", q, k), scale)
        weights = network.add("Softmax", scores)
        y = turn(network.add("MatMul", weights, v), 0, 2, 1, 3)
        y = network.linear(network.add("Reshape", y, merge), width, width)
        x = network.normalise(network.add("Add", x, y), width)
        y = network.add("Relu", network.linear(x, width, 4 * width))
        y = network.linear(y, 4 * width, width)
        network.normalise(network.add("Add", x, y), width)
    shape = (1, tokens, width)
    network.write(os.path.join(
        folder, f"encoder-{tokens}x{width}x{heads}x{layers}.onnx"), shape,
        shape)


def write_front_end(folder, bands, frames):
    network = Network(bands)
    inputs = 1
    for outputs in (32, 64):
        y = network.conv(network.last, inputs, outputs, (1, 1, 1, 1), (1, 1))
        network.add("MaxPool", network.add("Relu", y),
                    attributes=integers_attribute("kernel_shape", (2, 2))
                    + integers_attribute("strides", (2, 2)))
        inputs = outputs
    network.write(os.path.join(folder, f"front-end-{bands}x{frames}.onnx"),
                  (1, 1, bands, frames), (1, 64, bands // 4, frames // 4))


def write_silero_frames(folder, data):
    """Frames of 512 new samples after the last 64 of the frame before."""
    path = os.path.join(data, "silero", "test.wav")
    if not os.path.exists(path):
        return
    with wave.open(path) as recording:
        form = (recording.getframerate(), recording.getnchannels(),
                recording.getsampwidth())
        if form != (16000, 1, 2):
            raise SystemExit(f"{path}: 16 kHz mono of 16 bits was required, "
                             f"found {form}")
        samples = np.frombuffer(recording.readframes(recording.getnframes()),
                                "<i2").astype(np.float32) / 32768
    padded = np.concatenate([np.zeros(64, np.float32), samples])
    count = len(samples) // 512
    frames = np.stack([padded[t * 512:t * 512 + 576] for t in range(count)])
    with open(os.path.join(folder, "silero-frames.f32"), "wb") as file:
        file.write(frames.astype("<f4").tobytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--data", default="", help="folder of test data")
    arguments = parser.parse_args()
    os.makedirs(arguments.folder, exist_ok=True)
    for sizes in RECURRENT_ROWS:
        write_recurrent(arguments.folder, *sizes)
    for cell, steps, hidden in STREAM_ROWS:
        write_stream(arguments.folder, f"small-{cell}-{steps}x{hidden}", cell,
                     steps, 1, hidden)
    for cell, steps, hidden in STEP_ROWS:
        write_stream(arguments.folder, f"{cell}-step-{hidden}", cell, steps,
                     hidden, hidden)
    for sizes in BIDIRECTIONAL_ROWS:
        write_bidirectional(arguments.folder, *sizes)
    for sizes in ATTENTION_ROWS:
        write_attention(arguments.folder, *sizes)
    for sizes in SCAN_ROWS:
        write_scan(arguments.folder, *sizes)
    for sizes in FIRST_ORDER_ROWS:
        write_first_order(arguments.folder, *sizes)
    for sizes in CAUSAL_CONV_ROWS:
        write_causal_conv(arguments.folder, *sizes)
    for rows, write in ((TCN_ROWS, write_tcn), (ENCODER_ROWS, write_encoder),
                        (FRONT_END_ROWS, write_front_end)):
        for sizes in rows:
            write(arguments.folder, *sizes)
    write_silero_frames(arguments.folder, arguments.data)


if __name__ == "__main__":
    main()
