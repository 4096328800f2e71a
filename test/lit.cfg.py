# Configuration of seqc's tests. Features: seqc-data (real models beside the
# checkout or at SEQC_DATA), avx2, avx512, byte-dots, vulkan.
import os
import shutil
import subprocess

import lit.formats

config.name = "seqc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "fuzz"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.seqc_binary, "test")

llvm = "/usr/lib/llvm-22/bin"
config.environment["PATH"] = os.pathsep.join(
    [config.seqc_tools, llvm, os.environ["PATH"]])
# Nobody's calibration decides what the compiler chooses.
config.environment["XDG_CACHE_HOME"] = os.path.join(config.test_exec_root, "cache")
data = os.environ.get(
    "SEQC_DATA", os.path.join(os.path.dirname(config.seqc_source), "shared", "data"))
if os.path.isdir(data):
    config.available_features.add("seqc-data")
onnx = "/usr/share/libonnx-testdata/data"
if os.path.isdir(onnx):
    config.available_features.add("onnx-data")

with open("/proc/cpuinfo") as cpuinfo:
    flags = cpuinfo.read().split()
for feature, flag in [("avx2", "avx2"), ("avx512", "avx512f")]:
    if flag in flags:
        config.available_features.add(feature)
if "avx512_vnni" in flags or "avx_vnni" in flags:
    config.available_features.add("byte-dots")
if shutil.which("qemu-aarch64-static") and shutil.which("aarch64-linux-gnu-gcc"):
    config.available_features.add("aarch64-run")

if subprocess.run(["/usr/bin/python3", "-c", "import importlib.util as u; "
                   "exit(not all(map(u.find_spec, ('torch', 'onnx',"
                   " 'onnx.helper'))))"]
                  ).returncode == 0:
    config.available_features.add("torch")

# A Vulkan driver with a device, and what the tests there need beside it.
vulkaninfo = shutil.which("vulkaninfo")
if vulkaninfo and all(map(shutil.which, ["glslangValidator", "spirv-val"])):
    found = subprocess.run([vulkaninfo, "--summary"], capture_output=True,
                           text=True)
    if found.returncode == 0 and "deviceName" in found.stdout:
        config.available_features.add("vulkan")

config.substitutions += [
    ("%root", config.seqc_source),
    ("%data", data),
    ("%onnx_data", onnx),
    ("%python", "/usr/bin/python3"),
    ("%mlir_lib", os.path.join(os.path.dirname(llvm), "lib")),
]
