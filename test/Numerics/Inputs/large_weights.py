"""Layers of one row whose weights exceed a core's cache: every second step walks
them backwards. Extents are odd, so that a last tile is ragged and both walks have
terms left over."""
import numpy as np

import numerics
import weight_types

I, H = 7, 389
BODIES = {
    "lstm": """  %y, %h, %c = seq.lstm x(%x) w(%w) r(%r)
      : (tensor<?x1x7xf32>, tensor<4x389x7xf32>, tensor<4x389x389xf32>)
      -> (tensor<?x1x389xf32>, tensor<1x389xf32>, tensor<1x389xf32>)
""",
    "gru": """  %y, %h = seq.gru x(%x) w(%w) r(%r)
      : (tensor<?x1x7xf32>, tensor<3x389x7xf32>, tensor<3x389x389xf32>)
      -> (tensor<?x1x389xf32>, tensor<1x389xf32>)
""",
}


def module(cell, gates, file):
    return """func.func @%s(
    %%x: tensor<?x1x7xf32> {seq.name = "x", seq.dims = ["time", "", ""]})
    -> (tensor<?x1x389xf32> {seq.name = "y", seq.dims = ["time", "", ""]},
        tensor<1x389xf32> {seq.name = "h"}) {
  %%w = seq.weight_data "%s" offset 0 : tensor<%dx389x7xf32>
  %%r = seq.weight_data "%s" offset %d : tensor<%dx389x389xf32>
%s  return %%y, %%h : tensor<?x1x389xf32>, tensor<1x389xf32>
}
""" % (cell, file, gates, file, gates * H * I * 4, gates, BODIES[cell])


def main():
    options, random = numerics.arguments(), numerics.generator()
    weight_types.I, weight_types.H = I, H
    exact = {"f32": (lambda w: w, 0)}
    for cell, gates in ("lstm", 4), ("gru", 3):
        w = random.uniform(-0.5, 0.5, (gates, H, I)).astype(np.float32)
        r = random.uniform(-0.1, 0.1, (gates, H, H)).astype(np.float32)
        file = "%s.%s.bin" % (options.dir, cell)
        with open(file, "wb") as stream:
            stream.write(w.tobytes() + r.tobytes())
        for kind, (rounding, _) in {**exact, **weight_types.TYPES}.items():
            if options.only and options.only != kind:
                continue
            flags = ["--weight-type=" + kind] if kind != "f32" else []
            model = numerics.Model(options, "%s_%s" % (cell, kind),
                                   module(cell, gates, file), flags)
            rounded = [rounding(m).astype(np.float64) for m in (w, r)]
            for steps in 1, 2, 23:
                x = random.uniform(-1, 1, (steps, 1, I)).astype(np.float32)
                result = getattr(weight_types, cell)(x.astype(np.float64),
                                                     *rounded)
                model.check("T=%d" % steps, dict(x=x),
                            dict(y=result["y"], h=result["h"]), threads=2)


if __name__ == "__main__":
    main()
