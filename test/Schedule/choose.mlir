// RUN: seq-opt %s -split-input-file -verify-diagnostics -seq-choose-schedule=threads=8 | FileCheck %s

// T is dynamic and there are few points: parallel behind a guard, with the
// reasons. The report stays on the scan.
// CHECK-LABEL: func @guarded
// CHECK: schedule [#seq.alternative<parallel, min_time = {{[0-9]+}}, chunk = {{[0-9]+}}>, #seq.alternative<recurrent>]
// CHECK-SAME: seq.report = {bytes = {{[^,]+}}, components = ["associative: carry 0 updated by 'seq.affine' alone
// CHECK-SAME: forms = [{form = "naive", legal = true, microseconds = {{[^,]+}}, reason = "step after step, in plain loops
func.func @guarded(%X: tensor<?xf32>, %h0: tensor<f32>, %Y: tensor<?xf32>,
                   %T: index) -> (tensor<?xf32>, tensor<f32>) {
  // expected-remark @below {{schedule: parallel from T = }}
  %y, %hN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t] : tensor<?xf32>) outs(%Y[%t] : tensor<?xf32>)
      carry(%h = %h0[] : tensor<f32>) {
    %a = arith.constant 0.9 : f32
    %h1 = seq.affine %a * %h + %x : f32
    seq.yield outs(%h1 : f32) carry(%h1 : f32)
  }
  return %y, %hN : tensor<?xf32>, tensor<f32>
}

// -----

// Enough points for every thread: summaries are work on top.
// CHECK-LABEL: func @many_points
// CHECK: schedule [#seq.alternative<recurrent>]
func.func @many_points(%X: tensor<4096x512xf32>, %h0: tensor<512xf32>,
                       %Y: tensor<4096x512xf32>) -> tensor<4096x512xf32> {
  %T = arith.constant 4096 : index
  %C = arith.constant 512 : index
  // expected-remark @below {{schedule: recurrent; naive: }}
  %y, %hN = seq.scan domain(%c = %C) time(%t = %T)
      ins(%x = %X[%t, %c] : tensor<4096x512xf32>)
      outs(%Y[%t, %c] : tensor<4096x512xf32>)
      carry(%h = %h0[%c] : tensor<512xf32>) {
    %a = arith.constant 0.9 : f32
    %h1 = seq.affine %a * %h + %x : f32
    seq.yield outs(%h1 : f32) carry(%h1 : f32)
  }
  return %y : tensor<4096x512xf32>
}

// -----

// One line makes the carry opaque; the remark says which op did it.
// CHECK-LABEL: func @opaque
// CHECK: schedule [#seq.alternative<recurrent>]
func.func @opaque(%X: tensor<?xf32>, %h0: tensor<f32>, %T: index)
    -> tensor<f32> {
  // expected-remark @below {{parallel is illegal (carry 0 feeds operand 0 of 'seq.affine', part of the transition's element)}}
  %hN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t] : tensor<?xf32>) carry(%h = %h0[] : tensor<f32>) {
    %a = seq.sigmoid %h : f32
    %h1 = seq.affine %a * %h + %x : f32
    seq.yield carry(%h1 : f32)
  }
  return %hN : tensor<f32>
}

// -----

// An op of the second tier leaves the plain loops alone.
// CHECK-LABEL: func @second_tier
// CHECK: schedule [#seq.alternative<naive>]
func.func @second_tier(%X: tensor<?xindex>, %h0: tensor<8xf32>, %T: index)
    -> tensor<8xf32> {
  // expected-remark @below {{recurrent is illegal ('seq.gather' is of the second tier, which has no vector form)}}
  %hN = seq.scan domain() time(%t = %T)
      ins(%i = %X[%t] : tensor<?xindex>) carry(%h = %h0[:] : tensor<8xf32>) {
    %row = seq.gather %h[%i] : tensor<8xf32> -> f32
    %h1 = seq.insert %row into %h[%t] : f32 into tensor<8xf32>
    seq.yield carry(%h1 : tensor<8xf32>)
  }
  return %hN : tensor<8xf32>
}

// -----

// A schedule that the source gives is kept, if it is legal.
// CHECK-LABEL: func @given
// CHECK: schedule [#seq.alternative<parallel, chunk = 7>]
func.func @given(%X: tensor<?xf32>, %h0: tensor<f32>, %T: index)
    -> tensor<f32> {
  // expected-remark @below {{schedule: parallel in chunks of 7}}
  %hN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t] : tensor<?xf32>) carry(%h = %h0[] : tensor<f32>)
      schedule [#seq.alternative<parallel, chunk = 7>] {
    %h1 = seq.affine %x * %h + %x : f32
    seq.yield carry(%h1 : f32)
  }
  return %hN : tensor<f32>
}

// -----

// The state's columns are shared among threads as they are: dense summaries are
// work on top.
// CHECK-LABEL: func @large_summary
// CHECK: schedule [#seq.alternative<recurrent>]
func.func @large_summary(%T: index, %W: tensor<?x64xf32>, %V: tensor<?x64xf32>,
                         %S0: tensor<64x64xf32>) -> tensor<64x64xf32> {
  // expected-remark @below {{schedule: recurrent}}
  %S = seq.scan domain() time(%t = %T)
      ins(%w = %W[%t, :] : tensor<?x64xf32>, %v = %V[%t, :] : tensor<?x64xf32>)
      carry(%s = %S0[:, :] : tensor<64x64xf32>) {
    %n = seq.dplr_affine (%w + %w x %w) * %s + %w x %v
        : tensor<64xf32>, tensor<64x64xf32>
    seq.yield carry(%n : tensor<64x64xf32>)
  }
  return %S : tensor<64x64xf32>
}
