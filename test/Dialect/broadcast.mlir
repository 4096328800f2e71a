// A tensor repeated along new dimensions.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @broadcast
func.func @broadcast(%x: tensor<8xf32>) -> (tensor<4x8xf32>, tensor<8x4xf32>) {
  // CHECK: seq.broadcast %{{.+}} dims [0] : tensor<8xf32> -> tensor<4x8xf32>
  %0 = seq.broadcast %x dims [0] : tensor<8xf32> -> tensor<4x8xf32>
  // CHECK: seq.broadcast %{{.+}} dims [1] : tensor<8xf32> -> tensor<8x4xf32>
  %1 = seq.broadcast %x dims [1] : tensor<8xf32> -> tensor<8x4xf32>
  return %0, %1 : tensor<4x8xf32>, tensor<8x4xf32>
}
