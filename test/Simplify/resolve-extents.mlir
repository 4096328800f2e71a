// Extents of results are those of operands; what stands around them stays.
// RUN: seq-opt %s -seq-resolve-extents | FileCheck %s

// CHECK-LABEL: func.func @of_a_result
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x3xf32>
// CHECK: arith.addi %{{.+}}, %{{.+}} : index
// CHECK: %[[N:.+]] = tensor.dim %[[X]], %c0
// CHECK: return %[[N]]
func.func @of_a_result(%x: tensor<?x3xf32>) -> (index, index) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %sum = arith.addi %one, %one : index
  %n = tensor.dim %x, %zero : tensor<?x3xf32>
  %empty = tensor.empty(%n) : tensor<3x?xf32>
  %turned = linalg.transpose ins(%x : tensor<?x3xf32>)
      outs(%empty : tensor<3x?xf32>) permutation = [1, 0]
  %m = tensor.dim %turned, %one : tensor<3x?xf32>
  return %m, %sum : index, index
}

// CHECK-LABEL: func.func @of_a_view
// CHECK-SAME: %{{[^:]+}}: memref<?x8xf32>, %[[N:[^:]+]]: index
// CHECK: return %[[N]]
func.func @of_a_view(%x: memref<?x8xf32>, %n: index) -> index {
  %zero = arith.constant 0 : index
  %view = memref.subview %x[0, 0] [%n, 8] [1, 1]
      : memref<?x8xf32> to memref<?x8xf32, strided<[8, 1]>>
  %m = memref.dim %view, %zero : memref<?x8xf32, strided<[8, 1]>>
  return %m : index
}
