// RUN: seq-opt %s -seq-choose-schedule=form=parallel -verify-diagnostics -split-input-file

func.func @every(%X: tensor<?xf32>, %h0: tensor<f32>, %Y: tensor<?xf32>,
                 %T: index) -> (tensor<?xf32>, tensor<f32>) {
  // expected-error @below {{cannot take the parallel form: out 0 is written every few steps, which chunks need not divide}}
  %y, %hN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t] : tensor<?xf32>) outs(%Y[%t floordiv 4] : tensor<?xf32>)
      carry(%h = %h0[] : tensor<f32>) {
    %h1 = seq.affine %x * %h + %x : f32
    seq.yield outs(%h1 : f32) carry(%h1 : f32)
  }
  return %y, %hN : tensor<?xf32>, tensor<f32>
}

// -----

func.func @second_tier(%X: tensor<?xindex>, %S: tensor<8xf32>, %h0: tensor<f32>,
                       %T: index) -> tensor<f32> {
  // expected-error @below {{cannot take the parallel form: 'seq.gather' is of the second tier, which runs step after step}}
  %hN = seq.scan domain() time(%t = %T)
      ins(%i = %X[%t] : tensor<?xindex>, %s = %S[:] : tensor<8xf32>)
      carry(%h = %h0[] : tensor<f32>) {
    %row = seq.gather %s[%i] : tensor<8xf32> -> f32
    %h1 = seq.affine %row * %h + %row : f32
    seq.yield carry(%h1 : f32)
  }
  return %hN : tensor<f32>
}
