// s' = 0.9 s + 0.1 x, for every channel; y = s'. Time and channels are dynamic.
func.func @ema(%x: tensor<?x?xf32> {seq.name = "x", seq.dims = ["time", "channels"]},
               %s: tensor<?xf32> {seq.name = "s", seq.dims = ["channels"]})
    -> (tensor<?x?xf32> {seq.name = "y", seq.dims = ["time", "channels"]},
        tensor<?xf32> {seq.name = "sN", seq.dims = ["channels"]})
    attributes {seq.states = [["s", "sN"]]} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %time = tensor.dim %x, %c0 : tensor<?x?xf32>
  %channels = tensor.dim %x, %c1 : tensor<?x?xf32>
  %empty = tensor.empty(%time, %channels) : tensor<?x?xf32>
  %y, %sN = seq.scan domain(%c = %channels) time(%t = %time)
      ins(%xt = %x[%t, %c] : tensor<?x?xf32>)
      outs(%empty[%t, %c] : tensor<?x?xf32>)
      carry(%st = %s[%c] : tensor<?xf32>) {
    %a = arith.constant 0.9 : f32
    %b = arith.constant 0.1 : f32
    %gain = arith.mulf %b, %xt : f32
    %s1 = seq.affine %a * %st + %gain : f32
    seq.yield outs(%s1 : f32) carry(%s1 : f32)
  }
  return %y, %sN : tensor<?x?xf32>, tensor<?xf32>
}
