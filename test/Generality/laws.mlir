// The laws of a monoid acting on states, in numbers, for every transition.
// RUN: seq-test-opt %s -test-transition-laws -verify-diagnostics

func.func @scalars(%a: f32, %b: f32, %c: f32) -> (f32, f32, f32, f32, f32, f32) {
  // expected-remark @below {{keeps the laws of a transition}}
  %0 = seq.affine %a * %b + %c : f32
  // expected-remark @below {{keeps the laws of a transition}}
  %1 = seq.affine exp(%a) * %b + %c : f32
  // expected-remark @below {{keeps the laws of a transition}}
  %2, %3 = test_seq.ebb %a, %b by %c with %a, %b : f32
  // expected-remark @below {{keeps the laws of a transition}}
  %4 = seq.affine %a * %b + %c {semiring = #seq<semiring max_plus>} : f32
  // expected-remark @below {{keeps the laws of a transition}}
  %5 = seq.affine %a * %b + %c {semiring = #seq<semiring log_plus>} : f32
  return %0, %1, %2, %3, %4, %5 : f32, f32, f32, f32, f32, f32
}

// Decays of a state's rows, and matrices.
func.func @affine(%r: tensor<3xf32>, %m: tensor<3x3xf32>, %s: tensor<3x2xf32>) {
  // expected-remark @below {{keeps the laws of a transition}}
  %0 = seq.affine exp(%r) * %s + %s : tensor<3xf32>, tensor<3x2xf32>
  // expected-remark @below {{keeps the laws of a transition}}
  %1 = seq.affine %r * %s + %s {semiring = #seq<semiring log_plus>}
      : tensor<3xf32>, tensor<3x2xf32>
  // expected-remark @below {{keeps the laws of a transition}}
  %2 = seq.affine matrix(%m) * %r + %r : tensor<3x3xf32>, tensor<3xf32>
  // expected-remark @below {{keeps the laws of a transition}}
  %3 = seq.affine matrix(%m) * %s + %s : tensor<3x3xf32>, tensor<3x2xf32>
  // expected-remark @below {{keeps the laws of a transition}}
  %4 = seq.affine matrix(%m) * %r + %r {semiring = #seq<semiring max_plus>}
      : tensor<3x3xf32>, tensor<3xf32>
  // expected-remark @below {{keeps the laws of a transition}}
  %5 = seq.affine matrix(%m) * %r + %r {semiring = #seq<semiring log_plus>}
      : tensor<3x3xf32>, tensor<3xf32>
  return
}

func.func @complex(%x: f32, %r: tensor<3xf32>, %s: tensor<3x2xf32>) {
  // expected-remark @below {{keeps the laws of a transition}}
  %0, %1 = seq.complex_affine (%x, %x) * (%x, %x) + (%x, %x) : f32
  // expected-remark @below {{keeps the laws of a transition}}
  %2, %3 = seq.complex_affine exp(%r, %r) * (%s, %s) + (%s, %s)
      : tensor<3xf32>, tensor<3x2xf32>
  return
}

func.func @matrix(%m: tensor<3x3xf32>, %r: tensor<3xf32>, %s: tensor<3x2xf32>) {
  // expected-remark @below {{keeps the laws of a transition}}
  %0 = seq.matrix %m * %r : tensor<3x3xf32>, tensor<3xf32>
  // expected-remark @below {{keeps the laws of a transition}}
  %1 = seq.matrix %m * %s rows(%r) : tensor<3x3xf32>, tensor<3x2xf32>
  // expected-remark @below {{keeps the laws of a transition}}
  %2 = seq.matrix %m * %r rows(%r) {semiring = #seq<semiring max_plus>}
      : tensor<3x3xf32>, tensor<3xf32>
  // expected-remark @below {{keeps the laws of a transition}}
  %3 = seq.matrix %m * %r rows(%r) {semiring = #seq<semiring log_plus>}
      : tensor<3x3xf32>, tensor<3xf32>
  return
}

// Sums of several shapes under an exponent, one for all or one for each row.
func.func @scaled(%x: f32, %r: tensor<3xf32>, %s: tensor<3x2xf32>) {
  // expected-remark @below {{keeps the laws of a transition}}
  %0, %1, %2 = seq.scaled_affine exp(%x) * (%x, %r, %s) + exp(%x) * (%r, %s)
      : f32, tensor<3xf32>, tensor<3x2xf32>
  // expected-remark @below {{keeps the laws of a transition}}
  %3, %4, %5 = seq.scaled_affine exp(%r) * (%r, %r, %s) + exp(%r) * (%r, %s)
      : tensor<3xf32>, tensor<3xf32>, tensor<3x2xf32>
  return
}

func.func @dplr(%x: f32, %r: tensor<3xf32>, %v: tensor<2xf32>,
                %s: tensor<3x2xf32>) {
  // expected-remark @below {{keeps the laws of a transition}}
  %0 = seq.dplr_affine (%x + %r x %r) * %r + %r x %x : f32, tensor<3xf32>
  // expected-remark @below {{keeps the laws of a transition}}
  %1 = seq.dplr_affine (%r + %r x %r) * %s + %r x %v {log_decay}
      : tensor<3xf32>, tensor<3x2xf32>
  return
}

// A transition with columns, in one state and in several columns of another.
func.func @columns(%p: f32, %s: tensor<3xf32>, %S: tensor<3x2xf32>) {
  // expected-remark @below {{keeps the laws of a transition}}
  %0 = test_seq.tide %s to %s by %p : f32, tensor<3xf32>
  // expected-remark @below {{keeps the laws of a transition}}
  %1 = test_seq.tide %S to %S by %p : f32, tensor<3x2xf32>
  return
}
