// Sums of windows of four, two apart; the input twice; its last ten values.
func.func @frames(%x: tensor<?xf32> {seq.name = "x", seq.dims = ["time"]})
    -> (tensor<?xf32> {seq.name = "sums", seq.dims = ["frames"]},
        tensor<?xf32> {seq.name = "twice"},
        tensor<?xf32> {seq.name = "last", seq.dims = ["kept"]},
        tensor<?xf32> {seq.name = "roots", seq.dims = ["frames"]}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c10 = arith.constant 10 : index
  %T = tensor.dim %x, %c0 : tensor<?xf32>
  %room = arith.subi %T, %c4 : index
  %pairs = arith.floordivsi %room, %c2 : index
  %N = arith.addi %pairs, %c1 : index
  %S = tensor.empty(%N) : tensor<1x?xf32>
  %s = seq.scan domain(%n = %N) time(%t = %c1)
      ins(%v = %x[%n * 2 + 4] : tensor<?xf32>)
      outs(%S[%t, %n] : tensor<1x?xf32>) {
    %sum = seq.reduce add %v dims [0] : tensor<4xf32> -> f32
    seq.yield outs(%sum : f32)
  }
  %sums = tensor.collapse_shape %s [[0, 1]] : tensor<1x?xf32> into tensor<?xf32>
  %twice = tensor.concat dim(0) %x, %x
      : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  %kept = arith.minsi %T, %c10 : index
  %begin = arith.subi %T, %kept : index
  %last = tensor.extract_slice %x[%begin] [%kept] [1]
      : tensor<?xf32> to tensor<?xf32>
  %empty = tensor.empty(%N) : tensor<?xf32>
  %roots = linalg.sqrt ins(%sums : tensor<?xf32>)
      outs(%empty : tensor<?xf32>) -> tensor<?xf32>
  return %sums, %twice, %last, %roots
      : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}
