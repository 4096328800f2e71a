// mLSTM, from nothing and from a state.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @bare
func.func @bare(%q: tensor<1x?x2x4xf32>, %k: tensor<1x?x2x4xf32>,
                %v: tensor<1x?x2x8xf32>, %i: tensor<1x?x2xf32>,
                %f: tensor<1x?x2xf32>) {
  // CHECK: seq.mlstm q(%{{.+}}) k(%{{.+}}) v(%{{.+}}) input(%{{.+}}) forget(%{{.+}}) {forget_gate = #seq.forget_gate<sigmoid>} : (
  %r0, %r1, %r2, %r3 = seq.mlstm q(%q) k(%k) v(%v) input(%i) forget(%f)
      {forget_gate = #seq.forget_gate<sigmoid>}
      : (tensor<1x?x2x4xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2x8xf32>,
         tensor<1x?x2xf32>, tensor<1x?x2xf32>)
      -> (tensor<1x?x2x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4xf32>,
          tensor<1x2xf32>)
  return
}

// CHECK-LABEL: func @whole
func.func @whole(%q: tensor<1x?x2x4xf32>, %k: tensor<1x?x2x4xf32>,
                 %v: tensor<1x?x2x8xf32>, %i: tensor<1x?x2xf32>,
                 %f: tensor<1x?x2xf32>, %C: tensor<1x2x4x8xf32>,
                 %n: tensor<1x2x4xf32>, %m: tensor<1x2xf32>) {
  // CHECK: seq.mlstm {{.*}}state(%{{.+}}) normaliser(%{{.+}}) exponent(%{{.+}}) {forget_gate = #seq.forget_gate<exponential>, scale = 5.000000e-01 : f32}
  %r0, %r1, %r2, %r3 = seq.mlstm q(%q) k(%k) v(%v) input(%i) forget(%f)
      state(%C) normaliser(%n) exponent(%m)
      {forget_gate = #seq.forget_gate<exponential>, scale = 0.5 : f32}
      : (tensor<1x?x2x4xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2x8xf32>,
         tensor<1x?x2xf32>, tensor<1x?x2xf32>, tensor<1x2x4x8xf32>,
         tensor<1x2x4xf32>, tensor<1x2xf32>)
      -> (tensor<1x?x2x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4xf32>,
          tensor<1x2xf32>)
  return
}
