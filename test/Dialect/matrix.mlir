// The matrix transition, with and without a scale for every row.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @matrix
func.func @matrix(%m: tensor<4x4xf32>, %r: tensor<4xf32>, %s: tensor<4x8xf32>) {
  // CHECK: seq.matrix %{{.+}} * %{{.+}} : tensor<4x4xf32>, tensor<4xf32>
  %0 = seq.matrix %m * %r : tensor<4x4xf32>, tensor<4xf32>
  // CHECK: seq.matrix %{{.+}} * %{{.+}} rows(%{{.+}}) {semiring = #seq<semiring log_plus>} : tensor<4x4xf32>, tensor<4x8xf32>
  %1 = seq.matrix %m * %s rows(%r) {semiring = #seq<semiring log_plus>}
      : tensor<4x4xf32>, tensor<4x8xf32>
  return
}
