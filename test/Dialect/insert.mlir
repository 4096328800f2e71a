// A row replaced at a dynamic index.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @insert
func.func @insert(%x: tensor<8x4xf32>, %r: tensor<4xf32>, %i: index)
    -> tensor<8x4xf32> {
  // CHECK: seq.insert %{{.+}} into %{{.+}}[%{{.+}}] : tensor<4xf32> into tensor<8x4xf32>
  %0 = seq.insert %r into %x[%i] : tensor<4xf32> into tensor<8x4xf32>
  return %0 : tensor<8x4xf32>
}
