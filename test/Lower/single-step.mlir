// A single step reads its carry where it is, and large weights from either end.
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

// Of large weights, every other call walks the groups of tiles from their end,
// with the terms of each in order; when all threads have met, the first says so
// to the next call.
// CHECK-LABEL: func @turns
// CHECK: %[[TURN:.+]] = memref.alloc() {seq.kept} : memref<1xi8>
// CHECK: %[[BYTE:.+]] = memref.load %[[TURN]]
// CHECK: %[[BACK:.+]] = arith.cmpi eq, %[[BYTE]], %{{.+}} : i8
// CHECK: seq.take %{{.+}} after %{{.+}} backwards %[[BACK]]
// CHECK-NOT: arith.subi
// CHECK: seq.barrier
// CHECK: scf.if
// CHECK: %[[OTHER:.+]] = arith.cmpi ne, %[[BYTE]], %{{.+}} : i8
// CHECK: %[[NEXT:.+]] = arith.extui %[[OTHER]] : i1 to i8
// CHECK: memref.store %[[NEXT]], %[[TURN]]
func.func @turns(%R: memref<32x512x16xf32>, %h: memref<512xf32>) {
  %T = arith.constant 1 : index
  seq.scan domain() time(%t = %T)
      ins(%r = %R[:, :, :] packed 16 as tensor<512x512xf32> : memref<32x512x16xf32>)
      carry(%s = %h[:] : memref<512xf32>) {
    %next = seq.matvec %r, %s
        : tensor<512x512xf32>, tensor<512xf32> -> tensor<512xf32>
    seq.yield carry(%next : tensor<512xf32>)
  }
  return
}

// Of one row, both halves of a tile's words are used before those of the next.
// CHECK-LABEL: func @words
// CHECK: scf.for
// CHECK: vector.load %arg0[%[[FIRST:[^,]+]], {{.*}} vector<32xbf16>
// CHECK: math.fma
// CHECK-NOT: vector.load
// CHECK: vector.load %arg0[%[[FIRST]], {{.*}} vector<32xbf16>
// CHECK: math.fma
// CHECK-NOT: vector.load
// CHECK: vector.load %arg0[%[[SECOND:[^,]+]], {{.*}} vector<32xbf16>
// CHECK: math.fma
// CHECK-NOT: vector.load
// CHECK: vector.load %arg0[%[[SECOND]], {{.*}} vector<32xbf16>
// CHECK: math.fma
func.func @words(%R: memref<2x8x32xbf16>, %h: memref<32xf32>, %x: memref<16xf32>) {
  %T = arith.constant 1 : index
  seq.scan domain() time(%t = %T)
      ins(%r = %R[:, :, :] packed 16 as tensor<32x16xf32> : memref<2x8x32xbf16>,
          %u = %x[:] : memref<16xf32>)
      carry(%s = %h[:] : memref<32xf32>) {
    %p = seq.matvec %r, %u
        : tensor<32x16xf32>, tensor<16xf32> -> tensor<32xf32>
    %next = arith.addf %p, %s : tensor<32xf32>
    seq.yield carry(%next : tensor<32xf32>)
  }
  return
}
