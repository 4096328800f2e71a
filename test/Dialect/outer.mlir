// Every product of two vectors' elements.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @outer
func.func @outer(%k: tensor<16xf32>, %v: tensor<64xf32>) -> tensor<16x64xf32> {
  // CHECK: seq.outer %{{.+}}, %{{.+}} : tensor<16xf32>, tensor<64xf32> -> tensor<16x64xf32>
  %0 = seq.outer %k, %v
      : tensor<16xf32>, tensor<64xf32> -> tensor<16x64xf32>
  return %0 : tensor<16x64xf32>
}
