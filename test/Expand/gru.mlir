// A GRU's scan: where the reset gate stands, which gates share a product, and
// what the update gate keeps.
// RUN: seq-opt %s -seq-expand | FileCheck %s

// The candidate has a product of its own, of r ⊙ h.
// CHECK-LABEL: func @before
// CHECK-SAME: %[[R:[a-z0-9]+]]: tensor<3x8x8xf32>
// CHECK: %[[RZR:.+]] = tensor.extract_slice %[[R]][0, 0, 0] [2, 8, 8] [1, 1, 1]
// CHECK: %[[RH:.+]] = tensor.extract_slice %[[R]][2, 0, 0] [1, 8, 8] [1, 1, 1]
// CHECK: seq.scan domain(%[[B:.+]] = %{{.+}}) time(%[[T:.+]] = %{{.+}})
// CHECK-NEXT: ins(%[[X:.+]] = %{{.+}}[%[[T]], %[[B]], :] : tensor<?x1x16xf32>, %[[W:.+]] = %{{.+}}[:, :, :] : tensor<3x8x16xf32>, %[[GATES:.+]] = %[[RZR]][:, :, :] : tensor<2x8x8xf32>, %[[CANDIDATE:.+]] = %[[RH]][:, :] : tensor<8x8xf32>)
// CHECK: carry(%[[H:.+]] = %{{.+}}[%[[B]], :] : tensor<1x8xf32>)
// CHECK: %[[WX:.+]] = seq.matvec %[[W]], %[[X]]
// CHECK: %[[P:.+]] = seq.matvec %[[GATES]], %[[H]]
// CHECK-DAG: seq.extract %[[WX]][0]
// CHECK-DAG: seq.extract %[[P]][0]
// CHECK: %[[Z:.+]] = seq.sigmoid
// CHECK-DAG: seq.extract %[[WX]][1]
// CHECK-DAG: seq.extract %[[P]][1]
// CHECK: %[[RESET:.+]] = seq.sigmoid
// CHECK: %[[KEPT:.+]] = arith.mulf %[[RESET]], %[[H]]
// CHECK: seq.matvec %[[CANDIDATE]], %[[KEPT]]
// CHECK: %[[N:.+]] = math.tanh
// CHECK: %[[ONE:.+]] = arith.constant dense<1.000000e+00>
// CHECK: %[[REST:.+]] = arith.subf %[[ONE]], %[[Z]]
// CHECK-DAG: %[[OLD:.+]] = arith.mulf %[[Z]], %[[H]]
// CHECK-DAG: %[[NEW:.+]] = arith.mulf %[[REST]], %[[N]]
// CHECK: %[[H1:.+]] = arith.addf %[[OLD]], %[[NEW]]
// CHECK: seq.yield outs(%[[H1]] : tensor<8xf32>) carry(%[[H1]] : tensor<8xf32>)
func.func @before(%x: tensor<?x1x16xf32>, %w: tensor<3x8x16xf32>,
                  %r: tensor<3x8x8xf32>) -> tensor<?x1x8xf32> {
  %y, %h = seq.gru x(%x) w(%w) r(%r)
      : (tensor<?x1x16xf32>, tensor<3x8x16xf32>, tensor<3x8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return %y : tensor<?x1x8xf32>
}

// One product; the candidate's recurrent bias is reset with it.
// CHECK-LABEL: func @after
// CHECK: seq.scan
// CHECK: ins(%{{.+}} = {{.+}}, %[[W:.+]] = {{.+}} : tensor<3x8x16xf32>, %[[BW:.+]] = {{.+}} : tensor<3x8xf32>, %[[BR:.+]] = {{.+}} : tensor<3x8xf32>, %[[R:.+]] = {{.+}} : tensor<3x8x8xf32>)
// CHECK: carry(%[[H:[a-z0-9]+]] =
// CHECK: %[[WX:.+]] = seq.matvec %[[W]]
// CHECK: %[[WXB:.+]] = arith.addf %[[WX]], %[[BW]]
// CHECK: %[[RH:.+]] = seq.matvec %[[R]], %[[H]]
// CHECK: %[[RHB:.+]] = arith.addf %[[RH]], %[[BR]]
// CHECK: seq.extract %[[WXB]][1]
// CHECK: %[[Z:.+]] = seq.sigmoid
// CHECK: seq.extract %[[WXB]][0]
// CHECK: %[[RESET:.+]] = seq.sigmoid
// CHECK: %[[RHH:.+]] = seq.extract %[[RHB]][2]
// CHECK: arith.mulf %[[RESET]], %[[RHH]]
// CHECK: %[[N:.+]] = math.tanh
// CHECK: %[[REST:.+]] = arith.subf %{{.+}}, %[[Z]]
// CHECK-DAG: arith.mulf %[[REST]], %[[H]]
// CHECK-DAG: arith.mulf %[[Z]], %[[N]]
func.func @after(%x: tensor<?x1x16xf32>, %w: tensor<3x8x16xf32>,
                 %r: tensor<3x8x8xf32>, %b: tensor<3x8xf32>)
    -> tensor<?x1x8xf32> {
  %y, %h = seq.gru x(%x) w(%w) r(%r) input_bias(%b) recurrent_bias(%b)
      {gate_order = "rzh", reset_after,
       update_gate = #seq.update_gate<opens_for_new>}
      : (tensor<?x1x16xf32>, tensor<3x8x16xf32>, tensor<3x8x8xf32>,
         tensor<3x8xf32>, tensor<3x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return %y : tensor<?x1x8xf32>
}

// Gates that do not stand side by side are taken with a stride.
// CHECK-LABEL: func @order
// CHECK-SAME: %[[R:[a-z0-9]+]]: tensor<3x8x8xf32>
// CHECK: tensor.extract_slice %[[R]][0, 0, 0] [2, 8, 8] [2, 1, 1]
// CHECK: tensor.extract_slice %[[R]][1, 0, 0] [1, 8, 8] [1, 1, 1]
func.func @order(%x: tensor<?x1x16xf32>, %w: tensor<3x8x16xf32>,
                 %r: tensor<3x8x8xf32>) -> tensor<?x1x8xf32> {
  %y, %h = seq.gru x(%x) w(%w) r(%r) {gate_order = "rhz"}
      : (tensor<?x1x16xf32>, tensor<3x8x16xf32>, tensor<3x8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return %y : tensor<?x1x8xf32>
}
