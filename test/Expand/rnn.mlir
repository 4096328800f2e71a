// A plain layer's scan, and a second one, without a carry, for its readout.
// RUN: seq-opt %s -seq-expand | FileCheck %s

// CHECK-LABEL: func @bare
// CHECK: seq.scan domain(%[[B:.+]] = %{{.+}}) time(%[[T:.+]] = %{{.+}})
// CHECK-NEXT: ins(%[[X:.+]] = %{{.+}}[%[[T]], %[[B]], :] : tensor<?x1x16xf32>, %[[W:.+]] = %{{.+}}[:, :] : tensor<8x16xf32>, %[[R:.+]] = %{{.+}}[:, :] : tensor<8x8xf32>)
// CHECK: carry(%[[H:.+]] = %{{.+}}[%[[B]], :] : tensor<1x8xf32>)
// CHECK: %[[WX:.+]] = seq.matvec %[[W]], %[[X]]
// CHECK: %[[RH:.+]] = seq.matvec %[[R]], %[[H]]
// CHECK: %[[SUM:.+]] = arith.addf %[[WX]], %[[RH]]
// CHECK: %[[H1:.+]] = math.tanh %[[SUM]]
// CHECK: seq.yield outs(%[[H1]] : tensor<8xf32>) carry(%[[H1]] : tensor<8xf32>)
// CHECK-NOT: seq.scan
func.func @bare(%x: tensor<?x1x16xf32>, %w: tensor<8x16xf32>,
                %r: tensor<8x8xf32>) -> tensor<?x1x8xf32> {
  %y, %h = seq.rnn x(%x) w(%w) r(%r)
      : (tensor<?x1x16xf32>, tensor<8x16xf32>, tensor<8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return %y : tensor<?x1x8xf32>
}

// CHECK-LABEL: func @readout
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2x?x16xf32>
// CHECK: linalg.transpose ins(%{{.+}} : tensor<16x8xf32>)
// CHECK: linalg.transpose ins(%{{.+}} : tensor<8x8xf32>)
// CHECK: %[[HS:.+]]:2 = seq.scan
// CHECK: reverse
// CHECK: seq.yield outs(%{{.+}} : tensor<8xf32>)
// CHECK: linalg.transpose ins(%{{.+}} : tensor<8x3xf32>)
// CHECK: linalg.transpose ins(%{{.+}} : tensor<16x3xf32>)
// CHECK: seq.scan
// CHECK-NEXT: ins(%[[H:.+]] = %[[HS]]#0[{{.+}}] : tensor<2x?x8xf32>, %[[X1:.+]] = %[[X]][{{.+}}] : tensor<2x?x16xf32>, %[[C:.+]] = {{.+}} : tensor<3x8xf32>, %[[D:.+]] = {{.+}} : tensor<3x16xf32>)
// CHECK-NEXT: lengths(
// CHECK-NEXT: outs(%{{.+}} : tensor<2x?x3xf32>)
// CHECK-NOT: carry
// CHECK: %[[CH:.+]] = seq.matvec %[[C]], %[[H]]
// CHECK: %[[DX:.+]] = seq.matvec %[[D]], %[[X1]]
// CHECK: %[[Y:.+]] = arith.addf %[[CH]], %[[DX]]
// CHECK: %[[S:.+]] = seq.sigmoid %[[Y]]
// CHECK: seq.yield outs(%[[S]] : tensor<3xf32>)
func.func @readout(%x: tensor<2x?x16xf32>, %w: tensor<16x8xf32>,
                   %r: tensor<8x8xf32>, %c: tensor<8x3xf32>,
                   %d: tensor<16x3xf32>, %len: tensor<2xi32>)
    -> tensor<2x?x3xf32> {
  %y, %h = seq.rnn x(%x) w(%w) r(%r) readout(%c) skip(%d) lengths(%len) reverse
      {batch_major, readout_activation = #seq.activation<sigmoid>, transposed}
      : (tensor<2x?x16xf32>, tensor<16x8xf32>, tensor<8x8xf32>,
         tensor<8x3xf32>, tensor<16x3xf32>, tensor<2xi32>)
      -> (tensor<2x?x3xf32>, tensor<2x8xf32>)
  return %y : tensor<2x?x3xf32>
}
