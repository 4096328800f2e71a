// Minimal long short-term memories.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @bare
func.func @bare(%x: tensor<?x1x16xf32>, %w: tensor<3x8x16xf32>) {
  // CHECK: seq.min_lstm x(%{{.+}}) w(%{{.+}}) : (
  %r0, %r1 = seq.min_lstm x(%x) w(%w)
      : (tensor<?x1x16xf32>, tensor<3x8x16xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// CHECK-LABEL: func @whole
func.func @whole(%x: tensor<?x1x16xf32>, %w: tensor<3x8x16xf32>,
                 %b: tensor<3x8xf32>, %s: tensor<1x8xf32>) {
  // CHECK: seq.min_lstm x(%{{.+}}) w(%{{.+}}) bias(%{{.+}}) h0(%{{.+}}) {candidate = #seq.activation<tanh>, gate_order = "hfi", normalised}
  %r0, %r1 = seq.min_lstm x(%x) w(%w) bias(%b) h0(%s)
      {candidate = #seq.activation<tanh>, gate_order = "hfi", normalised}
      : (tensor<?x1x16xf32>, tensor<3x8x16xf32>, tensor<3x8xf32>,
         tensor<1x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}
