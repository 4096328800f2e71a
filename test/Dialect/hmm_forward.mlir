// Forward sums.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @bare
func.func @bare(%e: tensor<?x1x4xf32>, %m: tensor<4x4xf32>) {
  // CHECK: seq.hmm_forward emissions(%{{.+}}) transitions(%{{.+}}) : (
  %r0, %r1 = seq.hmm_forward emissions(%e) transitions(%m)
      : (tensor<?x1x4xf32>, tensor<4x4xf32>)
      -> (tensor<?x1xf32>, tensor<1x4xf32>)
  return
}

// CHECK-LABEL: func @whole
func.func @whole(%e: tensor<?x1x4xf32>, %m: tensor<4x4xf32>,
                 %s: tensor<1x4xf32>) {
  // CHECK: seq.hmm_forward emissions(%{{.+}}) transitions(%{{.+}}) initial(%{{.+}}) {from_rows}
  %r0, %r1 = seq.hmm_forward emissions(%e) transitions(%m) initial(%s)
      {from_rows}
      : (tensor<?x1x4xf32>, tensor<4x4xf32>, tensor<1x4xf32>)
      -> (tensor<?x1xf32>, tensor<1x4xf32>)
  return
}
