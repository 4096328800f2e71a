"""usage: check_python.py FOLDER: runs the models there with the seqc module."""

import gc
import os
import sys
import threading

import numpy as np

import seqc

os.chdir(sys.argv[1])
rng = np.random.default_rng(1)


def fails(kind, text, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except kind as error:
        assert text in str(error), error
        return
    raise AssertionError(f"required {kind.__name__}: {text}")


def reference(x, state):
    outputs = []
    for row in x.astype(np.float64):
        state = 0.75 * state + 0.25 * row
        outputs.append(state.mean(1, keepdims=True))
    return np.array(outputs), state


model = seqc.load("./ema.so")
assert (model.name, model.dims) == ("ema", ["batch"]), model
assert repr(model.inputs) == "[input: float32[batch, 4]]", model.inputs
assert [s.name for s in model.states] == ["averages", "counts"]

# Steps, a sequence, and a sequence with two threads agree, and are right.
x = rng.standard_normal((11, 3, 4)).astype(np.float32)
y, last = reference(x, np.zeros((3, 4)))
state = model.state(batch=3)
whole = model.run(x, state=state)
assert whole.shape == (11, 3, 1) and whole.dtype == np.float32
assert np.abs(whole - y).max() < 1e-6
assert np.abs(state["averagesN"] - last).max() < 1e-6
assert (state["counts"] == 11).all()
steps = model.state(batch=3)
assert (np.stack([model.step(row, state=steps) for row in x]) == whole).all()
assert (seqc.load("ema.so", threads=2).run(x) == whole).all()
assert model.run(x[:0], state=state).shape == (0, 3, 1)

# Any array-like of a fitting type: doubles, lists, strided views, DLPack.
assert (model.run(x.astype(np.float64)) == whole).all()
assert (model.run(x.tolist()) == whole).all()
assert (model.run(np.asfortranarray(x)) == whole).all()


class Foreign:
    def __dlpack__(self, **_):
        return x.__dlpack__()

    def __dlpack_device__(self):
        return x.__dlpack_device__()


assert (model.run(Foreign()) == whole).all()

# Torch's tensors go in and out without a copy: the addresses stay.
try:
    import torch
except ImportError:
    print("without torch")
else:
    tensor = torch.from_numpy(x.copy())
    array = seqc._as_array(tensor, model.inputs[0])
    assert array.ctypes.data == tensor.data_ptr()
    y = model.run(tensor)
    out = torch.from_dlpack(y)
    assert out.data_ptr() == y.ctypes.data and (out.numpy() == whole).all()
    live = model.state(batch=3)
    view = torch.from_dlpack(live["averages"])
    view.fill_(2.0)
    assert (live["averages"] == 2).all()
    del live
    gc.collect()
    assert (view == 2).all()

# States: a clone, a slot, a write, a file.
clone = state.clone()
state.reset(1)
assert state["counts"].tolist() == [11, 0, 11] and state.dims == {"batch": 3}
assert clone["counts"].tolist() == [11, 11, 11]
state["counts"] = 5
pair = model.state(batch=2)
pair.copy_slot(1, clone, 2)
assert (pair["averages"][1] == clone["averages"][2]).all()
assert pair["counts"].tolist() == [0, 11]
clone.save("saved")
loaded = model.load_state("saved")
assert (loaded["averages"] == clone["averages"]).all()
view = model.state(batch=2)["averages"]
gc.collect()
view[...] = 1
assert view.sum() == 8

# Every thread has a session of its own.
results = []
threads = [threading.Thread(target=lambda: results.append(model.run(x))) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(results) == 4 and all((result == whole).all() for result in results)

# Without states: several inputs, by place or name, several outputs.
affine = seqc.load("affine.so")
y, total = affine.run(np.ones((2, 3)), bias=[1, 2, 3])
assert y.tolist() == [[3, 4, 5], [3, 4, 5]] and total == 24 and total.shape == ()

# What is refused.
fails(seqc.Error, "absent.so: cannot open: No such file", seqc.load, "absent.so")
fails(seqc.Error, "required a state of model 'other'",
      seqc.load("other.so").load_state, "saved")
fails(seqc.Error, "required a batch slot from 0 to 2", state.reset, 3)
fails(ValueError, "found shape (3, 5)", model.step, np.ones((3, 5)))
fails(ValueError, "found shape (2, 4)", model.step, np.ones((2, 4)), state=state)
fails(ValueError, "the same number of steps", model.run, np.float32(1))
fails(TypeError, "required elements of type float32, found complex128",
      model.step, np.ones((3, 4)) * 1j)
fails(TypeError, "missing: ['bias'], unknown: ['base']", affine.run, [[1.0]], base=1)
fails(TypeError, "twice: ['x']", affine.run, [[1.0]], [1.0], x=1)
fails(TypeError, "required the dimensions ['batch']", model.state, size=1)
fails(KeyError, "nothing", state.__getitem__, "nothing")
fails(seqc.Error, "required steps = 1 and no state", affine.run, [[1.0]], [1.0],
      state=model.state(batch=1))
print("ok")
