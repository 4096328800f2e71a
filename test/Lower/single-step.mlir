// A single step reads its carry where it is.
// RUN: seq-opt %s -seq-lower-recurrent="lanes=16 registers=32" -canonicalize -cse | FileCheck %s

// One copy, which is written; all threads meet before it becomes the carry.
// CHECK-LABEL: func @copies
// CHECK-SAME: %[[H:[a-z0-9]+]]: memref<64xf32>)
// CHECK: %[[COPY:.+]] = memref.alloc() : memref<1x64xf32>
// CHECK-NOT: seq.barrier
// CHECK-NOT: memref.store
// CHECK: memref.load %[[H]]
// CHECK: vector.store %{{.+}}, %[[COPY]]
// CHECK: seq.barrier
// CHECK: memref.load %[[COPY]]
// CHECK: memref.store %{{.+}}, %[[H]]
func.func @copies(%R: memref<4x64x16xf32>, %h: memref<64xf32>) {
  %T = arith.constant 1 : index
  seq.scan domain() time(%t = %T)
      ins(%r = %R[:, :, :] packed 16 as tensor<64x64xf32> : memref<4x64x16xf32>)
      carry(%s = %h[:] : memref<64xf32>) {
    %next = seq.matvec %r, %s
        : tensor<64x64xf32>, tensor<64xf32> -> tensor<64xf32>
    seq.yield carry(%next : tensor<64xf32>)
  }
  return
}
