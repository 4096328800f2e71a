"""Runs models compiled by seqc, on numpy arrays.

    import seqc

    model = seqc.load("vad.so")
    state = model.state(batch=1)
    for frame in frames:                          # [batch, 576]
        probability = model.step(frame, state=state)
    probabilities = model.run(frames, state=model.state(batch=1))  # [T, batch, 576]

It needs numpy and libseqc, which it looks for at $SEQC_LIBRARY, beside this
file, where it is installed, in the build folder of the repository, and where the
system looks.

A Model may be used from any thread; a State from one thread at a time. The
interpreter's lock is released while a model runs.
"""

import ctypes
import json
import os
import threading

import numpy as np

__all__ = ["Error", "Model", "State", "Tensor", "load"]

_RUNTIME_MAJOR = 1
_MAX_RANK = 8
_DTYPES = {
    1: np.dtype("<f4"), 2: np.dtype("<f8"), 3: np.dtype("<f2"),
    4: np.dtype("<u2"),  # bf16, which numpy lacks: its bits
    5: np.dtype("i1"), 6: np.dtype("<i2"), 7: np.dtype("<i4"),
    8: np.dtype("<i8"), 9: np.dtype("u1"), 10: np.dtype("?"),
}


class Error(RuntimeError):
    """What libseqc refused; `status` is its number in seqc.h."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


# --- libseqc ---------------------------------------------------------------


class _TensorDesc(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("type", ctypes.c_int32),
                ("rank", ctypes.c_int32), ("shape", ctypes.c_int64 * _MAX_RANK)]


class _Table(ctypes.Structure):
    """The beginning of seqc_model_table, as far as it is read here."""

    _fields_ = [("abi_major", ctypes.c_int32), ("abi_minor", ctypes.c_int32),
                ("struct_size", ctypes.c_size_t), ("name", ctypes.c_char_p),
                ("target", ctypes.c_char_p), ("features", ctypes.c_char_p),
                ("report", ctypes.c_char_p), ("hash", ctypes.c_uint64),
                ("num_dims", ctypes.c_int32), ("num_inputs", ctypes.c_int32),
                ("num_outputs", ctypes.c_int32), ("num_states", ctypes.c_int32),
                ("dim_names", ctypes.POINTER(ctypes.c_char_p)),
                ("inputs", ctypes.POINTER(_TensorDesc)),
                ("outputs", ctypes.POINTER(_TensorDesc)),
                ("states", ctypes.POINTER(_TensorDesc))]


class _PackageOptions(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t), ("weights_path", ctypes.c_char_p),
                ("weights", ctypes.c_void_p), ("weights_size", ctypes.c_size_t),
                ("skip_checksum", ctypes.c_int32), ("reserved", ctypes.c_int32)]


class _SessionOptions(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t),
                ("dims", ctypes.POINTER(ctypes.c_int64)),
                ("num_dims", ctypes.c_int32), ("threads", ctypes.c_int32),
                ("parallel", ctypes.c_void_p), ("pool", ctypes.c_void_p)]


_FUNCTIONS = {
    "seqc_runtime_version": (ctypes.c_uint32, []),
    "seqc_last_message": (ctypes.c_char_p, []),
    "seqc_package_open": (ctypes.c_int, [ctypes.c_char_p, ctypes.c_void_p,
                                         ctypes.c_void_p]),
    "seqc_package_release": (None, [ctypes.c_void_p]),
    "seqc_package_table": (ctypes.POINTER(_Table), [ctypes.c_void_p]),
    "seqc_state_create": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_void_p,
                                         ctypes.c_int32, ctypes.c_void_p]),
    "seqc_state_destroy": (None, [ctypes.c_void_p]),
    "seqc_state_reset": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_int64]),
    "seqc_state_clone": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_void_p]),
    "seqc_state_copy_slot": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_int64,
                                            ctypes.c_void_p, ctypes.c_int64]),
    "seqc_state_tensor": (ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_int32,
                                            ctypes.c_void_p]),
    "seqc_state_save": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_char_p]),
    "seqc_state_load": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_char_p,
                                       ctypes.c_void_p]),
    "seqc_state_dims": (ctypes.POINTER(ctypes.c_int64), [ctypes.c_void_p]),
    "seqc_session_create": (ctypes.c_int, [ctypes.c_void_p] * 3),
    "seqc_session_destroy": (None, [ctypes.c_void_p]),
    "seqc_num_derived_dims": (ctypes.c_int32, [ctypes.POINTER(_Table)]),
    "seqc_derive_dims": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_void_p,
                                        ctypes.c_int32]),
    "seqc_session_set_dims": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_void_p,
                                             ctypes.c_int32]),
    "seqc_session_run": (ctypes.c_int, [
        ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p, ctypes.c_int32,
        ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int32]),
}


def _open_library():
    here = os.path.dirname(os.path.abspath(__file__))
    installed = os.path.join(here, "..", "..")
    build = os.path.join(here, "..", "..", "build", "lib")
    candidates = [os.path.join(folder, "libseqc.so.1")
                  for folder in (here, installed, build)]
    candidates = [path for path in candidates if os.path.exists(path)]
    path = os.environ.get("SEQC_LIBRARY") or (candidates or ["libseqc.so.1"])[0]
    library = ctypes.CDLL(path)
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    major = library.seqc_runtime_version() >> 16
    if major != _RUNTIME_MAJOR:
        raise ImportError(f"{path}: required libseqc {_RUNTIME_MAJOR}.x, "
                          f"found {major}")
    return library


_library = _open_library()


def _check(status):
    if status != 0:
        raise Error(status, _library.seqc_last_message().decode())


class _Handle:
    """A pointer that is given back when nothing refers to it any more."""

    def __init__(self, destroy):
        self.pointer = ctypes.c_void_p()
        self._destroy = destroy

    def out(self):
        return ctypes.byref(self.pointer)

    def __del__(self):
        if self.pointer:
            self._destroy(self.pointer)


def _int64s(values):
    return (ctypes.c_int64 * max(1, len(values)))(*values)


# --- Models ----------------------------------------------------------------


class Tensor:
    """A tensor of a model's interface: `name`, `dtype`, and `shape`, in which a
    dynamic dimension is its name."""

    def __init__(self, desc, dim_names):
        self.name = desc.name.decode()
        self.dtype = _DTYPES[desc.type]
        self._extents = tuple(desc.shape[:desc.rank])
        self.shape = tuple(extent if extent >= 0 else dim_names[-1 - extent]
                           for extent in self._extents)

    def __repr__(self):
        shape = ", ".join(str(extent) for extent in self.shape)
        return f"{self.name}: {self.dtype.name}[{shape}]"

    def _resolve(self, dims):
        return tuple(extent if extent >= 0 else dims[-1 - extent]
                     for extent in self._extents)

    def _match(self, shape, dims):
        """Checks `shape` and enters the dynamic dimensions it tells."""
        valid = len(shape) == len(self._extents)
        for extent, found in zip(self._extents, shape) if valid else ():
            if extent >= 0:
                valid &= extent == found
            else:
                valid &= dims.setdefault(-1 - extent, found) == found
        if not valid:
            raise ValueError(
                f"input {self.name!r}: required {self!r}, at the dimensions of the "
                f"other inputs and the state, found shape {tuple(shape)}")


class State:
    """What a model carries between steps. One thread at a time.

    `state[name]` is a view of a tensor in it: reading and writing it reads and
    writes the state.
    """

    def __init__(self, model, handle):
        self._model = model
        self._handle = handle
        self._dims = tuple(_library.seqc_state_dims(handle.pointer)[:len(model.dims)])

    @property
    def dims(self):
        return dict(zip(self._model.dims, self._dims))

    def __getitem__(self, name):
        index = self._model._state_index(name)
        tensor = self._model.states[index]
        size = ctypes.c_size_t()
        address = _library.seqc_state_tensor(self._handle.pointer, index,
                                             ctypes.byref(size))
        block = (ctypes.c_char * size.value).from_address(address)
        block.owner = self._handle  # The view keeps the state's memory alive.
        return np.ndarray(tensor._resolve(self._dims), tensor.dtype, block)

    def __setitem__(self, name, value):
        self[name][...] = value

    def reset(self, batch_slot=-1):
        """Back to before the first step: one slot of the batch, or all."""
        _check(_library.seqc_state_reset(self._handle.pointer, batch_slot))

    def clone(self):
        handle = _Handle(_library.seqc_state_destroy)
        _check(_library.seqc_state_clone(self._handle.pointer, handle.out()))
        return State(self._model, handle)

    def copy_slot(self, slot, source, source_slot):
        """Overwrites one slot of the batch by a slot of another state."""
        _check(_library.seqc_state_copy_slot(self._handle.pointer, slot,
                                             source._handle.pointer, source_slot))

    def save(self, path):
        """Writes a file that Model.load_state reads."""
        _check(_library.seqc_state_save(self._handle.pointer, os.fsencode(path)))


def _empty(shape, dtype):
    """At a multiple of a cache line: large results are written past the caches
    only there."""
    size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    memory = np.empty(size + 63, np.uint8)
    start = -memory.ctypes.data % 64
    return memory[start:start + size].view(dtype).reshape(shape)


class Model:
    """A compiled model: `name`, `target`, `report`, `dims` (names of the dynamic
    dimensions that inputs and states have), `inputs`, `outputs` and `states`. See `load`."""

    def __init__(self, path, weights=None, threads=1):
        options = _PackageOptions(struct_size=ctypes.sizeof(_PackageOptions))
        if weights is not None:
            options.weights_path = os.fsencode(weights)
        self._package = _Handle(_library.seqc_package_release)
        _check(_library.seqc_package_open(os.fsencode(path), ctypes.byref(options),
                                          self._package.out()))
        pointer = _library.seqc_package_table(self._package.pointer)
        table = pointer.contents
        self.name = table.name.decode()
        self.target = (table.target or b"").decode()
        self.report = json.loads((table.report or b"{}").decode())
        self.threads = threads
        names = [table.dim_names[i].decode() for i in range(table.num_dims)]
        self.dims = names[:len(names) - _library.seqc_num_derived_dims(pointer)]
        self._num_dims = len(names)

        def tensors(descs, count):
            return [Tensor(descs[i], names) for i in range(count)]

        self.inputs = tensors(table.inputs, table.num_inputs)
        self.outputs = tensors(table.outputs, table.num_outputs)
        self.states = tensors(table.states, table.num_states)
        self._sessions = threading.local()

    def __repr__(self):
        def names(tensors):
            return ", ".join(map(repr, tensors))

        return (f"<seqc model {self.name}: ({names(self.inputs)}) -> "
                f"({names(self.outputs)}), states ({names(self.states)})>")

    def _state_index(self, name):
        """States are named by the input they came from, or by the output."""
        for index, tensor in enumerate(self.states):
            outputs = [pair.get("output") for pair in self.report.get("states", [])
                       if pair.get("input") == tensor.name]
            if name == tensor.name or name in outputs:
                return index
        raise KeyError(name)

    # --- State

    def state(self, **dims):
        """A state as before the first step; dynamic dimensions by name."""
        if sorted(dims) != sorted(self.dims):
            raise TypeError(f"model {self.name!r}: required the dimensions "
                            f"{self.dims}, found {sorted(dims)}")
        return self._make_state(self._derive([dims[name] for name in self.dims]))

    def _derive(self, given):
        """The dimensions `given` and those that follow from them."""
        if len(given) == self._num_dims:
            return given
        values = (ctypes.c_int64 * self._num_dims)(*given)
        _check(_library.seqc_derive_dims(self._package.pointer, values,
                                         len(values)))
        return list(values)

    def _make_state(self, values):
        handle = _Handle(_library.seqc_state_destroy)
        _check(_library.seqc_state_create(self._package.pointer, _int64s(values),
                                          len(values), handle.out()))
        return State(self, handle)

    def load_state(self, path):
        """Reads what State.save wrote; refuses another model's."""
        handle = _Handle(_library.seqc_state_destroy)
        _check(_library.seqc_state_load(self._package.pointer, os.fsencode(path),
                                        handle.out()))
        return State(self, handle)

    # --- Running

    def step(self, *inputs, state=None, **named):
        """One step: inputs and outputs have the model's own shapes. `state` is
        updated; without one, the step is the first. Inputs are given in order or
        by name. Returns the output, or a tuple of them."""
        return self._run(inputs, named, state, has_steps=False)

    def run(self, *inputs, state=None, **named):
        """Many steps: inputs and outputs have a leading dimension of steps. A
        model without states has no steps: it takes and gives its own shapes."""
        return self._run(inputs, named, state, has_steps=bool(self.states))

    def _arrange(self, inputs, named):
        """The inputs in the model's order, as arrays of its types."""
        if len(inputs) > len(self.inputs):
            raise TypeError(f"model {self.name!r}: required {len(self.inputs)} "
                            f"inputs, found {len(inputs)}")
        given = dict(zip((tensor.name for tensor in self.inputs), inputs))
        twice = sorted(set(given) & set(named))
        given.update(named)
        missing = [t.name for t in self.inputs if t.name not in given]
        unknown = sorted(set(given) - {t.name for t in self.inputs})
        if twice or missing or unknown:
            raise TypeError(
                f"model {self.name!r}: required each of the inputs "
                f"{[t.name for t in self.inputs]} once, found "
                f"twice: {twice}, missing: {missing}, unknown: {unknown}")
        return [_as_array(given[t.name], t) for t in self.inputs]

    def _run(self, inputs, named, state, has_steps):
        arrays = self._arrange(inputs, named)
        dims = dict(enumerate(state._dims)) if state is not None else {}
        steps = 1
        if has_steps:
            leading = {array.shape[:1] for array in arrays}
            if len(leading) != 1 or () in leading:
                raise ValueError(
                    f"model {self.name!r}: required inputs with the same number of "
                    f"steps, found shapes {[array.shape for array in arrays]}")
            (steps,), = leading
        for tensor, array in zip(self.inputs, arrays):
            tensor._match(array.shape[1:] if has_steps else array.shape, dims)
        missing = [name for i, name in enumerate(self.dims) if i not in dims]
        if missing:
            raise ValueError(f"model {self.name!r}: required a state that has the "
                             f"dimensions {missing}, as no input has them")
        values = self._derive([dims[i] for i in range(len(self.dims))])
        if state is None and self.states:
            state = self._make_state(values)
        leading = (steps,) if has_steps else ()
        outputs = [_empty(leading + t._resolve(values), t.dtype) for t in self.outputs]
        _check(_library.seqc_session_run(
            self._session(values), steps, _pointers(arrays), len(arrays),
            state._handle.pointer if state is not None else None,
            _pointers(outputs), len(outputs)))
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def _session(self, values):
        """This thread's session, at these dimensions."""
        local = self._sessions
        if getattr(local, "threads", None) != self.threads:
            options = _SessionOptions(struct_size=ctypes.sizeof(_SessionOptions),
                                      dims=_int64s(values), num_dims=len(values),
                                      threads=self.threads)
            handle = _Handle(_library.seqc_session_destroy)
            _check(_library.seqc_session_create(
                self._package.pointer, ctypes.byref(options), handle.out()))
            local.handle, local.threads, local.dims = handle, self.threads, values
        if local.dims != values:
            _check(_library.seqc_session_set_dims(local.handle.pointer,
                                                  _int64s(values), len(values)))
            local.dims = values
        return local.handle.pointer


def _as_array(value, tensor):
    """`value` as a C-ordered array of the tensor's type. Arrays of other
    libraries come through DLPack, without a copy."""
    if not isinstance(value, np.ndarray) and hasattr(value, "__dlpack__"):
        value = np.from_dlpack(value)
    array = np.asarray(value)
    if not np.can_cast(array.dtype, tensor.dtype, "same_kind"):
        raise TypeError(f"input {tensor.name!r}: required elements of type "
                        f"{tensor.dtype.name}, found {array.dtype.name}")
    return np.asarray(array, tensor.dtype, order="C")


def _pointers(arrays):
    return (ctypes.c_void_p * max(1, len(arrays)))(*[a.ctypes.data for a in arrays])


def load(path, weights=None, threads=1):
    """Opens the compiled model at `path`. `weights` is the file of its weights,
    if not beside it; `threads` is how many threads run it."""
    return Model(path, weights, threads)
