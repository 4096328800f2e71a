"""What `seqc compile` costs: memory, and sizes for short and long sequences.

compile_cost.py memory MEGABYTES COMMAND...: runs COMMAND, and fails where it, or
a process that it started, needed more memory than that.

compile_cost.py time FILE.mlir PLACEHOLDER FLAGS...: compiles the model with
PLACEHOLDER replaced by 262144 and by 2097152 steps: both are long enough that
no loop over time folds away and LLVM copies none. The code must be the same but for
its numbers, so that neither the work of compiling nor the size grows with time.
"""
import collections
import os
import re
import subprocess
import sys


def measure_memory(limit, command):
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    megabytes = usage.ru_maxrss / 1024  # of KiB, on Linux
    print("exit code %d, %.0f MB at most" % (code, megabytes))
    return code == 0 and megabytes < limit


def emit(text, kind, flags):
    """What `seqc compile --emit` gives for the model `text`."""
    with open("model.mlir", "w") as file:
        file.write(text)
    subprocess.run(["seqc", "compile", "model.mlir", "--emit=" + kind, "-o",
                    "model.out", "--name=model"] + flags, check=True)
    with open("model.out", "rb") as file:
        return file.read()


def compare_lengths(path, placeholder, flags):
    with open(path) as file:
        text = file.read()
    assert placeholder in text
    code, sizes = [], []
    for steps in 262144, 2097152:
        model = text.replace(placeholder, str(steps))
        ir = emit(model, "llvm", flags).decode()
        code.append(collections.Counter(
            re.sub(r"%\d+|(?<![\w.%@#])-?\d+", "N",
                   re.sub("(getelementptr i8, ptr [^,]+, )i64", r"\1i32", ir))
            .splitlines()))
        sizes.append(len(emit(model, "obj", flags)))
    lines = [sum(counter.values()) for counter in code]
    differing = sum(((code[0] - code[1]) + (code[1] - code[0])).values())
    print("%d and %d lines of LLVM IR, %d of them differ; objects of %d and %d "
          "bytes" % (*lines, differing, *sizes))
    # Numbers are operands of instructions: longer ones take a few bytes more, and
    # a product with a number may be a shift or nothing. Distances beyond 2 GiB are
    # 64 bits wide.
    return (differing <= 0.001 * lines[0]
            and abs(sizes[0] - sizes[1]) <= 0.01 * sizes[0])


mode, *arguments = sys.argv[1:]
if mode == "memory":
    ok = measure_memory(float(arguments[0]), arguments[1:])
else:
    ok = compare_lengths(arguments[0], arguments[1], arguments[2:])
sys.exit(not ok)
