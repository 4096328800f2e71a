// Long short-term memory, bare and with everything.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @bare
func.func @bare(%x: tensor<?x1x16xf32>, %w: tensor<4x8x16xf32>,
                %r: tensor<4x8x8xf32>) -> tensor<?x1x8xf32> {
  // CHECK: seq.lstm x(%{{.+}}) w(%{{.+}}) r(%{{.+}}) : (
  %y, %h, %c = seq.lstm x(%x) w(%w) r(%r)
      : (tensor<?x1x16xf32>, tensor<4x8x16xf32>, tensor<4x8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>)
  return %y : tensor<?x1x8xf32>
}

// CHECK-LABEL: func @whole
func.func @whole(%x: tensor<2x?x16xf32>, %w: tensor<4x8x16xf32>,
                 %r: tensor<4x8x8xf32>, %b: tensor<4x8xf32>,
                 %p: tensor<3x8xf32>, %s: tensor<2x8xf32>,
                 %len: tensor<2xi32>) -> tensor<2x?x8xf32> {
  // CHECK: seq.lstm x(%{{.+}}) w(%{{.+}}) r(%{{.+}}) input_bias(%{{.+}}) recurrent_bias(%{{.+}}) peepholes(%{{.+}}) h0(%{{.+}}) c0(%{{.+}}) lengths(%{{.+}}) reverse
  // CHECK-SAME: activations = [#seq.activation<hard_sigmoid, alpha = 2.000000e-01 : f64, beta = 5.000000e-01 : f64>, #seq.activation<tanh>, #seq.activation<relu>]
  // CHECK-SAME: batch_major, clip = 3.000000e+00 : f64, coupled = #seq.coupled_gates<forget_from_input>, gate_order = "ifco"
  %y, %h, %c = seq.lstm x(%x) w(%w) r(%r) input_bias(%b) recurrent_bias(%b)
      peepholes(%p) h0(%s) c0(%s) lengths(%len) reverse
      {activations = [#seq.activation<hard_sigmoid, alpha = 0.2 : f64, beta = 0.5 : f64>,
                      #seq.activation<tanh>, #seq.activation<relu>],
       batch_major, clip = 3.0 : f64, gate_order = "ifco",
       coupled = #seq.coupled_gates<forget_from_input>}
      : (tensor<2x?x16xf32>, tensor<4x8x16xf32>, tensor<4x8x8xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<3x8xf32>, tensor<2x8xf32>,
         tensor<2x8xf32>, tensor<2xi32>)
      -> (tensor<2x?x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>)
  return %y : tensor<2x?x8xf32>
}

// CHECK-LABEL: func @projected
func.func @projected(%x: tensor<?x1x16xf32>, %w: tensor<4x8x16xf32>,
                     %r: tensor<4x8x3xf32>, %p: tensor<3x8x8xf32>,
                     %q: tensor<3x8xf32>) -> tensor<?x1x3xf32> {
  // CHECK: seq.lstm x(%{{.+}}) w(%{{.+}}) r(%{{.+}}) peepholes(%{{.+}}) projection(%{{.+}}) {coupled = #seq.coupled_gates<input_from_forget>} : (
  %y, %h, %c = seq.lstm x(%x) w(%w) r(%r) peepholes(%p) projection(%q)
      {coupled = #seq.coupled_gates<input_from_forget>}
      : (tensor<?x1x16xf32>, tensor<4x8x16xf32>, tensor<4x8x3xf32>,
         tensor<3x8x8xf32>, tensor<3x8xf32>)
      -> (tensor<?x1x3xf32>, tensor<1x3xf32>, tensor<1x8xf32>)
  return %y : tensor<?x1x3xf32>
}
