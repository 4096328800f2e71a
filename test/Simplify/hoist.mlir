// RUN: seq-opt %s -seq-hoist | FileCheck %s

// The product of the input and both biases make one block; the product of the
// state stays in the step.
// CHECK-LABEL: func @bias
// CHECK: seq.scan
// CHECK: ins(%[[X:.+]] = %{{.+}}[%{{.+}}, :] : tensor<?x32xf32>, %[[W:.+]] = %{{.+}}[:, :] : tensor<8x32xf32>, %[[R:.+]] = %{{.+}}[:, :] : tensor<8x8xf32>
// CHECK: %[[BLOCK:.+]] = seq.time_block -> tensor<8xf32> {
// CHECK-NEXT: %[[R0:.+]] = math.tanh %[[X]]
// CHECK-NEXT: %[[WX:.+]] = seq.matvec %[[W]], %[[R0]]
// CHECK-NEXT: %[[B1:.+]] = arith.addf %[[WX]]
// CHECK-NEXT: %[[B2:.+]] = arith.addf %[[B1]]
// CHECK-NEXT: seq.yield outs(%[[B2]] : tensor<8xf32>)
// CHECK-NEXT: }
// CHECK-NEXT: %[[RH:.+]] = seq.matvec %[[R]]
// CHECK-NEXT: arith.addf %[[BLOCK]], %[[RH]]
func.func @bias(%X: tensor<?x32xf32>, %W: tensor<8x32xf32>, %R: tensor<8x8xf32>,
                %b: tensor<8xf32>, %h0: tensor<8xf32>, %T: index)
    -> tensor<8xf32> {
  %hN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t, :] : tensor<?x32xf32>, %w = %W[:, :] : tensor<8x32xf32>,
          %r = %R[:, :] : tensor<8x8xf32>, %bias = %b[:] : tensor<8xf32>)
      carry(%h = %h0[:] : tensor<8xf32>) {
    %x0 = math.tanh %x : tensor<32xf32>
    %rh = seq.matvec %r, %h : tensor<8x8xf32>, tensor<8xf32> -> tensor<8xf32>
    %wx = seq.matvec %w, %x0 : tensor<8x32xf32>, tensor<32xf32> -> tensor<8xf32>
    %b1 = arith.addf %wx, %bias : tensor<8xf32>
    %b2 = arith.addf %b1, %bias : tensor<8xf32>
    %g = arith.addf %b2, %rh : tensor<8xf32>
    %h1 = seq.sigmoid %g : tensor<8xf32>
    seq.yield carry(%h1 : tensor<8xf32>)
  }
  return %hN : tensor<8xf32>
}

// A producer that the step needs too is computed in both places; a consumer
// that widens its operand stays in the step.
// CHECK-LABEL: func @shared
// CHECK: %[[BLOCK:.+]] = seq.time_block -> f32 {
// CHECK-NEXT: math.tanh
// CHECK-NEXT: seq.dot
// CHECK-NEXT: seq.yield
// CHECK-NEXT: }
// CHECK-NEXT: %[[X0:.+]] = math.tanh
// CHECK-NEXT: %[[S:.+]] = tensor.splat %[[BLOCK]]
// CHECK-NEXT: seq.affine %[[S]] * %{{.+}} + %[[X0]]
func.func @shared(%X: tensor<?x64xf32>, %W: tensor<64xf32>, %h0: tensor<64xf32>,
                  %T: index) -> tensor<64xf32> {
  %hN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t, :] : tensor<?x64xf32>, %w = %W[:] : tensor<64xf32>)
      carry(%h = %h0[:] : tensor<64xf32>) {
    %x0 = math.tanh %x : tensor<64xf32>
    %d = seq.dot %w, %x0 : tensor<64xf32> -> f32
    %a = tensor.splat %d : tensor<64xf32>
    %h1 = seq.affine %a * %h + %x0 : tensor<64xf32>
    seq.yield carry(%h1 : tensor<64xf32>)
  }
  return %hN : tensor<64xf32>
}

// Nothing to gain: no invariant operand, or a small one.
// CHECK-LABEL: func @varying
// CHECK-NOT: seq.time_block
func.func @varying(%X: tensor<?x64xf32>, %W: tensor<4xf32>, %V: tensor<?x4xf32>,
                   %h0: tensor<f32>, %T: index) -> tensor<f32> {
  %hN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t, :] : tensor<?x64xf32>, %w = %W[:] : tensor<4xf32>,
          %v = %V[%t, :] : tensor<?x4xf32>)
      carry(%h = %h0[] : tensor<f32>) {
    %d = seq.dot %x, %x : tensor<64xf32> -> f32
    %e = seq.dot %w, %v : tensor<4xf32> -> f32
    %h1 = seq.affine %d * %h + %e : f32
    seq.yield carry(%h1 : f32)
  }
  return %hN : tensor<f32>
}

// Every step of a scan without carries is independent already.
// CHECK-LABEL: func @no_carry
// CHECK-NOT: seq.time_block
func.func @no_carry(%X: tensor<?x32xf32>, %W: tensor<8x32xf32>,
                    %Y: tensor<?x8xf32>, %T: index) -> tensor<?x8xf32> {
  %y = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t, :] : tensor<?x32xf32>, %w = %W[:, :] : tensor<8x32xf32>)
      outs(%Y[%t, :] : tensor<?x8xf32>) {
    %wx = seq.matvec %w, %x : tensor<8x32xf32>, tensor<32xf32> -> tensor<8xf32>
    seq.yield outs(%wx : tensor<8xf32>)
  }
  return %y : tensor<?x8xf32>
}
