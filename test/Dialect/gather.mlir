// The row at a dynamic index.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @gather
func.func @gather(%x: tensor<8x4xf32>, %v: tensor<8xf32>, %i: index)
    -> (tensor<4xf32>, f32) {
  // CHECK: seq.gather %{{.+}}[%{{.+}}] : tensor<8x4xf32> -> tensor<4xf32>
  %0 = seq.gather %x[%i] : tensor<8x4xf32> -> tensor<4xf32>
  // CHECK: seq.gather %{{.+}}[%{{.+}}] : tensor<8xf32> -> f32
  %1 = seq.gather %v[%i] : tensor<8xf32> -> f32
  return %0, %1 : tensor<4xf32>, f32
}
