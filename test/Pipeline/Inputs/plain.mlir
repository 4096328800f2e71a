// No state, no dynamic dimension, no weights; y = exp(x) through libm.
module {
  func.func private @plain(%x: tensor<4xf32> {seq.name = "x"})
      -> (tensor<4xf32> {seq.name = "y"})
  llvm.func @expf(f32) -> f32
  llvm.func @plain_workspace_bytes(%dims: !llvm.ptr, %threads: i64) -> i64 {
    %0 = llvm.mlir.constant(0 : i64) : i64
    llvm.return %0 : i64
  }
  llvm.func @plain_kernel(%tid: i64, %threads: i64, %sync: !llvm.ptr,
                          %weights: !llvm.ptr, %workspace: !llvm.ptr,
                          %dims: !llvm.ptr, %inputs: !llvm.ptr,
                          %states: !llvm.ptr, %outputs: !llvm.ptr) {
    %c4 = llvm.mlir.constant(4 : i64) : i64
    %x = llvm.load %inputs : !llvm.ptr -> !llvm.ptr
    %y = llvm.load %outputs : !llvm.ptr -> !llvm.ptr
    llvm.br ^loop(%tid : i64)
  ^loop(%i: i64):
    %more = llvm.icmp "slt" %i, %c4 : i64
    llvm.cond_br %more, ^body, ^done
  ^body:
    %xp = llvm.getelementptr %x[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    %yp = llvm.getelementptr %y[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    %xv = llvm.load %xp : !llvm.ptr -> f32
    %yv = llvm.call @expf(%xv) : (f32) -> f32
    llvm.store %yv, %yp : f32, !llvm.ptr
    %next = llvm.add %i, %threads : i64
    llvm.br ^loop(%next : i64)
  ^done:
    llvm.return
  }
}
