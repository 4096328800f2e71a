// A gated memory: in each of 256 channels a gate decides how much is kept.
//   a = sigmoid(gate_t),  h_t = a h_(t-1) + (1 - a) x_t
func.func @gated_memory(
    %x: tensor<?x256xf32> {seq.name = "x", seq.dims = ["time", ""]},
    %gate: tensor<?x256xf32> {seq.name = "gate", seq.dims = ["time", ""]},
    %h0: tensor<256xf32> {seq.name = "h0"})
    -> (tensor<?x256xf32> {seq.name = "y", seq.dims = ["time", ""]},
        tensor<256xf32> {seq.name = "hN"}) {
  %0 = arith.constant 0 : index
  %C = arith.constant 256 : index
  %T = tensor.dim %x, %0 : tensor<?x256xf32>
  %out = tensor.empty(%T) : tensor<?x256xf32>
  %y, %hN = seq.scan domain(%c = %C) time(%t = %T)
      ins(%xt = %x[%t, %c] : tensor<?x256xf32>,
          %gt = %gate[%t, %c] : tensor<?x256xf32>)
      outs(%out[%t, %c] : tensor<?x256xf32>)
      carry(%h = %h0[%c] : tensor<256xf32>) {
    %a = seq.sigmoid %gt : f32
    %one = arith.constant 1.0 : f32
    %rest = arith.subf %one, %a : f32
    %new = arith.mulf %rest, %xt : f32
    %h1 = seq.affine %a * %h + %new : f32
    seq.yield outs(%h1 : f32) carry(%h1 : f32)
  }
  return %y, %hN : tensor<?x256xf32>, tensor<256xf32>
}
