// Why a scan may not take the chunked form, or be a convolution.
// RUN: seq-opt %s -split-input-file -seq-choose-schedule -verify-diagnostics

// A single number.
func.func @number(%x: tensor<?xf32>, %h0: tensor<f32>, %T: index) -> tensor<f32> {
  // expected-remark-re @below {{{{.*}}chunked is illegal (carry 0: the state is one number, which leaves nothing to multiply){{.*}}}}
  %h = seq.scan domain() time(%t = %T) ins(%xt = %x[%t] : tensor<?xf32>)
      carry(%s = %h0[] : tensor<f32>) {
    %s1 = seq.affine %xt * %s + %xt : f32
    seq.yield carry(%s1 : f32)
  }
  return %h : tensor<f32>
}

// -----

// What is added is no product.
func.func @gain(%x: tensor<?x4xf32>, %h0: tensor<4xf32>, %T: index) -> tensor<4xf32> {
  // expected-remark-re @below {{{{.*}}chunked is illegal (carry 0: what 'seq.affine' adds is not the outer product of keys and values){{.*}}}}
  %h = seq.scan domain() time(%t = %T) ins(%xt = %x[%t, :] : tensor<?x4xf32>)
      carry(%s = %h0[:] : tensor<4xf32>) {
    %half = arith.constant 0.5 : f32
    %s1 = seq.affine %half * %s + %xt : f32, tensor<4xf32>
    seq.yield carry(%s1 : tensor<4xf32>)
  }
  return %h : tensor<4xf32>
}

// -----

// The state itself is an out.
func.func @seen(%x: tensor<?xf32>, %k: tensor<4xf32>, %y: tensor<?x4xf32>, %h0: tensor<4xf32>, %T: index) -> tensor<?x4xf32> {
  // expected-remark-re @below {{{{.*}}chunked is illegal (carry 0: the state itself leaves the step){{.*}}}}
  %o, %h = seq.scan domain() time(%t = %T)
      ins(%xt = %x[%t] : tensor<?xf32>, %kt = %k[:] : tensor<4xf32>)
      outs(%y[%t, :] : tensor<?x4xf32>) carry(%s = %h0[:] : tensor<4xf32>) {
    %half = arith.constant 0.5 : f32
    %xs = tensor.splat %xt : tensor<4xf32>
    %g = arith.mulf %kt, %xs : tensor<4xf32>
    %s1 = seq.affine %half * %s + %g : f32, tensor<4xf32>
    seq.yield outs(%s1 : tensor<4xf32>) carry(%s1 : tensor<4xf32>)
  }
  return %o : tensor<?x4xf32>
}

// -----

// An op that is no product reads the state.
func.func @read(%x: tensor<?xf32>, %k: tensor<4xf32>, %y: tensor<?xf32>, %h0: tensor<4xf32>, %T: index) -> tensor<?xf32> {
  // expected-remark-re @below {{{{.*}}chunked is illegal (carry 0: 'math.tanh' reads the state, and is no product with rows){{.*}}}}
  %o, %h = seq.scan domain() time(%t = %T)
      ins(%xt = %x[%t] : tensor<?xf32>, %kt = %k[:] : tensor<4xf32>)
      outs(%y[%t] : tensor<?xf32>) carry(%s = %h0[:] : tensor<4xf32>) {
    %half = arith.constant 0.5 : f32
    %xs = tensor.splat %xt : tensor<4xf32>
    %g = arith.mulf %kt, %xs : tensor<4xf32>
    %s1 = seq.affine %half * %s + %g : f32, tensor<4xf32>
    %bent = math.tanh %s1 : tensor<4xf32>
    %yt = seq.dot %kt, %bent : tensor<4xf32> -> f32
    seq.yield outs(%yt : f32) carry(%s1 : tensor<4xf32>)
  }
  return %o : tensor<?xf32>
}

// -----

// Columns that decay apart, and a semiring.
func.func @decays(%x: tensor<?x2xf32>, %k: tensor<4xf32>, %a: tensor<4x2xf32>, %h0: tensor<4x2xf32>, %T: index) -> tensor<4x2xf32> {
  // expected-remark-re @below {{{{.*}}chunked is illegal (carry 0: 'seq.affine' does not treat the columns of its state alike and apart from each other){{.*}}}}
  %h = seq.scan domain() time(%t = %T)
      ins(%xt = %x[%t, :] : tensor<?x2xf32>, %kt = %k[:] : tensor<4xf32>,
          %at = %a[:, :] : tensor<4x2xf32>)
      carry(%s = %h0[:, :] : tensor<4x2xf32>) {
    %g = seq.outer %kt, %xt : tensor<4xf32>, tensor<2xf32> -> tensor<4x2xf32>
    %s1 = seq.affine %at * %s + %g : tensor<4x2xf32>
    seq.yield carry(%s1 : tensor<4x2xf32>)
  }
  return %h : tensor<4x2xf32>
}

// -----

// Keys from a carry, and a decay that changes with time.
func.func @follows(%x: tensor<?xf32>, %k: tensor<?x4xf32>, %y: tensor<?xf32>, %h0: tensor<4xf32>, %z0: tensor<4xf32>, %T: index) -> tensor<?xf32> {
  // expected-remark-re @below {{{{.*}}chunked is illegal (carry 0: keys, values, decays or rows follow from a carry){{.*}}}}
  %o, %h, %z = seq.scan domain() time(%t = %T)
      ins(%xt = %x[%t] : tensor<?xf32>, %kt = %k[%t, :] : tensor<?x4xf32>)
      outs(%y[%t] : tensor<?xf32>)
      carry(%s = %h0[:] : tensor<4xf32>, %r = %z0[:] : tensor<4xf32>) {
    %xs = tensor.splat %xt : tensor<4xf32>
    %g = arith.mulf %r, %xs : tensor<4xf32>
    %s1 = seq.affine %kt * %s + %g : tensor<4xf32>
    %r1 = math.tanh %r : tensor<4xf32>
    %yt = seq.dot %kt, %s1 : tensor<4xf32> -> f32
    seq.yield outs(%yt : f32) carry(%s1, %r1 : tensor<4xf32>, tensor<4xf32>)
  }
  return %o : tensor<?xf32>
}

// -----

func.func @varies(%x: tensor<?xf32>, %k: tensor<?x4xf32>, %y: tensor<?xf32>, %h0: tensor<4xf32>, %T: index) -> tensor<?xf32> {
  // expected-remark-re @below {{{{.*}}chunked: {{.*}}convolution is illegal (decays, keys or rows change with time, or lengths end it){{.*}}}}
  %o, %h = seq.scan domain() time(%t = %T)
      ins(%xt = %x[%t] : tensor<?xf32>, %kt = %k[%t, :] : tensor<?x4xf32>)
      outs(%y[%t] : tensor<?xf32>) carry(%s = %h0[:] : tensor<4xf32>) {
    %xs = tensor.splat %xt : tensor<4xf32>
    %g = arith.mulf %kt, %xs : tensor<4xf32>
    %half = arith.constant 0.5 : f32
    %s1 = seq.affine %half * %s + %g : f32, tensor<4xf32>
    %yt = seq.dot %kt, %s1 : tensor<4xf32> -> f32
    seq.yield outs(%yt : f32) carry(%s1 : tensor<4xf32>)
  }
  return %o : tensor<?xf32>
}
