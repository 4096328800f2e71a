// The selective scan, bare and with everything.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @bare
func.func @bare(%u: tensor<1x?x8xf32>, %a: tensor<8x4xf32>,
                %b: tensor<1x?x4xf32>) -> tensor<1x?x8xf32> {
  // CHECK: seq.selective_scan u(%{{.+}}) delta(%{{.+}}) a(%{{.+}}) b(%{{.+}}) c(%{{.+}}) : (
  %y, %h = seq.selective_scan u(%u) delta(%u) a(%a) b(%b) c(%b)
      : (tensor<1x?x8xf32>, tensor<1x?x8xf32>, tensor<8x4xf32>,
         tensor<1x?x4xf32>, tensor<1x?x4xf32>)
      -> (tensor<1x?x8xf32>, tensor<1x8x4xf32>)
  return %y : tensor<1x?x8xf32>
}

// CHECK-LABEL: func @whole
func.func @whole(%u: tensor<1x?x8xf32>, %a: tensor<8x4xf32>,
                 %b: tensor<1x?x4xf32>, %d: tensor<8xf32>,
                 %h0: tensor<1x8x4xf32>) -> tensor<1x?x8xf32> {
  // CHECK: seq.selective_scan u(%{{.+}}) delta(%{{.+}}) a(%{{.+}}) b(%{{.+}}) c(%{{.+}}) skip(%{{.+}}) delta_bias(%{{.+}}) z(%{{.+}}) h0(%{{.+}}) {delta_softplus}
  %y, %h = seq.selective_scan u(%u) delta(%u) a(%a) b(%b) c(%b) skip(%d)
      delta_bias(%d) z(%u) h0(%h0) {delta_softplus}
      : (tensor<1x?x8xf32>, tensor<1x?x8xf32>, tensor<8x4xf32>,
         tensor<1x?x4xf32>, tensor<1x?x4xf32>, tensor<8xf32>, tensor<8xf32>,
         tensor<1x?x8xf32>, tensor<1x8x4xf32>)
      -> (tensor<1x?x8xf32>, tensor<1x8x4xf32>)
  return %y : tensor<1x?x8xf32>
}
