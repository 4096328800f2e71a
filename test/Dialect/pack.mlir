// A matrix laid out for lanes.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @pack
func.func @pack(%w: tensor<4x12x16xf32>) -> tensor<2x16x4x8xf32> {
  // CHECK: seq.pack %{{.+}} lanes 8 contracted 1 : tensor<4x12x16xf32> -> tensor<2x16x4x8xf32>
  %0 = seq.pack %w lanes 8 contracted 1
      : tensor<4x12x16xf32> -> tensor<2x16x4x8xf32>
  return %0 : tensor<2x16x4x8xf32>
}
