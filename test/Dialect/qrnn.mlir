// Quasi-recurrent layers.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @narrow
func.func @narrow(%x: tensor<?x1x16xf32>, %w: tensor<2x8x1x16xf32>) {
  // CHECK: seq.qrnn x(%{{.+}}) w(%{{.+}}) {gate_order = "zf"}
  %r0, %r1 = seq.qrnn x(%x) w(%w) {gate_order = "zf"}
      : (tensor<?x1x16xf32>, tensor<2x8x1x16xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// CHECK-LABEL: func @whole
func.func @whole(%x: tensor<?x1x16xf32>, %w: tensor<4x8x3x16xf32>,
                 %b: tensor<4x8xf32>, %p: tensor<2x1x16xf32>,
                 %c: tensor<1x8xf32>) {
  // CHECK: seq.qrnn x(%{{.+}}) w(%{{.+}}) bias(%{{.+}}) past(%{{.+}}) c0(%{{.+}}) {candidate = #seq.activation<identity>, gate_order = "zfoi"}
  %r0, %r1, %r2 = seq.qrnn x(%x) w(%w) bias(%b) past(%p) c0(%c)
      {candidate = #seq.activation<identity>, gate_order = "zfoi"}
      : (tensor<?x1x16xf32>, tensor<4x8x3x16xf32>, tensor<4x8xf32>,
         tensor<2x1x16xf32>, tensor<1x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<2x1x16xf32>)
  return
}

// CHECK-LABEL: func @ragged
func.func @ragged(%x: tensor<?x2x16xf32>, %w: tensor<2x8x1x16xf32>,
                  %c: tensor<2x8xf32>, %len: tensor<2xi32>) {
  // CHECK: seq.qrnn x(%{{.+}}) w(%{{.+}}) c0(%{{.+}}) lengths(%{{.+}}) reverse {gate_order = "zf"}
  %r0, %r1 = seq.qrnn x(%x) w(%w) c0(%c) lengths(%len) reverse
      {gate_order = "zf"}
      : (tensor<?x2x16xf32>, tensor<2x8x1x16xf32>, tensor<2x8xf32>, tensor<2xi32>)
      -> (tensor<?x2x8xf32>, tensor<2x8xf32>)
  return
}
