// Linear layers with whole matrices.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @bare
func.func @bare(%x: tensor<?x1x4xf32>, %a: tensor<8x8xf32>,
                %b: tensor<8x4xf32>) {
  // CHECK: seq.linear_rnn x(%{{.+}}) a(%{{.+}}) b(%{{.+}}) : (
  %r0, %r1 = seq.linear_rnn x(%x) a(%a) b(%b)
      : (tensor<?x1x4xf32>, tensor<8x8xf32>, tensor<8x4xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// CHECK-LABEL: func @whole
func.func @whole(%x: tensor<?x1x4xf32>, %a: tensor<8x8xf32>,
                 %b: tensor<8x4xf32>, %c: tensor<2x8xf32>,
                 %d: tensor<2x4xf32>, %s: tensor<1x8xf32>) {
  // CHECK: seq.linear_rnn x(%{{.+}}) a(%{{.+}}) b(%{{.+}}) c(%{{.+}}) d(%{{.+}}) s0(%{{.+}}) : (
  %r0, %r1 = seq.linear_rnn x(%x) a(%a) b(%b) c(%c) d(%d) s0(%s)
      : (tensor<?x1x4xf32>, tensor<8x8xf32>, tensor<8x4xf32>, tensor<2x8xf32>,
         tensor<2x4xf32>, tensor<1x8xf32>)
      -> (tensor<?x1x2xf32>, tensor<1x8xf32>)
  return
}
