// The result is not as long as the name of its dimension says.
func.func @longer(%x: tensor<?x4xf32> {seq.name = "x", seq.dims = ["n", ""]},
                  %z: tensor<?xf32> {seq.name = "z", seq.dims = ["m"]})
    -> (tensor<?x4xf32> {seq.name = "y", seq.dims = ["m", ""]}) {
  %y = tensor.concat dim(0) %x, %x
      : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}
