// Which carries are associative is read off the SSA graph, with the reason.
// RUN: seq-opt %s -seq-print-carries -verify-diagnostics -split-input-file

func.func @associative(%X: tensor<?x?xf32>, %h0: tensor<?xf32>,
                       %Y: tensor<?x?xf32>, %T: index, %C: index)
    -> (tensor<?x?xf32>, tensor<?xf32>) {
  // expected-remark @below {{carry 0: associative, level 0: carry 0 updated by 'seq.affine' alone, whose other operands do not depend on it}}
  %y, %hN = seq.scan domain(%c = %C) time(%t = %T)
      ins(%x = %X[%t, %c] : tensor<?x?xf32>)
      outs(%Y[%t, %c] : tensor<?x?xf32>)
      carry(%h = %h0[%c] : tensor<?xf32>) {
    %a = arith.constant 0.9 : f32
    %h1 = seq.affine %a * %h + %x : f32
    seq.yield outs(%h1 : f32) carry(%h1 : f32)
  }
  return %y, %hN : tensor<?x?xf32>, tensor<?xf32>
}

// -----

// One line makes the carry opaque: the decay reads it.
func.func @decay_reads_state(%X: tensor<?x?xf32>, %h0: tensor<?xf32>,
                             %Y: tensor<?x?xf32>, %T: index, %C: index)
    -> (tensor<?x?xf32>, tensor<?xf32>) {
  // expected-remark @below {{carry 0: opaque, level 0: carry 0 feeds operand 0 of 'seq.affine', part of the transition's element}}
  %y, %hN = seq.scan domain(%c = %C) time(%t = %T)
      ins(%x = %X[%t, %c] : tensor<?x?xf32>)
      outs(%Y[%t, %c] : tensor<?x?xf32>)
      carry(%h = %h0[%c] : tensor<?xf32>) {
    %a = seq.sigmoid %h : f32
    %h1 = seq.affine %a * %h + %x : f32
    seq.yield outs(%h1 : f32) carry(%h1 : f32)
  }
  return %y, %hN : tensor<?x?xf32>, tensor<?xf32>
}

// -----

// Carries in topological order, whatever their order in the op: the second
// feeds the first, the third is held, the fourth forgets its past.
func.func @components(%X: tensor<?xf32>, %p0: tensor<f32>, %q0: tensor<f32>,
                      %k0: tensor<f32>, %d0: tensor<f32>, %T: index)
    -> (tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) {
  // expected-remark @below {{carry 1: associative, level 0}}
  // expected-remark @below {{carry 2: held, level 0: carry 2 never changes}}
  // expected-remark @below {{carry 3: opaque, level 0: carry 3 is replaced at every step, not updated by a transition}}
  // expected-remark @below {{carry 0: associative, level 1}}
  %r:4 = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t] : tensor<?xf32>)
      carry(%p = %p0[] : tensor<f32>, %q = %q0[] : tensor<f32>,
            %k = %k0[] : tensor<f32>, %d = %d0[] : tensor<f32>) {
    %q1 = seq.affine %k * %q + %x : f32
    %a = seq.sigmoid %q1 : f32
    %p1 = seq.affine %a * %p + %x : f32
    seq.yield carry(%p1, %q1, %k, %x : f32, f32, f32, f32)
  }
  return %r#0, %r#1, %r#2, %r#3
      : tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>
}

// -----

// A cycle through two carries, read by a product first.
func.func @cycle(%X: tensor<?x4xf32>, %R: tensor<4x4xf32>, %h0: tensor<4xf32>,
                 %c0: tensor<4xf32>, %T: index)
    -> (tensor<4xf32>, tensor<4xf32>) {
  // expected-remark @below {{carries 0, 1: opaque, level 0: carry 0 is read by 'seq.matvec' to tensor<4xf32>, not by a transition}}
  // expected-remark @below {{no step form: the scan is reversed}}
  %r:2 = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t, :] : tensor<?x4xf32>, %rr = %R[:, :] : tensor<4x4xf32>)
      carry(%h = %h0[:] : tensor<4xf32>, %c = %c0[:] : tensor<4xf32>) reverse {
    %g = seq.matvec %rr, %h : tensor<4x4xf32>, tensor<4xf32> -> tensor<4xf32>
    %c1 = seq.affine %g * %c + %x : tensor<4xf32>
    %h1 = seq.sigmoid %c1 : tensor<4xf32>
    seq.yield carry(%h1, %c1 : tensor<4xf32>, tensor<4xf32>)
  }
  return %r#0, %r#1 : tensor<4xf32>, tensor<4xf32>
}

// -----

func.func @semiring(%X: tensor<?xf32>, %h0: tensor<f32>, %T: index)
    -> tensor<f32> {
  // expected-remark @below {{carry 0: associative, level 0: carry 0 updated by 'seq.affine' alone, whose other operands do not depend on it}}
  %hN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t] : tensor<?xf32>) carry(%h = %h0[] : tensor<f32>) {
    %h1 = seq.affine %x * %h + %x
        {semiring = #seq<semiring max_plus>} : f32
    seq.yield carry(%h1 : f32)
  }
  return %hN : tensor<f32>
}

// -----

func.func @second_tier(%X: tensor<?xindex>, %h0: tensor<8xf32>, %T: index)
    -> tensor<8xf32> {
  // expected-remark @below {{carry 0: opaque, level 0: carry 0 is read by 'seq.gather' to f32, not by a transition}}
  // expected-remark @below {{second tier: 'seq.gather'}}
  %hN = seq.scan domain() time(%t = %T)
      ins(%i = %X[%t] : tensor<?xindex>) carry(%h = %h0[:] : tensor<8xf32>) {
    %row = seq.gather %h[%i] : tensor<8xf32> -> f32
    %h1 = seq.insert %row into %h[%t] : f32 into tensor<8xf32>
    seq.yield carry(%h1 : tensor<8xf32>)
  }
  return %hN : tensor<8xf32>
}
