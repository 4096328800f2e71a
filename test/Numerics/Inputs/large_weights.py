"""Layers whose weights exceed a core's cache: with one row every second step walks
them backwards, with more than a block of rows ask for the next ones. Extents are
odd, so that a last tile is ragged and both walks have terms left over."""
import numpy as np

import numerics
import weight_types

I, H = 7, 453
BODIES = {
    "lstm": """  %y, %h, %c = seq.lstm x(%x) w(%w) r(%r)
      : (tensor<?xBx7xf32>, tensor<4x453x7xf32>, tensor<4x453x453xf32>)
      -> (tensor<?xBx453xf32>, tensor<Bx453xf32>, tensor<Bx453xf32>)
""",
    "gru": """  %y, %h = seq.gru x(%x) w(%w) r(%r)
      : (tensor<?xBx7xf32>, tensor<3x453x7xf32>, tensor<3x453x453xf32>)
      -> (tensor<?xBx453xf32>, tensor<Bx453xf32>)
""",
}


def module(cell, gates, file, batch):
    text = """func.func @%s(
    %%x: tensor<?xBx7xf32> {seq.name = "x", seq.dims = ["time", "", ""]})
    -> (tensor<?xBx453xf32> {seq.name = "y", seq.dims = ["time", "", ""]},
        tensor<Bx453xf32> {seq.name = "h"}) {
  %%w = seq.weight_data "%s" offset 0 : tensor<%dx453x7xf32>
  %%r = seq.weight_data "%s" offset %d : tensor<%dx453x453xf32>
%s  return %%y, %%h : tensor<?xBx453xf32>, tensor<Bx453xf32>
}
""" % (cell, file, gates, file, gates * H * I * 4, gates, BODIES[cell])
    return text.replace("Bx", "%dx" % batch)


def main():
    options, random = numerics.arguments(), numerics.generator()
    weight_types.I, weight_types.H = I, H
    for cell, gates, file, kind, flags, weights in weight_types.layers(
            options, random, (0.5, 0.1)):
        for batch in (1, 7) if kind in ("f32", "bf16") else (1,):
            model = numerics.Model(options, "%s_%s_%d" % (cell, kind, batch),
                                   module(cell, gates, file, batch), flags)
            for steps in 1, 2, 23:
                x = random.uniform(-1, 1, (steps, batch, I)).astype(np.float32)
                result = getattr(weight_types, cell)(x.astype(np.float64),
                                                     *weights)
                model.check("T=%d" % steps, dict(x=x),
                            dict(y=result["y"], h=result["h"]), threads=2)


if __name__ == "__main__":
    main()
