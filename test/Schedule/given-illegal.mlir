// RUN: seq-opt %s -seq-choose-schedule -verify-diagnostics

func.func @history(%X: tensor<?xf32>, %h0: tensor<f32>, %one: tensor<1xf32>,
                   %T: index) -> tensor<f32> {
  // expected-error @below {{cannot take the parallel form: input 0 reads earlier steps, which a chunk does not hold}}
  %gN, %past = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t - 1] history %one : tensor<1xf32> : tensor<?xf32>)
      carry(%h = %h0[] : tensor<f32>)
      schedule [#seq.alternative<parallel, chunk = 7>] {
    %h1 = seq.affine %x * %h + %x : f32
    seq.yield carry(%h1 : f32)
  }
  return %gN : tensor<f32>
}
