func.func @odd(%x: tensor<?x4xf32> {seq.name = "x", seq.dims = ["n", ""]})
    -> (tensor<?x4xf32> {seq.name = "y", seq.dims = ["n", ""]}) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x4xf32>
  %flat = tensor.collapse_shape %x [[0, 1]] : tensor<?x4xf32> into tensor<?xf32>
  %y = tensor.expand_shape %flat [[0, 1]] output_shape [%n, 4]
      : tensor<?xf32> into tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}
