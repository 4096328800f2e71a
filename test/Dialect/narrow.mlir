// A matrix rounded to fewer bits.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @narrow
func.func @narrow(%w: tensor<4x12x16xf32>)
    -> (tensor<4x12x16xbf16>, tensor<4x12x16xi8>) {
  // CHECK: seq.narrow %{{.+}} contracted 1 : tensor<4x12x16xf32> -> tensor<4x12x16xbf16>
  %0 = seq.narrow %w contracted 1
      : tensor<4x12x16xf32> -> tensor<4x12x16xbf16>
  // CHECK: seq.narrow %{{.+}} contracted 1 : tensor<4x12x16xf32> -> tensor<4x12x16xi8>
  %1 = seq.narrow %w contracted 1 : tensor<4x12x16xf32> -> tensor<4x12x16xi8>
  return %0, %1 : tensor<4x12x16xbf16>, tensor<4x12x16xi8>
}
