// An exponential moving average, lowered by hand: y = h = (1 - a) h + a x with
// the a of each channel in the weights. The threads share the channels; each
// also adds its part of a sum that the first one finishes after a barrier.
module attributes {
  seq.weights = dense<[0.5, 0.25, 0.125, 1.0]> : tensor<4xf32>
} {
  func.func private @ema(
      %x: tensor<?x4xf32> {seq.name = "x", seq.dims = ["batch", ""]},
      %h: tensor<?x4xf32> {seq.name = "h", seq.dims = ["batch", ""]})
      -> (tensor<?x4xf32> {seq.name = "y", seq.dims = ["batch", ""]},
          tensor<?x4xf32> {seq.name = "hN", seq.dims = ["batch", ""]},
          tensor<f32> {seq.name = "sum"})
      attributes {seq.states = [["h", "hN"]]}

  llvm.func @seqc_barrier(!llvm.ptr)

  llvm.func @ema_workspace_bytes(%dims: !llvm.ptr, %threads: i64) -> i64 {
    %c4 = llvm.mlir.constant(4 : i64) : i64
    %bytes = llvm.mul %threads, %c4 : i64
    llvm.return %bytes : i64
  }

  llvm.func @ema_kernel(%tid: i64, %threads: i64, %sync: !llvm.ptr,
                        %weights: !llvm.ptr, %workspace: !llvm.ptr,
                        %dims: !llvm.ptr, %inputs: !llvm.ptr,
                        %states: !llvm.ptr, %outputs: !llvm.ptr) {
    %c0 = llvm.mlir.constant(0 : i64) : i64
    %c1 = llvm.mlir.constant(1 : i64) : i64
    %c3 = llvm.mlir.constant(3 : i64) : i64
    %c4 = llvm.mlir.constant(4 : i64) : i64
    %zero = llvm.mlir.constant(0.0 : f32) : f32
    %one = llvm.mlir.constant(1.0 : f32) : f32
    %x = llvm.load %inputs : !llvm.ptr -> !llvm.ptr
    %h = llvm.load %states : !llvm.ptr -> !llvm.ptr
    %y = llvm.load %outputs : !llvm.ptr -> !llvm.ptr
    %sumSlot = llvm.getelementptr %outputs[1] : (!llvm.ptr) -> !llvm.ptr, !llvm.ptr
    %sum = llvm.load %sumSlot : !llvm.ptr -> !llvm.ptr
    %batch = llvm.load %dims : !llvm.ptr -> i64
    %n = llvm.mul %batch, %c4 : i64
    llvm.br ^loop(%tid, %zero : i64, f32)
  ^loop(%i: i64, %part: f32):
    %more = llvm.icmp "slt" %i, %n : i64
    llvm.cond_br %more, ^body, ^done
  ^body:
    %channel = llvm.and %i, %c3 : i64
    %ap = llvm.getelementptr %weights[%channel] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    %a = llvm.load %ap : !llvm.ptr -> f32
    %keep = llvm.fsub %one, %a : f32
    %xp = llvm.getelementptr %x[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    %hp = llvm.getelementptr %h[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    %yp = llvm.getelementptr %y[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    %xv = llvm.load %xp : !llvm.ptr -> f32
    %hv = llvm.load %hp : !llvm.ptr -> f32
    %kept = llvm.fmul %keep, %hv : f32
    %new = llvm.fmul %a, %xv : f32
    %next = llvm.fadd %kept, %new : f32
    llvm.store %next, %hp : f32, !llvm.ptr
    llvm.store %next, %yp : f32, !llvm.ptr
    %partNext = llvm.fadd %part, %next : f32
    %iNext = llvm.add %i, %threads : i64
    llvm.br ^loop(%iNext, %partNext : i64, f32)
  ^done:
    %mine = llvm.getelementptr %workspace[%tid] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    llvm.store %part, %mine : f32, !llvm.ptr
    llvm.call @seqc_barrier(%sync) : (!llvm.ptr) -> ()
    %first = llvm.icmp "eq" %tid, %c0 : i64
    llvm.cond_br %first, ^total(%c0, %zero : i64, f32), ^exit
  ^total(%j: i64, %acc: f32):
    %moreParts = llvm.icmp "slt" %j, %threads : i64
    llvm.cond_br %moreParts, ^add, ^write
  ^add:
    %pp = llvm.getelementptr %workspace[%j] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    %p = llvm.load %pp : !llvm.ptr -> f32
    %accNext = llvm.fadd %acc, %p : f32
    %jNext = llvm.add %j, %c1 : i64
    llvm.br ^total(%jNext, %accNext : i64, f32)
  ^write:
    llvm.store %acc, %sum : f32, !llvm.ptr
    llvm.br ^exit
  ^exit:
    llvm.return
  }
}
