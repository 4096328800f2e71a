// Elements combined along dimensions, in each of the ways.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @reduce
func.func @reduce(%x: tensor<8x4xf32>)
    -> (f32, tensor<4xf32>, tensor<8xf32>, f32) {
  // CHECK: seq.reduce add %{{.+}} dims [0, 1] : tensor<8x4xf32> -> f32
  %0 = seq.reduce add %x dims [0, 1] : tensor<8x4xf32> -> f32
  // CHECK: seq.reduce max %{{.+}} dims [0] : tensor<8x4xf32> -> tensor<4xf32>
  %1 = seq.reduce max %x dims [0] : tensor<8x4xf32> -> tensor<4xf32>
  // CHECK: seq.reduce min %{{.+}} dims [1] : tensor<8x4xf32> -> tensor<8xf32>
  %2 = seq.reduce min %x dims [1] : tensor<8x4xf32> -> tensor<8xf32>
  // CHECK: seq.reduce mul %{{.+}} dims [0, 1] : tensor<8x4xf32> -> f32
  %3 = seq.reduce mul %x dims [0, 1] : tensor<8x4xf32> -> f32
  return %0, %1, %2, %3 : f32, tensor<4xf32>, tensor<8xf32>, f32
}
