// RUN: seq-opt %s -seq-expand | FileCheck %s

// CHECK-LABEL: func @retention
// CHECK: seq.scan domain(%[[B:.+]] = %{{.+}}, %[[H:.+]] = %{{.+}}) time(%[[T:.+]] = %{{.+}})
// CHECK-NEXT: ins(%[[Q:.+]] = %{{.+}}[%[[B]], %[[T]], %[[H]], :] : {{.+}}, %[[K:.+]] = %{{.+}}[%[[B]], %[[T]], %[[H]], :] : {{.+}}, %[[V:.+]] = %{{.+}}[%[[B]], %[[T]], %[[H]], :] : {{.+}}, %[[G:.+]] = %{{.+}}[%[[H]]] : tensor<2xf32>)
// CHECK: carry(%[[S:.+]] = %{{.+}}[%[[B]], %[[H]], :, :]
// CHECK: %[[KV:.+]] = seq.outer %[[K]], %[[V]]
// CHECK: %[[S1:.+]] = seq.affine exp(%[[G]]) * %[[S]] + %[[KV]] : f32, tensor<4x8xf32>
// CHECK: %[[Y:.+]] = seq.vecmat %[[Q]], %[[S1]]
// CHECK: seq.yield outs(%[[Y]] : tensor<8xf32>) carry(%[[S1]] : tensor<4x8xf32>)
func.func @retention(%q: tensor<1x?x2x4xf32>, %k: tensor<1x?x2x4xf32>,
                     %v: tensor<1x?x2x8xf32>, %g: tensor<2xf32>)
    -> tensor<1x?x2x8xf32> {
  %y, %S = seq.linear_attention q(%q) k(%k) v(%v) decay(%g)
      : (tensor<1x?x2x4xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2x8xf32>,
         tensor<2xf32>)
      -> (tensor<1x?x2x8xf32>, tensor<1x2x4x8xf32>)
  return %y : tensor<1x?x2x8xf32>
}

// Two heads of queries for each state: S' = (diag(w) - beta k (w k)^T) S + k (beta v)^T.
// CHECK-LABEL: func @gated_delta
// CHECK: tensor.expand_shape %{{.+}} {{\[}}[0], [1], [2, 3], [4]] {{.+}} into tensor<1x?x2x2x4xf32>
// CHECK: seq.scan
// CHECK-NEXT: ins(%[[Q:.+]] = {{.+}} : tensor<1x?x2x2x4xf32>, %[[K:.+]] = {{.+}} : tensor<1x?x2x4xf32>, %[[V:.+]] = {{.+}} : tensor<1x?x2x8xf32>, %[[G:.+]] = {{.+}} : tensor<1x?x2xf32>, %[[BETA:.+]] = {{.+}} : tensor<1x?x2xf32>)
// CHECK: carry(%[[S:.+]] = %
// CHECK: %[[SCALED:.+]] = arith.mulf %[[K]], %{{.+}} : tensor<4xf32>
// CHECK: %[[LEFT:.+]] = arith.negf %[[SCALED]]
// CHECK: %[[W:.+]] = math.exp %[[G]] : f32
// CHECK: %[[RIGHT:.+]] = arith.mulf %[[K]], %{{.+}} : tensor<4xf32>
// CHECK: %[[VALUE:.+]] = arith.mulf %[[V]], %{{.+}} : tensor<8xf32>
// CHECK: %[[S1:.+]] = seq.dplr_affine(%[[W]] + %[[LEFT]] x %[[RIGHT]]) * %[[S]] + %[[K]] x %[[VALUE]]
// CHECK: seq.matmul %[[Q]], %[[S1]] : tensor<2x4xf32>, tensor<4x8xf32> -> tensor<2x8xf32>
func.func @gated_delta(%q: tensor<1x?x4x4xf32>, %k: tensor<1x?x2x4xf32>,
                       %v: tensor<1x?x2x8xf32>, %g: tensor<1x?x2xf32>)
    -> tensor<1x?x4x8xf32> {
  %y, %S = seq.linear_attention q(%q) k(%k) v(%v) decay(%g) beta(%g)
      : (tensor<1x?x4x4xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2x8xf32>,
         tensor<1x?x2xf32>, tensor<1x?x2xf32>)
      -> (tensor<1x?x4x8xf32>, tensor<1x2x4x8xf32>)
  return %y : tensor<1x?x4x8xf32>
}
