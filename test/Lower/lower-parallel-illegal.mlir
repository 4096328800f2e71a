// RUN: seq-opt %s -seq-lower-parallel -split-input-file -verify-diagnostics

func.func @opaque(%X: tensor<?xf32>, %h0: tensor<f32>, %T: index)
    -> tensor<f32> {
  // expected-error @below {{cannot take the parallel form: carry 0 is read by 'arith.addf' to f32, not by a transition}}
  %hN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t] : tensor<?xf32>) carry(%h = %h0[] : tensor<f32>)
      schedule [#seq.alternative<parallel>] {
    %h1 = arith.addf %x, %h : f32
    seq.yield carry(%h1 : f32)
  }
  return %hN : tensor<f32>
}

// -----

// A tree is over chunks: there are none in one as long as time.
func.func @whole(%X: tensor<?xf32>, %h0: tensor<f32>, %T: index)
    -> tensor<f32> {
  // expected-error @below {{required chunks under a tree of 4, found one that is all of time}}
  %hN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t] : tensor<?xf32>) carry(%h = %h0[] : tensor<f32>)
      schedule [#seq.alternative<parallel, chunk = 1099511627776, fan = 4>] {
    %h1 = seq.affine %x * %h + %x : f32
    seq.yield carry(%h1 : f32)
  }
  return %hN : tensor<f32>
}
