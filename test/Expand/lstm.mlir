// An LSTM's scan: the carries, the gates by their order, the peepholes on the
// old cell and, for o, on the new one.
// RUN: seq-opt %s -seq-expand | FileCheck %s

// CHECK-LABEL: func @bare
// CHECK: %[[ZERO:.+]] = linalg.fill
// CHECK: seq.scan domain(%[[B:.+]] = %{{.+}}) time(%[[T:.+]] = %{{.+}})
// CHECK-NEXT: ins(%[[X:.+]] = %{{.+}}[%[[T]], %[[B]], :] : tensor<?x1x16xf32>, %[[W:.+]] = %{{.+}}[:, :, :] : tensor<4x8x16xf32>, %[[R:.+]] = %{{.+}}[:, :, :] : tensor<4x8x8xf32>)
// CHECK-NEXT: outs(%{{.+}}[%[[T]], %[[B]], :] : tensor<?x1x8xf32>)
// CHECK-NEXT: carry(%[[H:.+]] = %{{.+}}[%[[B]], :] : tensor<1x8xf32>, %[[C:.+]] = %{{.+}}[%[[B]], :] : tensor<1x8xf32>)
// CHECK: %[[WX:.+]] = seq.matvec %[[W]], %[[X]]
// CHECK: %[[RH:.+]] = seq.matvec %[[R]], %[[H]]
// CHECK: %[[G:.+]] = arith.addf %[[WX]], %[[RH]]
// CHECK: %[[IX:.+]] = seq.extract %[[G]][0]
// CHECK: %[[I:.+]] = seq.sigmoid %[[IX]]
// CHECK: %[[FX:.+]] = seq.extract %[[G]][2]
// CHECK: %[[F:.+]] = seq.sigmoid %[[FX]]
// CHECK: %[[CX:.+]] = seq.extract %[[G]][3]
// CHECK: %[[N:.+]] = math.tanh %[[CX]]
// CHECK-DAG: %[[FC:.+]] = arith.mulf %[[F]], %[[C]]
// CHECK-DAG: %[[IN:.+]] = arith.mulf %[[I]], %[[N]]
// CHECK: %[[C1:.+]] = arith.addf %[[FC]], %[[IN]]
// CHECK: %[[OX:.+]] = seq.extract %[[G]][1]
// CHECK: %[[O:.+]] = seq.sigmoid %[[OX]]
// CHECK: %[[TC:.+]] = math.tanh %[[C1]]
// CHECK: %[[H1:.+]] = arith.mulf %[[O]], %[[TC]]
// CHECK: seq.yield outs(%[[H1]] : tensor<8xf32>) carry(%[[H1]], %[[C1]] : tensor<8xf32>, tensor<8xf32>)
func.func @bare(%x: tensor<?x1x16xf32>, %w: tensor<4x8x16xf32>,
                %r: tensor<4x8x8xf32>) -> tensor<?x1x8xf32> {
  %y, %h, %c = seq.lstm x(%x) w(%w) r(%r)
      : (tensor<?x1x16xf32>, tensor<4x8x16xf32>, tensor<4x8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>)
  return %y : tensor<?x1x8xf32>
}

