// The scores of all tags are a scan that has every form of seq.matrix; where the best
// way came from is looked for along the path alone.
// RUN: seq-opt %s -seq-expand | FileCheck %s
// RUN: seqc explain %s | FileCheck %s --check-prefix=FORMS

// CHECK-LABEL: func @tags
// CHECK: seq.scan domain
// CHECK-SAME: time
// CHECK-NOT: seq.best
// CHECK: seq.matrix
// CHECK-NOT: seq.best
// CHECK: seq.yield outs(%{{.+}} : tensor<4xf32>) carry(%{{.+}} : tensor<4xf32>)
// CHECK: seq.scan domain
// CHECK: seq.best
// CHECK: seq.scan domain
// CHECK: reverse
// CHECK: %[[ROW:.+]] = seq.gather
// CHECK: %[[SUM:.+]] = arith.addf %[[ROW]], %{{.+}} : tensor<4xf32>
// CHECK: seq.best %{{.+}}, %[[SUM]]

// FORMS: scan 0
// FORMS: recurrent {{ *[0-9.]+ [mu]s}}
// FORMS: parallel {{ *[0-9.]+ [mu]s}}
// FORMS: scan 1
func.func @tags(
    %e: tensor<?x?x4xf32> {seq.name = "e", seq.dims = ["time", "batch", ""]},
    %m: tensor<4x4xf32> {seq.name = "m"})
    -> (tensor<?x?xi32> {seq.name = "y", seq.dims = ["time", "batch"]}) {
  %y, %d = seq.viterbi emissions(%e) transitions(%m)
      : (tensor<?x?x4xf32>, tensor<4x4xf32>) -> (tensor<?x?xi32>, tensor<?x4xf32>)
  return %y : tensor<?x?xi32>
}
