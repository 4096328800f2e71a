// Products of matrices.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @matmul
func.func @matmul(%a: tensor<4x3xf32>, %b: tensor<3x2x5xf32>) {
  // CHECK: seq.matmul %{{.+}}, %{{.+}} : tensor<4x3xf32>, tensor<3x2x5xf32> -> tensor<4x2x5xf32>
  %0 = seq.matmul %a, %b
      : tensor<4x3xf32>, tensor<3x2x5xf32> -> tensor<4x2x5xf32>
  // CHECK: seq.matmul %{{.+}}, %{{.+}} {semiring = #seq<semiring max_plus>}
  %1 = seq.matmul %a, %b {semiring = #seq<semiring max_plus>}
      : tensor<4x3xf32>, tensor<3x2x5xf32> -> tensor<4x2x5xf32>
  return
}
