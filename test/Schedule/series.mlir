// Lanes share the steps of one series, on one thread too, where there are enough.
// RUN: seq-opt %s -split-input-file -verify-diagnostics -seq-choose-schedule | FileCheck %s

// CHECK-LABEL: func @series
// CHECK: schedule [#seq.alternative<parallel, chunk = 1099511627776>]
func.func @series(%X: tensor<100000xf32>, %h0: tensor<f32>,
                  %Y: tensor<100000xf32>) -> tensor<100000xf32> {
  %T = arith.constant 100000 : index
  // expected-remark @below {{schedule: parallel within vectors; naive: }}
  %y, %hN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t] : tensor<100000xf32>) outs(%Y[%t] : tensor<100000xf32>)
      carry(%h = %h0[] : tensor<f32>) {
    %h1 = seq.affine %x * %h + %x : f32
    seq.yield outs(%h1 : f32) carry(%h1 : f32)
  }
  return %y : tensor<100000xf32>
}

// -----

// Fewer than lanes share at a time.
// CHECK-LABEL: func @short
// CHECK: schedule [#seq.alternative<recurrent>]
func.func @short(%X: tensor<60xf32>, %h0: tensor<f32>) -> tensor<f32> {
  %T = arith.constant 60 : index
  // expected-remark @below {{schedule: recurrent; naive: }}
  %hN = seq.scan domain() time(%t = %T) ins(%x = %X[%t] : tensor<60xf32>)
      carry(%h = %h0[] : tensor<f32>) {
    %h1 = seq.affine %x * %h + %x : f32
    seq.yield carry(%h1 : f32)
  }
  return %hN : tensor<f32>
}
