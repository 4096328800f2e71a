"""One step with weights beyond a core's cache, of which threads take the last
ones as they need them: against float64, and the same bits with any number of
threads and in every call. A GRU's step has two stages; extents are odd, so that
a last tile is ragged and threads get different numbers of tiles."""
import numpy as np

import numerics
import weight_types

I, H, CALLS = 300, 453, 3
STATES = {"lstm": "hc", "gru": "h"}


def module(cell, gates, file, batch):
    row, y = numerics.tensor((1, batch, I)), numerics.tensor((1, batch, H))
    state = numerics.tensor((batch, H))
    w, r = numerics.tensor((gates, H, I)), numerics.tensor((gates, H, H))
    names = STATES[cell]
    return """func.func @%s(%%x: %s {seq.name = "x"}, %s)
    -> (%s {seq.name = "y"}, %s) {
  %%w = seq.weight_data "%s" offset 0 : %s
  %%r = seq.weight_data "%s" offset %d : %s
  %%y, %s = seq.%s x(%%x) w(%%w) r(%%r) %s
      : (%s) -> (%s)
  return %%y, %s : %s
}
""" % (cell, row,
       ", ".join('%%%s: %s {seq.name = "%s"}' % (n, state, n) for n in names),
       y, ", ".join('%s {seq.name = "next_%s"}' % (state, n) for n in names),
       file, w, file, gates * H * I * 4, r,
       ", ".join("%n" + n for n in names), cell,
       " ".join("%s0(%%%s)" % (n, n) for n in names),
       ", ".join([row, w, r] + [state] * len(names)),
       ", ".join([y] + [state] * len(names)),
       ", ".join("%n" + n for n in names),
       ", ".join([y] + [state] * len(names)))


def check_bits(model, inputs, results):
    """Every other call walks the weights from their end."""
    once = model.run(inputs, results, threads=1)
    rows = {name: np.stack([array] * CALLS) for name, array in inputs.items()}
    for threads in 1, 2, 3, 19:
        calls = model.run(rows, results, threads, streams=rows)
        for name in results:
            for call in range(CALLS):
                if once[name].tobytes() != calls[name][call].tobytes():
                    raise SystemExit(
                        "%s: %s: 1 thread and call %d of %d differ" %
                        (model.name, name, call, threads))


def main():
    options, random = numerics.arguments(), numerics.generator()
    weight_types.I, weight_types.H = I, H
    for cell, gates, file, kind, flags, weights in weight_types.layers(
            options, random, (0.3, 0.1), "_step"):
        names = STATES[cell]
        for batch in (1, 5) if kind == "f32" else (1,):
            model = numerics.Model(options, "%s_step_%s_%d" % (cell, kind, batch),
                                   module(cell, gates, file, batch), flags)
            shapes = {"x": (1, batch, I), **{n: (batch, H) for n in names}}
            inputs = {n: random.uniform(-1, 1, s).astype(np.float32)
                      for n, s in shapes.items()}
            wide = {n: a.astype(np.float64) for n, a in inputs.items()}
            result = getattr(weight_types, cell)(wide["x"], *weights,
                                                 *(wide[n] for n in names))
            expected = {"y": result["y"],
                        **{"next_" + n: result[n] for n in names}}
            model.check("one thread", inputs, expected)
            check_bits(model, inputs, expected)


if __name__ == "__main__":
    main()
