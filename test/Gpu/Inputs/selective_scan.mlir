// Mamba's layer with all its options, 16 states, everything else dynamic.
func.func @mamba(%u: tensor<?x?x?xf32> {seq.name = "u", seq.dims = ["batch", "time", "channels"]},
                 %delta: tensor<?x?x?xf32> {seq.name = "delta", seq.dims = ["batch", "time", "channels"]},
                 %a: tensor<?x16xf32> {seq.name = "a", seq.dims = ["channels", ""]},
                 %b: tensor<?x?x16xf32> {seq.name = "b", seq.dims = ["batch", "time", ""]},
                 %c: tensor<?x?x16xf32> {seq.name = "c", seq.dims = ["batch", "time", ""]},
                 %d: tensor<?xf32> {seq.name = "d", seq.dims = ["channels"]},
                 %bias: tensor<?xf32> {seq.name = "bias", seq.dims = ["channels"]},
                 %z: tensor<?x?x?xf32> {seq.name = "z", seq.dims = ["batch", "time", "channels"]},
                 %h: tensor<?x?x16xf32> {seq.name = "h", seq.dims = ["batch", "channels", ""]})
    -> (tensor<?x?x?xf32> {seq.name = "y", seq.dims = ["batch", "time", "channels"]},
        tensor<?x?x16xf32> {seq.name = "hN", seq.dims = ["batch", "channels", ""]})
    attributes {seq.states = [["h", "hN"]]} {
  %y, %hN = seq.selective_scan u(%u) delta(%delta) a(%a) b(%b) c(%c) skip(%d)
      delta_bias(%bias) z(%z) h0(%h) {delta_softplus}
      : (tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?x16xf32>,
         tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<?xf32>, tensor<?xf32>,
         tensor<?x?x?xf32>, tensor<?x?x16xf32>)
      -> (tensor<?x?x?xf32>, tensor<?x?x16xf32>)
  return %y, %hN : tensor<?x?x?xf32>, tensor<?x?x16xf32>
}
