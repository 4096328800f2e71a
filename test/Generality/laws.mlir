// The laws of a monoid acting on states, in numbers, for every transition.
// RUN: seq-test-opt %s -test-transition-laws -verify-diagnostics

func.func @transitions(%a: f32, %b: f32, %c: f32) -> (f32, f32, f32, f32,
                                                        f32) {
  // expected-remark @below {{keeps the laws of a transition}}
  %0 = seq.affine %a * %b + %c : f32
  // expected-remark @below {{keeps the laws of a transition}}
  %1 = seq.affine exp(%a) * %b + %c : f32
  // expected-remark @below {{keeps the laws of a transition}}
  %2, %3 = test_seq.ebb %a, %b by %c with %a, %b : f32
  // expected-remark @below {{keeps the laws of a transition}}
  %4 = seq.affine %a * %b + %c {semiring = #seq<semiring max_plus>} : f32
  return %0, %1, %2, %3, %4 : f32, f32, f32, f32, f32
}
