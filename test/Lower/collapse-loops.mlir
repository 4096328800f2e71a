// Elementwise loops over rows that lie behind each other are one.
// RUN: seq-opt %s -seq-collapse-loops -convert-linalg-to-loops | FileCheck %s

#all = affine_map<(d0, d1, d2) -> (d0, d1, d2)>

// Channels of a part of the tensor: those and their elements are contiguous, from
// one step to the next they are not.
// CHECK-LABEL: func.func @part
// CHECK: %[[LONG:.+]] = memref.collapse_shape %{{.+}} {{.+}}0], [1, 2{{.+}} into memref<?x516xf32, strided<[1032, 1]>>
// CHECK: scf.for %[[T:.+]] = %{{.+}} to %{{.+}} step
// CHECK: scf.for %[[I:.+]] = %{{.+}} to %c516
// CHECK: memref.load %[[LONG]][%[[T]], %[[I]]]
// CHECK: math.sqrt
// CHECK-NOT: scf.for
func.func @part(%x: memref<?x258x4xf32>, %y: memref<?x129x4xf32>, %n: index) {
  %half = memref.subview %x[0, 0, 0] [%n, 129, 4] [1, 1, 1]
      : memref<?x258x4xf32> to memref<?x129x4xf32, strided<[1032, 4, 1]>>
  linalg.generic {indexing_maps = [#all, #all],
                  iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%half : memref<?x129x4xf32, strided<[1032, 4, 1]>>)
      outs(%y : memref<?x129x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = math.sqrt %in : f32
    linalg.yield %0 : f32
  }
  return
}

// A copy of the whole is one loop.
// CHECK-LABEL: func.func @whole
// CHECK-COUNT-1: scf.for
// CHECK-NOT: scf.for
func.func @whole(%x: memref<5x?x4xf32>, %y: memref<5x?x4xf32>) {
  linalg.copy ins(%x : memref<5x?x4xf32>) outs(%y : memref<5x?x4xf32>)
  return
}

// Where the index counts, or rows are apart, each dimension has its loop.
// CHECK-LABEL: func.func @index
// CHECK-COUNT-3: scf.for
func.func @index(%y: memref<5x7x4xindex>) {
  linalg.generic {indexing_maps = [#all],
                  iterator_types = ["parallel", "parallel", "parallel"]}
      outs(%y : memref<5x7x4xindex>) {
  ^bb0(%out: index):
    %0 = linalg.index 2 : index
    linalg.yield %0 : index
  }
  return
}

// CHECK-LABEL: func.func @apart
// CHECK-COUNT-3: scf.for
func.func @apart(%x: memref<5x7x6xf32>, %y: memref<5x7x4xf32>) {
  %inner = memref.subview %x[0, 0, 1] [5, 7, 4] [1, 1, 1]
      : memref<5x7x6xf32> to memref<5x7x4xf32, strided<[42, 6, 1], offset: 1>>
  linalg.copy ins(%inner : memref<5x7x4xf32, strided<[42, 6, 1], offset: 1>>)
      outs(%y : memref<5x7x4xf32>)
  return
}

// A number for each channel leaves what lies behind the channel to be one.
// CHECK-LABEL: func.func @channels
// CHECK-COUNT-2: scf.for
// CHECK-NOT: scf.for
func.func @channels(%x: memref<5x7x4xf32>, %b: memref<5xf32>,
                    %y: memref<5x7x4xf32>) {
  linalg.generic {indexing_maps = [#all, affine_map<(d0, d1, d2) -> (d0)>, #all],
                  iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %b : memref<5x7x4xf32>, memref<5xf32>) outs(%y : memref<5x7x4xf32>) {
  ^bb0(%in: f32, %own: f32, %out: f32):
    %0 = arith.addf %in, %own : f32
    linalg.yield %0 : f32
  }
  return
}

// Where every row has its channels, rows stay apart.
// CHECK-LABEL: func.func @last
// CHECK-COUNT-3: scf.for
func.func @last(%x: memref<5x7x4xf32>, %b: memref<7xf32>, %y: memref<5x7x4xf32>) {
  linalg.generic {indexing_maps = [#all, affine_map<(d0, d1, d2) -> (d1)>, #all],
                  iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %b : memref<5x7x4xf32>, memref<7xf32>) outs(%y : memref<5x7x4xf32>) {
  ^bb0(%in: f32, %own: f32, %out: f32):
    %0 = arith.addf %in, %own : f32
    linalg.yield %0 : f32
  }
  return
}
