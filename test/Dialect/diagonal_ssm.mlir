// Diagonal state space layers, by channel and with states that channels share.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @channels
func.func @channels(%x: tensor<?x1x8xf32>, %ar: tensor<8x4xf32>,
                    %ai: tensor<8x4xf32>, %d: tensor<8xf32>,
                    %cr: tensor<8x4xf32>, %ci: tensor<8x4xf32>) {
  // CHECK: seq.diagonal_ssm x(%{{.+}}) a(%{{.+}}, %{{.+}}) delta(%{{.+}}) c(%{{.+}}, %{{.+}}) {conjugate, discretisation = #seq.discretisation<zero_order_hold>} : (
  %r0, %r1, %r2 = seq.diagonal_ssm x(%x) a(%ar, %ai) delta(%d) c(%cr, %ci)
      {conjugate, discretisation = #seq.discretisation<zero_order_hold>}
      : (tensor<?x1x8xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<8xf32>,
         tensor<8x4xf32>, tensor<8x4xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8x4xf32>, tensor<1x8x4xf32>)
  return
}

// CHECK-LABEL: func @shared
func.func @shared(%x: tensor<?x1x8xf32>, %ar: tensor<4xf32>,
                  %ai: tensor<4xf32>, %br: tensor<4x8xf32>,
                  %bi: tensor<4x8xf32>, %cr: tensor<8x4xf32>,
                  %ci: tensor<8x4xf32>, %s: tensor<8xf32>,
                  %hr: tensor<1x4xf32>, %hi: tensor<1x4xf32>) {
  // CHECK: seq.diagonal_ssm x(%{{.+}}) a(%{{.+}}, %{{.+}}) b(%{{.+}}, %{{.+}}) c(%{{.+}}, %{{.+}}) skip(%{{.+}}) h0(%{{.+}}, %{{.+}}) {discretisation = #seq.discretisation<given>} : (
  %r0, %r1, %r2 = seq.diagonal_ssm x(%x) a(%ar, %ai) b(%br, %bi) c(%cr, %ci)
      skip(%s) h0(%hr, %hi) {discretisation = #seq.discretisation<given>}
      : (tensor<?x1x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4x8xf32>,
         tensor<4x8xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<8xf32>,
         tensor<1x4xf32>, tensor<1x4xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x4xf32>, tensor<1x4xf32>)
  return
}

// CHECK-LABEL: func @outputs
func.func @outputs(%x: tensor<?x1x8xf32>, %ar: tensor<4xf32>,
                   %ai: tensor<4xf32>, %d: tensor<4xf32>,
                   %br: tensor<4x8xf32>, %bi: tensor<4x8xf32>,
                   %cr: tensor<3x4xf32>, %ci: tensor<3x4xf32>) {
  // CHECK: seq.diagonal_ssm {{.*}}{discretisation = #seq.discretisation<bilinear>} : (
  %r0, %r1, %r2 = seq.diagonal_ssm x(%x) a(%ar, %ai) delta(%d) b(%br, %bi)
      c(%cr, %ci) {discretisation = #seq.discretisation<bilinear>}
      : (tensor<?x1x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<3x4xf32>, tensor<3x4xf32>)
      -> (tensor<?x1x3xf32>, tensor<1x4xf32>, tensor<1x4xf32>)
  return
}
