// The kernel's interface, and what memrefs and weights are made of.
// RUN: seq-opt %s -split-input-file -seq-build-kernel -verify-diagnostics | FileCheck %s

// The first weight is not used any more: the second begins the block.
// CHECK-NOT: seq.weight @unused
// CHECK: seq.weight @first
// CHECK: seq.weight @second
// CHECK: llvm.func @seqc_barrier(!llvm.ptr)
// CHECK: llvm.func @seqc_take(!llvm.ptr, i64, i64, i64, i64) -> i64
// CHECK-LABEL: func.func @model_kernel
// CHECK-SAME: (%[[THREAD:.+]]: i64, %[[THREADS:.+]]: i64, %[[SYNC:.+]]: !llvm.ptr, %[[WEIGHTS:.+]]: !llvm.ptr, %[[WORKSPACE:.+]]: !llvm.ptr, %[[DIMS:.+]]: !llvm.ptr, %[[INPUTS:.+]]: !llvm.ptr, %[[STATES:.+]]: !llvm.ptr, %[[OUTPUTS:.+]]: !llvm.ptr)
// The input's first extent is dimension 1 of the model.
// CHECK: %[[AT:.+]] = llvm.getelementptr %[[DIMS]][1]
// CHECK: llvm.load %[[AT]] : !llvm.ptr -> i64
// CHECK: %[[SLOT:.+]] = llvm.getelementptr %[[INPUTS]][0]
// CHECK: llvm.load %[[SLOT]] : !llvm.ptr -> !llvm.ptr
// CHECK: builtin.unrealized_conversion_cast %{{.+}} to memref<?x4xf32>
// CHECK: llvm.getelementptr %[[STATES]][0]
// CHECK: llvm.getelementptr %[[OUTPUTS]][0]
// CHECK: arith.index_cast %[[THREAD]] : i64 to index
// 5 floats, rounded up.
// CHECK: %[[OFFSET:.+]] = llvm.mlir.constant(64 : i64)
// CHECK: llvm.getelementptr %[[WEIGHTS]][%[[OFFSET]]]
// CHECK: llvm.call @seqc_barrier(%[[SYNC]])
// CHECK: %[[COUNT:.+]] = arith.index_cast %c40 : index to i64
// CHECK: %[[LAST:.+]] = arith.index_cast %{{.+}} : index to i64
// CHECK: %[[BACKWARDS:.+]] = arith.extui %true : i1 to i64
// CHECK: %[[ITEM:.+]] = llvm.call @seqc_take(%[[SYNC]], %[[THREAD]], %[[COUNT]], %[[LAST]], %[[BACKWARDS]])
// CHECK: arith.index_cast %[[ITEM]] : i64 to index
seq.weight @unused : tensor<100xf32> {
  %0 = seq.weight_data "w.bin" offset 0 : tensor<100xf32>
  seq.yield outs(%0 : tensor<100xf32>)
}
seq.weight @first : tensor<5xf32> {
  %0 = seq.weight_data "w.bin" offset 0 : tensor<5xf32>
  seq.yield outs(%0 : tensor<5xf32>)
}
seq.weight @second : tensor<4xf32> {
  %0 = seq.weight_data "w.bin" offset 20 : tensor<4xf32>
  seq.yield outs(%0 : tensor<4xf32>)
}
func.func @model(%x: memref<?x4xf32> {seq.argument = "input",
                                      seq.shape = array<i64: -2, 4>},
                 %h: memref<4xf32> {seq.argument = "state",
                                    seq.shape = array<i64: 4>},
                 %y: memref<5xf32> {seq.argument = "output",
                                    seq.shape = array<i64: 5>},
                 %workspace: memref<?xi8> {seq.argument = "workspace"}) {
  %first = seq.load_weight @first : memref<5xf32>
  %second = seq.load_weight @second : memref<4xf32>
  %id = seq.thread_id
  %row = memref.load %x[%id, %id] : memref<?x4xf32>
  memref.store %row, %h[%id] : memref<4xf32>
  seq.barrier
  %true = arith.constant true
  %c40 = arith.constant 40 : index
  %item = seq.take %c40 after %id backwards %true
  memref.store %row, %h[%item] : memref<4xf32>
  linalg.copy ins(%first : memref<5xf32>) outs(%y : memref<5xf32>)
  linalg.copy ins(%second : memref<4xf32>) outs(%h : memref<4xf32>)
  return
}

// -----

// expected-error @below {{argument 0 must have 'seq.argument', found none}}
func.func @plain(%x: memref<4xf32>) {
  return
}
