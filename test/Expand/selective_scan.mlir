// RUN: seq-opt %s -seq-expand | FileCheck %s

// CHECK-LABEL: func @whole
// CHECK: seq.scan domain(%[[B:.+]] = %{{.+}}, %[[D:.+]] = %{{.+}}) time(%[[T:.+]] = %{{.+}})
// CHECK-NEXT: ins(%[[U:[a-z0-9]+]] = %{{[a-z0-9]+}}[%[[B]], %[[T]], %[[D]]] : tensor<1x?x8xf32>, %[[DT:[a-z0-9]+]] = %{{[a-z0-9]+}}[%[[B]], %[[T]], %[[D]]] : tensor<1x?x8xf32>, %[[A:[a-z0-9]+]] = %{{[a-z0-9]+}}[%[[D]], :] : tensor<8x4xf32>, %[[BT:[a-z0-9]+]] = %{{[a-z0-9]+}}[%[[B]], %[[T]], :] : tensor<1x?x4xf32>, %[[CT:[a-z0-9]+]] = %{{[a-z0-9]+}}[%[[B]], %[[T]], :] : tensor<1x?x4xf32>, %[[BIAS:[a-z0-9]+]] = %{{[a-z0-9]+}}[%[[D]]] : tensor<8xf32>, %[[SKIP:[a-z0-9]+]] = %{{[a-z0-9]+}}[%[[D]]] : tensor<8xf32>, %[[Z:[a-z0-9]+]] = %{{[a-z0-9]+}}[%[[B]], %[[T]], %[[D]]] : tensor<1x?x8xf32>)
// CHECK-NEXT: outs(%{{.+}}[%[[B]], %[[T]], %[[D]]] : tensor<1x?x8xf32>)
// CHECK-NEXT: carry(%[[H:.+]] = %{{.+}}[%[[B]], %[[D]], :] : tensor<1x8x4xf32>)
// CHECK: %[[SUM:.+]] = arith.addf %[[DT]], %[[BIAS]] : f32
// CHECK: %[[DELTA:.+]] = seq.softplus %[[SUM]] : f32
// CHECK: %[[DS:.+]] = tensor.splat %[[DELTA]]
// CHECK: %[[LOG:.+]] = arith.mulf %[[DS]], %[[A]]
// CHECK: %[[DU:.+]] = arith.mulf %[[DELTA]], %[[U]]
// CHECK: %[[DUS:.+]] = tensor.splat %[[DU]]
// CHECK: %[[GAIN:.+]] = arith.mulf %[[DUS]], %[[BT]]
// CHECK: %[[H1:.+]] = seq.affine exp(%[[LOG]]) * %[[H]] + %[[GAIN]] : tensor<4xf32>
// CHECK: %[[Y:.+]] = seq.dot %[[CT]], %[[H1]]
// CHECK: %[[DU2:.+]] = arith.mulf %[[SKIP]], %[[U]]
// CHECK: %[[Y1:.+]] = arith.addf %[[Y]], %[[DU2]]
// CHECK: %[[S:.+]] = seq.sigmoid %[[Z]]
// CHECK: %[[GATE:.+]] = arith.mulf %[[Z]], %[[S]]
// CHECK: %[[Y2:.+]] = arith.mulf %[[Y1]], %[[GATE]]
// CHECK: seq.yield outs(%[[Y2]] : f32) carry(%[[H1]] : tensor<4xf32>)
func.func @whole(%u: tensor<1x?x8xf32>, %dt: tensor<1x?x8xf32>,
                 %a: tensor<8x4xf32>, %b: tensor<1x?x4xf32>,
                 %c: tensor<1x?x4xf32>, %d: tensor<8xf32>,
                 %z: tensor<1x?x8xf32>, %h0: tensor<1x8x4xf32>)
    -> tensor<1x?x8xf32> {
  %y, %h = seq.selective_scan u(%u) delta(%dt) a(%a) b(%b) c(%c) skip(%d)
      delta_bias(%d) z(%z) h0(%h0) {delta_softplus}
      : (tensor<1x?x8xf32>, tensor<1x?x8xf32>, tensor<8x4xf32>,
         tensor<1x?x4xf32>, tensor<1x?x4xf32>, tensor<8xf32>, tensor<8xf32>,
         tensor<1x?x8xf32>, tensor<1x8x4xf32>)
      -> (tensor<1x?x8xf32>, tensor<1x8x4xf32>)
  return %y : tensor<1x?x8xf32>
}
