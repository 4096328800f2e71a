// Linear attention, bare, with the delta rule, and normalised.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @bare
func.func @bare(%q: tensor<1x?x2x4xf32>, %v: tensor<1x?x2x8xf32>)
    -> tensor<1x?x2x8xf32> {
  // CHECK: seq.linear_attention q(%{{.+}}) k(%{{.+}}) v(%{{.+}}) : (
  %y, %S = seq.linear_attention q(%q) k(%q) v(%v)
      : (tensor<1x?x2x4xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2x8xf32>)
      -> (tensor<1x?x2x8xf32>, tensor<1x2x4x8xf32>)
  return %y : tensor<1x?x2x8xf32>
}

// Four heads of queries read the states of two.
// CHECK-LABEL: func @delta
func.func @delta(%q: tensor<?x?x4x4xf32>, %k: tensor<?x?x2x4xf32>,
                 %v: tensor<?x?x2x8xf32>, %g: tensor<?x?x2x4xf32>,
                 %b: tensor<?x?x2xf32>, %S0: tensor<?x2x4x8xf32>)
    -> tensor<?x?x4x8xf32> {
  // CHECK: seq.linear_attention q(%{{.+}}) k(%{{.+}}) v(%{{.+}}) decay(%{{.+}}) beta(%{{.+}}) state(%{{.+}}) {scale = 5.000000e-01 : f32}
  %y, %S = seq.linear_attention q(%q) k(%k) v(%v) decay(%g) beta(%b) state(%S0)
      {scale = 0.5 : f32}
      : (tensor<?x?x4x4xf32>, tensor<?x?x2x4xf32>, tensor<?x?x2x8xf32>,
         tensor<?x?x2x4xf32>, tensor<?x?x2xf32>, tensor<?x2x4x8xf32>)
      -> (tensor<?x?x4x8xf32>, tensor<?x2x4x8xf32>)
  return %y : tensor<?x?x4x8xf32>
}

// CHECK-LABEL: func @normalised
func.func @normalised(%q: tensor<1x?x2x4xf32>, %v: tensor<1x?x2x8xf32>,
                      %g: tensor<2xf32>, %z0: tensor<1x2x4xf32>)
    -> tensor<1x2x4xf32> {
  // CHECK: seq.linear_attention q(%{{.+}}) k(%{{.+}}) v(%{{.+}}) decay(%{{.+}}) normaliser(%{{.+}}) {normalised}
  %y, %S, %z = seq.linear_attention q(%q) k(%q) v(%v) decay(%g)
      normaliser(%z0) {normalised}
      : (tensor<1x?x2x4xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2x8xf32>,
         tensor<2xf32>, tensor<1x2x4xf32>)
      -> (tensor<1x?x2x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4xf32>)
  return %z : tensor<1x2x4xf32>
}
