// Gated recurrent units, bare and with everything.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @bare
func.func @bare(%x: tensor<?x1x16xf32>, %w: tensor<3x8x16xf32>,
                %r: tensor<3x8x8xf32>) -> tensor<?x1x8xf32> {
  // CHECK: seq.gru x(%{{.+}}) w(%{{.+}}) r(%{{.+}}) : (
  %y, %h = seq.gru x(%x) w(%w) r(%r)
      : (tensor<?x1x16xf32>, tensor<3x8x16xf32>, tensor<3x8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return %y : tensor<?x1x8xf32>
}

// CHECK-LABEL: func @whole
func.func @whole(%x: tensor<2x?x16xf32>, %w: tensor<3x8x16xf32>,
                 %r: tensor<3x8x8xf32>, %b: tensor<3x8xf32>,
                 %s: tensor<2x8xf32>, %len: tensor<2xi32>)
    -> tensor<2x?x8xf32> {
  // CHECK: seq.gru x(%{{.+}}) w(%{{.+}}) r(%{{.+}}) input_bias(%{{.+}}) recurrent_bias(%{{.+}}) h0(%{{.+}}) lengths(%{{.+}}) reverse
  // CHECK-SAME: {activations = [#seq.activation<sigmoid>, #seq.activation<relu>], batch_major, clip = 3.000000e+00 : f64, gate_order = "rzh", reset_after, update_gate = #seq.update_gate<opens_for_new>}
  %y, %h = seq.gru x(%x) w(%w) r(%r) input_bias(%b) recurrent_bias(%b) h0(%s)
      lengths(%len) reverse
      {activations = [#seq.activation<sigmoid>, #seq.activation<relu>],
       batch_major, clip = 3.0 : f64, gate_order = "rzh", reset_after,
       update_gate = #seq.update_gate<opens_for_new>}
      : (tensor<2x?x16xf32>, tensor<3x8x16xf32>, tensor<3x8x8xf32>,
         tensor<3x8xf32>, tensor<3x8xf32>, tensor<2x8xf32>, tensor<2xi32>)
      -> (tensor<2x?x8xf32>, tensor<2x8xf32>)
  return %y : tensor<2x?x8xf32>
}
