// sLSTM, with one head and with several.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @bare
func.func @bare(%x: tensor<?x1x16xf32>, %w: tensor<4x8x16xf32>,
                %r: tensor<4x1x8x8xf32>) {
  // CHECK: seq.slstm x(%{{.+}}) w(%{{.+}}) r(%{{.+}}) {forget_gate = #seq.forget_gate<sigmoid>} : (
  %r0, %r1, %r2, %r3, %r4 = seq.slstm x(%x) w(%w) r(%r)
      {forget_gate = #seq.forget_gate<sigmoid>}
      : (tensor<?x1x16xf32>, tensor<4x8x16xf32>, tensor<4x1x8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>,
          tensor<1x8xf32>)
  return
}

// CHECK-LABEL: func @whole
func.func @whole(%x: tensor<?x1x16xf32>, %w: tensor<4x8x16xf32>,
                 %r: tensor<4x2x4x4xf32>, %b: tensor<4x8xf32>,
                 %s: tensor<1x8xf32>) {
  // CHECK: seq.slstm x(%{{.+}}) w(%{{.+}}) r(%{{.+}}) bias(%{{.+}}) h0(%{{.+}}) c0(%{{.+}}) n0(%{{.+}}) m0(%{{.+}}) {candidate = #seq.activation<identity>, forget_gate = #seq.forget_gate<exponential>, gate_order = "ifzo"}
  %r0, %r1, %r2, %r3, %r4 = seq.slstm x(%x) w(%w) r(%r) bias(%b) h0(%s) c0(%s)
      n0(%s) m0(%s) {candidate = #seq.activation<identity>, forget_gate =
      #seq.forget_gate<exponential>, gate_order = "ifzo"}
      : (tensor<?x1x16xf32>, tensor<4x8x16xf32>, tensor<4x2x4x4xf32>,
         tensor<4x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>,
         tensor<1x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>,
          tensor<1x8xf32>)
  return
}

// CHECK-LABEL: func @ragged
func.func @ragged(%x: tensor<?x2x16xf32>, %w: tensor<4x8x16xf32>,
                  %r: tensor<4x1x8x8xf32>, %len: tensor<2xi64>) {
  // CHECK: seq.slstm x(%{{.+}}) w(%{{.+}}) r(%{{.+}}) lengths(%{{.+}}) reverse {forget_gate = #seq.forget_gate<sigmoid>} : (
  %r0, %r1, %r2, %r3, %r4 = seq.slstm x(%x) w(%w) r(%r) lengths(%len) reverse
      {forget_gate = #seq.forget_gate<sigmoid>}
      : (tensor<?x2x16xf32>, tensor<4x8x16xf32>, tensor<4x1x8x8xf32>,
         tensor<2xi64>)
      -> (tensor<?x2x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>,
          tensor<2x8xf32>)
  return
}
