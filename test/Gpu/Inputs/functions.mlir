// Every function that kernels bring along.
func.func @functions(%x: tensor<?x?xf32> {seq.name = "x", seq.dims = ["rows", "columns"]})
    -> (tensor<?x?xf32> {seq.name = "exp", seq.dims = ["rows", "columns"]},
        tensor<?x?xf32> {seq.name = "log", seq.dims = ["rows", "columns"]},
        tensor<?x?xf32> {seq.name = "log1p", seq.dims = ["rows", "columns"]},
        tensor<?x?xf32> {seq.name = "tanh", seq.dims = ["rows", "columns"]},
        tensor<?x?xf32> {seq.name = "sigmoid", seq.dims = ["rows", "columns"]},
        tensor<?x?xf32> {seq.name = "softplus", seq.dims = ["rows", "columns"]}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = tensor.dim %x, %c0 : tensor<?x?xf32>
  %columns = tensor.dim %x, %c1 : tensor<?x?xf32>
  %0 = tensor.empty(%rows, %columns) : tensor<?x?xf32>
  %1 = tensor.empty(%rows, %columns) : tensor<?x?xf32>
  %2 = tensor.empty(%rows, %columns) : tensor<?x?xf32>
  %3 = tensor.empty(%rows, %columns) : tensor<?x?xf32>
  %4 = tensor.empty(%rows, %columns) : tensor<?x?xf32>
  %5 = tensor.empty(%rows, %columns) : tensor<?x?xf32>
  %r:6 = seq.scan domain(%c = %columns) time(%t = %rows)
      ins(%v = %x[%t, %c] : tensor<?x?xf32>)
      outs(%0[%t, %c] : tensor<?x?xf32>, %1[%t, %c] : tensor<?x?xf32>,
           %2[%t, %c] : tensor<?x?xf32>, %3[%t, %c] : tensor<?x?xf32>,
           %4[%t, %c] : tensor<?x?xf32>, %5[%t, %c] : tensor<?x?xf32>) {
    %exp = math.exp %v : f32
    %log = math.log %v : f32
    %log1p = math.log1p %v : f32
    %tanh = math.tanh %v : f32
    %sigmoid = seq.sigmoid %v : f32
    %softplus = seq.softplus %v : f32
    seq.yield outs(%exp, %log, %log1p, %tanh, %sigmoid, %softplus
                   : f32, f32, f32, f32, f32, f32)
  }
  return %r#0, %r#1, %r#2, %r#3, %r#4, %r#5 : tensor<?x?xf32>, tensor<?x?xf32>,
      tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>
}
