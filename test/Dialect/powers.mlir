// Numbers that are the powers of one.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @powers
func.func @powers(%e: f32, %decays: tensor<16xf32>) -> tensor<16xf32> {
  // CHECK: seq.powers %{{.+}} of %{{.+}} : tensor<16xf32>
  %0 = seq.powers %e of %decays : tensor<16xf32>
  return %0 : tensor<16xf32>
}
