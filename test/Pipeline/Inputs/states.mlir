// States with initial values: the batch axis in the middle, a splat of dynamic
// size that all slots share, and booleans.
module {
  func.func private @states(
      %a: tensor<2x?x3xf32> {seq.name = "a", seq.dims = ["", "batch", ""],
        seq.initial = dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>},
      %b: tensor<?xf64> {seq.name = "b", seq.dims = ["n"],
        seq.initial = dense<0.5> : tensor<1xf64>},
      %c: tensor<?x2xi1> {seq.name = "c", seq.dims = ["batch", ""],
        seq.initial = dense<[true, false]> : tensor<2xi1>},
      %d: tensor<?xf32> {seq.name = "d", seq.dims = ["batch"]})
      -> (tensor<2x?x3xf32> {seq.name = "a2", seq.dims = ["", "batch", ""]},
          tensor<?xf64> {seq.name = "b2", seq.dims = ["n"]},
          tensor<?x2xi1> {seq.name = "c2", seq.dims = ["batch", ""]},
          tensor<?xf32> {seq.name = "d2", seq.dims = ["batch"]})
      attributes {seq.states = [["a", "a2"], ["b", "b2"], ["c", "c2"],
                                ["d", "d2"]]}
  llvm.func @states_workspace_bytes(%dims: !llvm.ptr, %threads: i64) -> i64 {
    %0 = llvm.mlir.constant(0 : i64) : i64
    llvm.return %0 : i64
  }
  llvm.func @states_kernel(%tid: i64, %threads: i64, %sync: !llvm.ptr,
                           %weights: !llvm.ptr, %workspace: !llvm.ptr,
                           %dims: !llvm.ptr, %inputs: !llvm.ptr,
                           %states: !llvm.ptr, %outputs: !llvm.ptr) {
    llvm.return
  }
}
