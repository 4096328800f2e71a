// Minimal gated recurrent units.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @bare
func.func @bare(%x: tensor<?x1x16xf32>, %w: tensor<2x8x16xf32>) {
  // CHECK: seq.min_gru x(%{{.+}}) w(%{{.+}}) : (
  %r0, %r1 = seq.min_gru x(%x) w(%w)
      : (tensor<?x1x16xf32>, tensor<2x8x16xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// CHECK-LABEL: func @whole
func.func @whole(%x: tensor<2x?x16xf32>, %w: tensor<2x8x16xf32>,
                 %b: tensor<2x8xf32>, %s: tensor<2x8xf32>, %len: tensor<2xi32>) {
  // CHECK: seq.min_gru x(%{{.+}}) w(%{{.+}}) bias(%{{.+}}) h0(%{{.+}}) lengths(%{{.+}}) reverse {batch_major, candidate = #seq.activation<half_linear>, gate_order = "hz", update_gate = #seq.update_gate<keeps_old>}
  %r0, %r1 = seq.min_gru x(%x) w(%w) bias(%b) h0(%s) lengths(%len)
      {batch_major, candidate = #seq.activation<half_linear>, gate_order = "hz",
      reverse, update_gate = #seq.update_gate<keeps_old>}
      : (tensor<2x?x16xf32>, tensor<2x8x16xf32>, tensor<2x8xf32>,
         tensor<2x8xf32>, tensor<2xi32>)
      -> (tensor<2x?x8xf32>, tensor<2x8xf32>)
  return
}
