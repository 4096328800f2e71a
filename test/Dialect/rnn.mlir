// The plain recurrent layer, bare and with everything.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @bare
func.func @bare(%x: tensor<?x1x16xf32>, %w: tensor<8x16xf32>,
                %r: tensor<8x8xf32>) -> tensor<?x1x8xf32> {
  // CHECK: seq.rnn x(%{{.+}}) w(%{{.+}}) r(%{{.+}}) : (
  %y, %h = seq.rnn x(%x) w(%w) r(%r)
      : (tensor<?x1x16xf32>, tensor<8x16xf32>, tensor<8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return %y : tensor<?x1x8xf32>
}

// CHECK-LABEL: func @whole
func.func @whole(%x: tensor<2x?x16xf32>, %w: tensor<16x8xf32>,
                 %r: tensor<8x8xf32>, %b: tensor<8xf32>, %c: tensor<8x3xf32>,
                 %d: tensor<16x3xf32>, %e: tensor<3xf32>, %s: tensor<2x8xf32>,
                 %len: tensor<2xi32>) -> tensor<2x?x3xf32> {
  // CHECK: seq.rnn x(%{{.+}}) w(%{{.+}}) r(%{{.+}}) input_bias(%{{.+}}) recurrent_bias(%{{.+}}) readout(%{{.+}}) skip(%{{.+}}) readout_bias(%{{.+}}) h0(%{{.+}}) lengths(%{{.+}}) reverse
  // CHECK-SAME: {activations = [#seq.activation<relu>], batch_major, clip = 3.000000e+00 : f64, readout_activation = #seq.activation<softplus>, transposed}
  %y, %h = seq.rnn x(%x) w(%w) r(%r) input_bias(%b) recurrent_bias(%b)
      readout(%c) skip(%d) readout_bias(%e) h0(%s) lengths(%len) reverse
      {activations = [#seq.activation<relu>], batch_major, clip = 3.0 : f64,
       readout_activation = #seq.activation<softplus>, transposed}
      : (tensor<2x?x16xf32>, tensor<16x8xf32>, tensor<8x8xf32>, tensor<8xf32>,
         tensor<8xf32>, tensor<8x3xf32>, tensor<16x3xf32>, tensor<3xf32>,
         tensor<2x8xf32>, tensor<2xi32>)
      -> (tensor<2x?x3xf32>, tensor<2x8xf32>)
  return %y : tensor<2x?x3xf32>
}
