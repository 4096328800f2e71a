// One line apart: the second decay reads the state, which makes it opaque.
func.func @two(%x: tensor<?x16xf32> {seq.name = "x", seq.dims = ["T", ""]},
               %s: tensor<16xf32> {seq.name = "s"},
               %r: tensor<16xf32> {seq.name = "r"})
    -> (tensor<?x16xf32> {seq.name = "y", seq.dims = ["T", ""]},
        tensor<16xf32> {seq.name = "sN"}, tensor<16xf32> {seq.name = "rN"})
    attributes {seq.states = [["s", "sN"], ["r", "rN"]]} {
  %c0 = arith.constant 0 : index
  %C = arith.constant 16 : index
  %T = tensor.dim %x, %c0 : tensor<?x16xf32>
  %Y = tensor.empty(%T) : tensor<?x16xf32>
  %y, %sN = seq.scan domain(%c = %C) time(%t = %T)
      ins(%v = %x[%t, %c] : tensor<?x16xf32>)
      outs(%Y[%t, %c] : tensor<?x16xf32>)
      carry(%h = %s[%c] : tensor<16xf32>) {
    %a = seq.sigmoid %v : f32
    %h1 = seq.affine %a * %h + %v : f32
    seq.yield outs(%h1 : f32) carry(%h1 : f32)
  }
  %Z = tensor.empty(%T) : tensor<?x16xf32>
  %z, %rN = seq.scan domain(%c = %C) time(%t = %T)
      ins(%v = %y[%t, %c] : tensor<?x16xf32>)
      outs(%Z[%t, %c] : tensor<?x16xf32>)
      carry(%h = %r[%c] : tensor<16xf32>) {
    %a = seq.sigmoid %h : f32
    %h1 = seq.affine %a * %h + %v : f32
    seq.yield outs(%h1 : f32) carry(%h1 : f32)
  }
  return %z, %sN, %rN : tensor<?x16xf32>, tensor<16xf32>, tensor<16xf32>
}
