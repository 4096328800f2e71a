// Light gated recurrent units.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @published
func.func @published(%x: tensor<?x1x16xf32>, %w: tensor<2x8x16xf32>,
                     %r: tensor<2x8x8xf32>, %s: tensor<2x8xf32>)
    -> tensor<?x1x8xf32> {
  // CHECK: seq.ligru x(%{{.+}}) w(%{{.+}}) r(%{{.+}}) input_bias(%{{.+}}) input_scale(%{{.+}}) : (
  %y, %h = seq.ligru x(%x) w(%w) r(%r) input_bias(%s) input_scale(%s)
      : (tensor<?x1x16xf32>, tensor<2x8x16xf32>, tensor<2x8x8xf32>,
         tensor<2x8xf32>, tensor<2x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return %y : tensor<?x1x8xf32>
}

// CHECK-LABEL: func @linear
func.func @linear(%x: tensor<?x1x16xf32>, %w: tensor<2x8x16xf32>,
                  %r: tensor<2x8x8xf32>) -> tensor<?x1x8xf32> {
  // CHECK: seq.ligru {{.*}} {activations = [#seq.activation<sigmoid>, #seq.activation<affine, alpha = 1.000000e+00 : f64, beta = 0.000000e+00 : f64>], gate_order = "hz", update_gate = #seq.update_gate<opens_for_new>}
  %y, %h = seq.ligru x(%x) w(%w) r(%r)
      {activations = [#seq.activation<sigmoid>,
                      #seq.activation<affine, alpha = 1.0 : f64, beta = 0.0 : f64>],
       gate_order = "hz", update_gate = #seq.update_gate<opens_for_new>}
      : (tensor<?x1x16xf32>, tensor<2x8x16xf32>, tensor<2x8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return %y : tensor<?x1x8xf32>
}
