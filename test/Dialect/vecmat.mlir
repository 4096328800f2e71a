// A vector and a matrix.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @vecmat
func.func @vecmat(%q: tensor<16xf32>, %s: tensor<16x64xf32>)
    -> tensor<64xf32> {
  // CHECK: seq.vecmat %{{.+}}, %{{.+}} : tensor<16xf32>, tensor<16x64xf32> -> tensor<64xf32>
  %0 = seq.vecmat %q, %s
      : tensor<16xf32>, tensor<16x64xf32> -> tensor<64xf32>
  return %0 : tensor<64xf32>
}
