// Products one after another, whose temporaries need two places in turn.
func.func @buffers(%x: tensor<64xf32> {seq.name = "x"},
                   %w: tensor<64x64xf32> {seq.name = "w"})
    -> (tensor<64xf32> {seq.name = "y"}) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<64xf32>) -> tensor<64xf32>
  %a = linalg.matvec ins(%w, %x : tensor<64x64xf32>, tensor<64xf32>)
      outs(%f : tensor<64xf32>) -> tensor<64xf32>
  %b = linalg.matvec ins(%w, %a : tensor<64x64xf32>, tensor<64xf32>)
      outs(%f : tensor<64xf32>) -> tensor<64xf32>
  %c = linalg.matvec ins(%w, %b : tensor<64x64xf32>, tensor<64xf32>)
      outs(%f : tensor<64xf32>) -> tensor<64xf32>
  %d = linalg.matvec ins(%w, %c : tensor<64x64xf32>, tensor<64xf32>)
      outs(%f : tensor<64xf32>) -> tensor<64xf32>
  return %d : tensor<64xf32>
}
