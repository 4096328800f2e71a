// The part of a tensor at fixed leading indices.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @extract
func.func @extract(%x: tensor<4x8xf32>) -> (tensor<8xf32>, f32) {
  // CHECK: seq.extract %{{.+}}[2] : tensor<4x8xf32> -> tensor<8xf32>
  %0 = seq.extract %x[2] : tensor<4x8xf32> -> tensor<8xf32>
  // CHECK: seq.extract %{{.+}}[2, 7] : tensor<4x8xf32> -> f32
  %1 = seq.extract %x[2, 7] : tensor<4x8xf32> -> f32
  return %0, %1 : tensor<8xf32>, f32
}