// CHECK-LABEL: func @switches
// CHECK-SAME: %[[LEN:[a-z0-9]+]]: tensor<2xi32>
// CHECK: seq.scan domain(%[[B:.+]] = %{{.+}}) time(%[[T:.+]] = %{{.+}})
// CHECK-NEXT: ins(%{{.+}} = %{{.+}}[%[[B]], %[[T]], :] : tensor<2x?x16xf32>
// CHECK-SAME: %[[P:[a-z0-9]+]] = %{{[a-z0-9]+}}[:, :] : tensor<3x8xf32>)
// CHECK-NEXT: lengths(%[[LEN]][%[[B]]] : tensor<2xi32>)
// CHECK: carry(%{{.+}} = %{{.+}}, %[[C:.+]] = %{{.+}}[%[[B]], :] : tensor<2x8xf32>) reverse
// CHECK: %[[P0:.+]] = seq.extract %[[P]][0]
// CHECK: arith.mulf %[[P0]], %[[C]]
// CHECK: arith.constant dense<3.000000e+00>
// CHECK: %[[I:.+]] = seq.sigmoid
// CHECK: %[[ONE:.+]] = arith.constant dense<1.000000e+00>
// CHECK: %[[F:.+]] = arith.subf %[[ONE]], %[[I]]
// CHECK: %[[C1:.+]] = arith.addf
// CHECK: %[[P1:.+]] = seq.extract %[[P]][1]
// CHECK: arith.mulf %[[P1]], %[[C1]]
func.func @switches(%x: tensor<2x?x16xf32>, %w: tensor<4x8x16xf32>,
                    %r: tensor<4x8x8xf32>, %p: tensor<3x8xf32>,
                    %s: tensor<2x8xf32>, %len: tensor<2xi32>)
    -> tensor<2x?x8xf32> {
  %y, %h, %c = seq.lstm x(%x) w(%w) r(%r) peepholes(%p) h0(%s) c0(%s)
      lengths(%len) reverse
      {batch_major, clip = 3.0 : f64, gate_order = "ifco",
       coupled = #seq.coupled_gates<forget_from_input>}
      : (tensor<2x?x16xf32>, tensor<4x8x16xf32>, tensor<4x8x8xf32>,
         tensor<3x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>, tensor<2xi32>)
      -> (tensor<2x?x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>)
  return %y : tensor<2x?x8xf32>
}

// Whole peepholes: i and f see the old cell, o the new one. i follows from f.
// CHECK-LABEL: func @projected
// CHECK-SAME: %[[P:[a-z0-9]+]]: tensor<3x8x8xf32>, %[[Q:[a-z0-9]+]]: tensor<3x8xf32>
// CHECK: %[[PIF:.+]] = tensor.extract_slice %[[P]][0, 0, 0] [2, 8, 8] [2, 1, 1]
// CHECK: %[[PO:.+]] = tensor.extract_slice %[[P]][1, 0, 0] [1, 8, 8] [1, 1, 1]
// CHECK: seq.scan
// CHECK-SAME: domain(%[[B:.+]] = %{{.+}}) time
// CHECK-NEXT: ins({{.*}}%[[OLD:.+]] = %[[PIF]][:, :, :] : tensor<2x8x8xf32>, %[[NEW:.+]] = %[[PO]][:, :] : tensor<8x8xf32>, %[[Q1:.+]] = %[[Q]][:, :] : tensor<3x8xf32>)
// CHECK: carry(%{{.+}} = %{{.+}}[%[[B]], :] : tensor<1x3xf32>, %[[C:.+]] = %{{.+}}[%[[B]], :] : tensor<1x8xf32>)
// CHECK: %[[PC:.+]] = seq.matvec %[[OLD]], %[[C]]
// CHECK: %[[PF:.+]] = seq.extract %[[PC]][1]
// CHECK: %[[F:.+]] = seq.sigmoid
// CHECK: %[[ONE:.+]] = arith.constant dense<1.000000e+00>
// CHECK: %[[I:.+]] = arith.subf %[[ONE]], %[[F]]
// CHECK-DAG: %[[FC:.+]] = arith.mulf %[[F]], %[[C]]
// CHECK-DAG: %[[IN:.+]] = arith.mulf %[[I]], %{{.+}}
// CHECK: %[[C1:.+]] = arith.addf %[[FC]], %[[IN]]
// CHECK: seq.matvec %[[NEW]], %[[C1]]
// CHECK: %[[H:.+]] = seq.matvec %[[Q1]], %{{.+}} : tensor<3x8xf32>, tensor<8xf32> -> tensor<3xf32>
// CHECK: seq.yield outs(%[[H]] : tensor<3xf32>) carry(%[[H]], %[[C1]] : tensor<3xf32>, tensor<8xf32>)
func.func @projected(%x: tensor<?x1x16xf32>, %w: tensor<4x8x16xf32>,
                     %r: tensor<4x8x3xf32>, %p: tensor<3x8x8xf32>,
                     %q: tensor<3x8xf32>) -> tensor<?x1x3xf32> {
  %y, %h, %c = seq.lstm x(%x) w(%w) r(%r) peepholes(%p) projection(%q)
      {coupled = #seq.coupled_gates<input_from_forget>}
      : (tensor<?x1x16xf32>, tensor<4x8x16xf32>, tensor<4x8x3xf32>,
         tensor<3x8x8xf32>, tensor<3x8xf32>)
      -> (tensor<?x1x3xf32>, tensor<1x3xf32>, tensor<1x8xf32>)
  return %y : tensor<?x1x3xf32>
}
