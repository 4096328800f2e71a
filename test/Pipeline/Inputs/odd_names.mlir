// Names that are no C identifiers, or collide with each other or with C, every
// element type, and no weights.
module {
  func.func private @odd(
      %0: tensor<?x?xf16> {seq.name = "input.1", seq.dims = ["double", "a*/b"]},
      %1: tensor<3xbf16> {seq.name = "input_1"},
      %2: tensor<2xi1> {seq.name = "state"},
      %3: tensor<i64> {seq.name = "0"},
      %4: tensor<?xui8>,
      %5: tensor<?x2x3xf64> {seq.name = "s", seq.dims = ["double", "batch", ""]})
      -> (tensor<?xi32> {seq.name = "int", seq.dims = ["double"]},
          tensor<1xi16>, tensor<1xi8>,
          tensor<?x2x3xf64> {seq.name = "s2", seq.dims = ["double", "batch", ""]})
      attributes {seq.states = [["s", "s2"]]}
  llvm.func @odd_workspace_bytes(%dims: !llvm.ptr, %threads: i64) -> i64 {
    %0 = llvm.mlir.constant(0 : i64) : i64
    llvm.return %0 : i64
  }
  llvm.func @odd_kernel(%tid: i64, %threads: i64, %sync: !llvm.ptr,
                        %weights: !llvm.ptr, %workspace: !llvm.ptr,
                        %dims: !llvm.ptr, %inputs: !llvm.ptr,
                        %states: !llvm.ptr, %outputs: !llvm.ptr) {
    llvm.return
  }
}
