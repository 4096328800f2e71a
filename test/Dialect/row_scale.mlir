// What multiplies each row of a matrix of small integers.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @row_scale
func.func @row_scale(%w: tensor<4x12x16xf32>) -> tensor<4x12xf32> {
  // CHECK: seq.row_scale %{{.+}} contracted 1 : tensor<4x12x16xf32> -> tensor<4x12xf32>
  %0 = seq.row_scale %w contracted 1 : tensor<4x12x16xf32> -> tensor<4x12xf32>
  return %0 : tensor<4x12xf32>
}
