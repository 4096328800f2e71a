// Lanes share the steps of a recurrence of numbers: squares of vectors are
// transposed and summarised, a scan over the lanes of each gives them the states
// that they start from, and the body runs on all of them.
// RUN: seq-opt %s -seq-lower-recurrent="lanes=8 registers=16" -canonicalize -cse | FileCheck %s
// RUN: seq-opt %s -seq-lower-recurrent="lanes=4 registers=32" -canonicalize -cse | FileCheck %s --check-prefix=NARROW
// RUN: seq-opt %s -seq-lower-recurrent="lanes=1 registers=16" -canonicalize -cse | FileCheck %s --check-prefix=NONE

// CHECK-LABEL: func @series
// CHECK-DAG: %[[BLOCK:.+]] = memref.alloca() {alignment = 64 : i64} : memref<16x8x8xf32>
// CHECK-DAG: %[[ZERO:.+]] = arith.constant dense<0.000000e+00> : vector<8xf32>
// CHECK: %[[ROW:.+]] = memref.subview %arg0[0, %{{.+}}] [%arg4, 1] [1, 1] : memref<?x1xf32> to memref<?xf32
// CHECK: scf.for %{{.+}} = %c0 to %{{.+}} step %c16
// CHECK: scf.for
// CHECK-COUNT-8: vector.load %[[ROW]]
// CHECK: vector.shuffle %{{.+}} [0, 8, 1, 9, 4, 12, 5, 13]
// CHECK: vector.shuffle %{{.+}} [0, 1, 8, 9, 4, 5, 12, 13]
// CHECK: vector.shuffle %{{.+}} [0, 1, 2, 3, 8, 9, 10, 11]
// CHECK-COUNT-8: vector.store
// CHECK-COUNT-8: math.fma {{.*}} : vector<8xf32>
// CHECK: scf.for
// CHECK: vector.shuffle %{{.+}} [8, 0, 10, 2, 12, 4, 14, 6]
// CHECK: vector.shuffle %{{.+}} [8, 9, 1, 1, 12, 13, 5, 5]
// CHECK: vector.shuffle %{{.+}} [8, 9, 10, 11, 3, 3, 3, 3]
// CHECK: arith.mulf %{{.+}}, %[[ZERO]]
// CHECK: %[[BEFORE:.+]] = vector.shuffle %{{.+}} [8, 0, 1, 2, 3, 4, 5, 6]
// CHECK: vector.store %[[BEFORE]]
// Whether all summaries are finite.
// CHECK: vector.reduction <add>
// CHECK: arith.cmpf ord
// CHECK: scf.if
// CHECK: scf.for
// CHECK-COUNT-8: math.fma {{.*}} : vector<8xf32>
// CHECK-COUNT-8: vector.store
// CHECK: } else {
// CHECK: math.fma {{.*}} : f32
// What is left of time.
// CHECK: math.fma {{.*}} : f32
// CHECK: {seq.threaded}

// NARROW-LABEL: func @series
// NARROW: vector.shuffle %{{.+}} [0, 4, 1, 5]
// NARROW: vector.shuffle %{{.+}} [4, 5, 1, 1]

// NONE-LABEL: func @series
// NONE-NOT: vector
// NONE: math.fma {{.*}} : f32
// NONE-LABEL: func @reads_time
func.func @series(%X: memref<?x1xf32>, %A: memref<?x1xf32>, %h0: memref<1xf32>,
                  %Y: memref<?x1xf32>, %T: index) {
  %D = arith.constant 1 : index
  seq.scan domain(%d = %D) time(%t = %T)
      ins(%x = %X[%t, %d] : memref<?x1xf32>)
      outs(%Y[%t, %d] : memref<?x1xf32>)
      carry(%h = %h0[%d] : memref<1xf32>)
      schedule [#seq.alternative<parallel, chunk = 1099511627776>] {
    %a = arith.constant 0.9 : f32
    %h1 = seq.affine %a * %h + %x : f32
    seq.yield outs(%h1 : f32) carry(%h1 : f32)
  }
  return
}

// Neighbours along time must lie beside each other, and steps know no number.
// CHECK-LABEL: func @reads_time
// CHECK-NOT: vector.shuffle
// CHECK-LABEL: func @apart
// CHECK-NOT: vector.shuffle
func.func @reads_time(%X: memref<?xf32>, %h0: memref<f32>, %T: index) {
  seq.scan domain() time(%t = %T)
      ins(%x = %X[%t] : memref<?xf32>)
      carry(%h = %h0[] : memref<f32>)
      schedule [#seq.alternative<parallel, chunk = 1099511627776>] {
    %zero = arith.constant 0 : index
    %half = arith.constant 0.5 : f32
    %first = arith.cmpi eq, %t, %zero : index
    %g = arith.select %first, %x, %half : f32
    %h1 = seq.affine %x * %h + %g : f32
    seq.yield carry(%h1 : f32)
  }
  return
}

func.func @apart(%X: memref<?xf32, strided<[2]>>, %h0: memref<f32>, %T: index) {
  seq.scan domain() time(%t = %T)
      ins(%x = %X[%t] : memref<?xf32, strided<[2]>>)
      carry(%h = %h0[] : memref<f32>)
      schedule [#seq.alternative<parallel, chunk = 1099511627776>] {
    %h1 = seq.affine %x * %h + %x : f32
    seq.yield carry(%h1 : f32)
  }
  return
}
