// A matrix laid out for lanes.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @pack
func.func @pack(%w: tensor<4x12x16xf32>) -> tensor<2x16x4x8xf32> {
  // CHECK: seq.pack %{{.+}} lanes 8 contracted 1 : tensor<4x12x16xf32> -> tensor<2x16x4x8xf32>
  %0 = seq.pack %w lanes 8 contracted 1
      : tensor<4x12x16xf32> -> tensor<2x16x4x8xf32>
  return %0 : tensor<2x16x4x8xf32>
}

// CHECK-LABEL: func @quads
func.func @quads(%w: tensor<4x12x18xi8>) -> tensor<2x5x4x32xi8> {
  // CHECK: seq.pack %{{.+}} lanes 8 contracted 1 quads : tensor<4x12x18xi8> -> tensor<2x5x4x32xi8>
  %0 = seq.pack %w lanes 8 contracted 1 quads
      : tensor<4x12x18xi8> -> tensor<2x5x4x32xi8>
  return %0 : tensor<2x5x4x32xi8>
}
