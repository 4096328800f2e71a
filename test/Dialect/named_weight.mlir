// Weights by name, of a file that is named later.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @named
func.func @named() -> tensor<4x8xf32> {
  // CHECK: seq.named_weight "lstm.weight" : tensor<4x8xf32>
  %w = seq.named_weight "lstm.weight" : tensor<4x8xf32>
  return %w : tensor<4x8xf32>
}
