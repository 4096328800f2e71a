// Every function of the math expansion, elementwise.
func.func @functions(%x: tensor<?xf32> {seq.name = "x", seq.dims = ["n"]})
    -> (tensor<1x?xf32> {seq.name = "exp", seq.dims = ["", "n"]},
        tensor<1x?xf32> {seq.name = "tanh", seq.dims = ["", "n"]},
        tensor<1x?xf32> {seq.name = "sigmoid", seq.dims = ["", "n"]},
        tensor<1x?xf32> {seq.name = "softplus", seq.dims = ["", "n"]},
        tensor<1x?xf32> {seq.name = "exp2", seq.dims = ["", "n"]},
        tensor<1x?xf32> {seq.name = "silu", seq.dims = ["", "n"]}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %e0 = tensor.empty(%n) : tensor<1x?xf32>
  %e1 = tensor.empty(%n) : tensor<1x?xf32>
  %e2 = tensor.empty(%n) : tensor<1x?xf32>
  %e3 = tensor.empty(%n) : tensor<1x?xf32>
  %e4 = tensor.empty(%n) : tensor<1x?xf32>
  %e5 = tensor.empty(%n) : tensor<1x?xf32>
  %y:6 = seq.scan domain(%i = %n) time(%t = %c1)
      ins(%v = %x[%i] : tensor<?xf32>)
      outs(%e0[%t, %i] : tensor<1x?xf32>, %e1[%t, %i] : tensor<1x?xf32>,
           %e2[%t, %i] : tensor<1x?xf32>, %e3[%t, %i] : tensor<1x?xf32>,
           %e4[%t, %i] : tensor<1x?xf32>, %e5[%t, %i] : tensor<1x?xf32>) {
    %0 = math.exp %v : f32
    %1 = math.tanh %v : f32
    %2 = seq.sigmoid %v : f32
    %3 = seq.softplus %v : f32
    %4 = math.exp2 %v : f32
    %5 = seq.sigmoid %v : f32
    %6 = arith.mulf %5, %v : f32
    seq.yield outs(%0, %1, %2, %3, %4, %6 : f32, f32, f32, f32, f32, f32)
  }
  return %y#0, %y#1, %y#2, %y#3, %y#4, %y#5
      : tensor<1x?xf32>, tensor<1x?xf32>, tensor<1x?xf32>, tensor<1x?xf32>,
        tensor<1x?xf32>, tensor<1x?xf32>
}
