// Large loops between scans are divided among threads.
// RUN: seq-opt %s -seq-thread-loops | FileCheck %s

#all = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#sum = affine_map<(d0, d1) -> (d1)>

// A sum for every row: rows are divided.
// CHECK-LABEL: func.func @rows
// CHECK: scf.execute_region no_inline
// CHECK: %[[ID:.+]] = seq.thread_id
// CHECK: %[[COUNT:.+]] = seq.num_threads
// CHECK: %[[LOW:.+]] = arith.muli %[[ID]], %[[ROWS:.+]] : index
// CHECK: %[[FROM:.+]] = arith.divui %[[LOW]], %[[COUNT]]
// CHECK: %[[TO:.+]] = arith.divui %{{.+}}, %[[COUNT]]
// CHECK: scf.for %{{.+}} = %[[FROM]] to %[[TO]]
// CHECK: scf.for
// CHECK: arith.addf
// CHECK: {seq.threaded}
func.func @rows(%x: memref<?x640xf32>, %y: memref<?xf32>) {
  linalg.generic {indexing_maps = [#all, #row],
                  iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<?x640xf32>) outs(%y : memref<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %in, %out : f32
    linalg.yield %0 : f32
  }
  return
}

// An extent of 1 is stepped over.
// CHECK-LABEL: func.func @inner
// CHECK: scf.execute_region
// CHECK: scf.for %{{.+}} = %c0{{.*}} to %c1
// CHECK: seq.thread_id
// CHECK: scf.for
func.func @inner(%x: memref<1x65536xf32>, %y: memref<1x65536xf32>) {
  linalg.copy ins(%x : memref<1x65536xf32>) outs(%y : memref<1x65536xf32>)
  return
}

// Every iteration adds to the same sums.
// CHECK-LABEL: func.func @columns
// CHECK-NOT: scf.execute_region
// CHECK: linalg.generic
func.func @columns(%x: memref<?x640xf32>, %y: memref<640xf32>) {
  linalg.generic {indexing_maps = [#all, #sum],
                  iterator_types = ["reduction", "parallel"]}
      ins(%x : memref<?x640xf32>) outs(%y : memref<640xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %in, %out : f32
    linalg.yield %0 : f32
  }
  return
}

// Small ones, and those within loops, would have threads wait for each other.
// CHECK-LABEL: func.func @small
// CHECK-NOT: scf.execute_region
// CHECK: return
func.func @small(%x: memref<64x64xf32>, %y: memref<64x64xf32>,
                 %large: memref<?x64xf32>, %n: index) {
  linalg.copy ins(%x : memref<64x64xf32>) outs(%y : memref<64x64xf32>)
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    linalg.copy ins(%large : memref<?x64xf32>) outs(%large : memref<?x64xf32>)
  }
  return
}
