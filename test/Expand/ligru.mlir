// A Li-GRU's scan: two gates of one product, the input's part scaled.
// RUN: seq-opt %s -seq-expand | FileCheck %s

// CHECK-LABEL: func @scaled
// CHECK: seq.scan
// CHECK: ins(%[[X:.+]] = {{.+}} : tensor<?x1x16xf32>, %[[W:.+]] = {{.+}} : tensor<2x8x16xf32>, %[[R:.+]] = {{.+}} : tensor<2x8x8xf32>, %[[S:.+]] = {{.+}} : tensor<2x8xf32>)
// CHECK: carry(%[[H:[a-z0-9]+]] =
// CHECK: %[[WX:.+]] = seq.matvec %[[W]], %[[X]]
// CHECK: %[[SWX:.+]] = arith.mulf %[[WX]], %[[S]]
// CHECK: %[[RH:.+]] = seq.matvec %[[R]], %[[H]]
// CHECK: %[[G:.+]] = arith.addf %[[SWX]], %[[RH]]
// CHECK: %[[ZX:.+]] = seq.extract %[[G]][1]
// CHECK: %[[Z:.+]] = seq.sigmoid %[[ZX]]
// CHECK: %[[NX:.+]] = seq.extract %[[G]][0]
// CHECK: %[[N:.+]] = arith.maximumf %[[NX]]
// CHECK: %[[REST:.+]] = arith.subf %{{.+}}, %[[Z]]
// CHECK-DAG: arith.mulf %[[Z]], %[[H]]
// CHECK-DAG: arith.mulf %[[REST]], %[[N]]
func.func @scaled(%x: tensor<?x1x16xf32>, %w: tensor<2x8x16xf32>,
                  %r: tensor<2x8x8xf32>, %s: tensor<2x8xf32>)
    -> tensor<?x1x8xf32> {
  %y, %h = seq.ligru x(%x) w(%w) r(%r) input_scale(%s) {gate_order = "hz"}
      : (tensor<?x1x16xf32>, tensor<2x8x16xf32>, tensor<2x8x8xf32>,
         tensor<2x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return %y : tensor<?x1x8xf32>
}
