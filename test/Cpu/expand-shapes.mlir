// Several dynamic extents in one dimension: their strides follow from the
// extents that the op gives.
// RUN: seq-opt %s --seq-expand-shapes --split-input-file | FileCheck %s

// CHECK-LABEL: @dynamic(
// CHECK-SAME: %[[M:.*]]: memref<4x?xf32>, %[[A:.*]]: index, %[[B:.*]]: index)
// CHECK: %[[BASE:.*]], %{{.*}}, %{{.*}}, %[[S:.*]]:2 = memref.extract_strided_metadata %[[M]]
// CHECK: memref.reinterpret_cast %[[BASE]] to offset: [0], sizes: [4, %[[A]], %[[B]]], strides: [%[[S]]#0, %[[B]], 1]
func.func @dynamic(%m: memref<4x?xf32>, %a: index, %b: index)
    -> memref<4x?x?xf32> {
  %e = memref.expand_shape %m [[0], [1, 2]] output_shape [4, %a, %b]
      : memref<4x?xf32> into memref<4x?x?xf32>
  return %e : memref<4x?x?xf32>
}

// -----

// CHECK-LABEL: @left_alone
// CHECK: memref.expand_shape
func.func @left_alone(%m: memref<?xf32>, %a: index) -> memref<?x2xf32> {
  %e = memref.expand_shape %m [[0, 1]] output_shape [%a, 2]
      : memref<?xf32> into memref<?x2xf32>
  return %e : memref<?x2xf32>
}
