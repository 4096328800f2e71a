// A max-plus product with the winner.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @best
func.func @best(%w: tensor<8x8xf32>, %x: tensor<8xf32>)
    -> (tensor<8xf32>, tensor<8xi32>) {
  // CHECK: seq.best %{{.+}}, %{{.+}} : tensor<8x8xf32>, tensor<8xf32> -> tensor<8xf32>, tensor<8xi32>
  %0, %1 = seq.best %w, %x
      : tensor<8x8xf32>, tensor<8xf32> -> tensor<8xf32>, tensor<8xi32>
  return %0, %1 : tensor<8xf32>, tensor<8xi32>
}
