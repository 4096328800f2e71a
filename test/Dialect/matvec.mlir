// A matrix and a vector, with leading and several contracted dimensions.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @matvec
func.func @matvec(%w: tensor<4x8x16xf32>, %x: tensor<16xf32>,
                  %k: tensor<8x16xf32>)
    -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4x8xf32>) {
  // CHECK: seq.matvec %{{.+}}, %{{.+}} : tensor<4x8x16xf32>, tensor<16xf32> -> tensor<4x8xf32>
  %0 = seq.matvec %w, %x
      : tensor<4x8x16xf32>, tensor<16xf32> -> tensor<4x8xf32>
  // CHECK: seq.matvec %{{.+}}, %{{.+}} : tensor<4x8x16xf32>, tensor<8x16xf32> -> tensor<4xf32>
  %1 = seq.matvec %w, %k
      : tensor<4x8x16xf32>, tensor<8x16xf32> -> tensor<4xf32>
  // CHECK: seq.matvec %{{.+}}, %{{.+}} {semiring = #seq<semiring max_plus>}
  %2 = seq.matvec %w, %x {semiring = #seq<semiring max_plus>}
      : tensor<4x8x16xf32>, tensor<16xf32> -> tensor<4x8xf32>
  return %0, %1, %2 : tensor<4x8xf32>, tensor<4xf32>, tensor<4x8xf32>
}
