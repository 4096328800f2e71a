"""What `seqc generate` makes of a table of logits, a row for each byte, drawn as
Generate.h says. Usage: generate.py FOLDER"""
import json
import math
import os
import random
import struct
import subprocess
import sys

folder = sys.argv[1]
random.seed(1)
table = [[random.gauss(0, 2) for _ in range(256)] for _ in range(256)]
data = b"".join(struct.pack("<256f", *row) for row in table)
table = [struct.unpack_from("<256f", data, 1024 * i) for i in range(256)]
header = json.dumps({"table": {"dtype": "F32", "shape": [256, 256],
                               "data_offsets": [0, len(data)]}}).encode()
weights = os.path.join(folder, "table.safetensors")
with open(weights, "wb") as file:
    file.write(struct.pack("<Q", len(header)) + header + data)
library = os.path.join(folder, "table")
subprocess.run(["seqc", "compile", os.path.join(folder, "table.mlir"),
                "--weights-from", weights, "-o", library], check=True)

MASK = 2 ** 64 - 1


def uniforms(state):
    """SplitMix64, the top 53 bits of each number."""
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield ((z ^ (z >> 31)) >> 11) / 2 ** 53


def generate(prompt, tokens, temperature=1.0, top_k=0, seed=1, stop=None):
    text, draws = prompt, uniforms(seed)
    for _ in range(tokens):
        logits = table[text[-1]]
        order = sorted(range(256), key=lambda j: -logits[j])
        if temperature == 0:
            text += bytes(order[:1])
        else:
            order = order[:top_k or 256]
            weights = [math.exp((logits[j] - logits[order[0]]) / temperature)
                       for j in order]
            target, token = next(draws) * sum(weights), order[-1]
            for j, weight in zip(order, weights):
                if target < weight:
                    token = j
                    break
                target -= weight
            text += bytes([token])
        if stop and text[len(prompt):].endswith(stop):
            return text[:-len(stop)]
    return text


def check(*flags, **options):
    result = subprocess.run(
        ["seqc", "generate", library + ".so", "--prompt=ab", *flags],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
    expected = generate(b"ab", **options) + b"\n"
    if result.stdout != expected:
        sys.exit("%s: required %r, found %r" % (flags, expected, result.stdout))
    if b" tokens in " not in result.stderr:
        sys.exit("required a line about the time, found %r" % result.stderr)
    return result.stdout


check("--tokens=0", tokens=0)
check("--tokens=50", tokens=50)
check("--tokens=50", "--seed=7", tokens=50, seed=7)
greedy = check("--tokens=50", "--temperature=0", tokens=50, temperature=0)
check("--tokens=50", "--temperature=0.5", "--top-k=3", "--seed=9", tokens=50,
      temperature=0.5, top_k=3, seed=9)
check("--tokens=50", "--top-k=1", tokens=50, temperature=0)
# A stop of several bytes that comes; the text before it is whole.
for length in (1, 2, 3):
    stop = greedy[20:20 + length]
    if b"\0" not in stop:
        check("--tokens=50", "--temperature=0", b"--stop=" + stop, tokens=50,
              temperature=0, stop=stop)
