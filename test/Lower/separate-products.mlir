// Lanes run along the rows of a step's matrices. Where these differ, products
// that need no carry and products that no carry needs are scans of their own.
// RUN: seq-opt %s -seq-promote | FileCheck %s

// Rows of 40 in the state, of 16 in what is read out of it and of 24 in what
// its gate is made of: three scans. A product with as many rows as the state has
// stays beside it, in a block of steps, and one with as many as the readout has
// beside that.
// CHECK-LABEL: func @rows
// CHECK: %[[GATE:.+]] = seq.scan
// CHECK: seq.matvec {{.*}} : tensor<24x24xf32>, tensor<24xf32> -> tensor<24xf32>
// CHECK-NOT: seq.matvec
// CHECK: %[[STATE:.+]]:2 = seq.scan
// CHECK-SAME: time
// CHECK: carry(
// CHECK: seq.time_block
// CHECK: seq.matvec {{.*}} : tensor<40x24xf32>, tensor<24xf32> -> tensor<40xf32>
// CHECK: seq.matvec {{.*}} : tensor<40x40xf32>, tensor<40xf32> -> tensor<40xf32>
// CHECK-NOT: seq.matvec
// CHECK: %[[OUT:.+]] = seq.scan
// CHECK-NEXT: ins({{.*}}%[[STATE]]#0[
// CHECK-NOT: carry(
// CHECK-DAG: seq.matvec {{.*}} : tensor<16x40xf32>, tensor<40xf32> -> tensor<16xf32>
// CHECK-DAG: seq.matvec {{.*}} : tensor<16x24xf32>, tensor<24xf32> -> tensor<16xf32>
// CHECK: return %[[OUT]], %[[STATE]]#1
func.func @rows(%x: tensor<9x3x24xf32>, %a: tensor<40x40xf32>,
                %b: tensor<40x24xf32>, %c: tensor<16x40xf32>,
                %d: tensor<16x24xf32>, %g: tensor<24x24xf32>,
                %s: tensor<3x40xf32>)
    -> (tensor<9x3x16xf32>, tensor<3x40xf32>) {
  %c3 = arith.constant 3 : index
  %c9 = arith.constant 9 : index
  %Y = tensor.empty() : tensor<9x3x16xf32>
  %y, %sT = seq.scan domain(%p = %c3) time(%t = %c9)
      ins(%xt = %x[%t, %p, :] : tensor<9x3x24xf32>,
          %at = %a[:, :] : tensor<40x40xf32>, %bt = %b[:, :] : tensor<40x24xf32>,
          %ct = %c[:, :] : tensor<16x40xf32>, %dt = %d[:, :] : tensor<16x24xf32>,
          %gt = %g[:, :] : tensor<24x24xf32>)
      outs(%Y[%t, %p, :] : tensor<9x3x16xf32>)
      carry(%h = %s[%p, :] : tensor<3x40xf32>) {
    %gx = seq.matvec %gt, %xt : tensor<24x24xf32>, tensor<24xf32> -> tensor<24xf32>
    %gate = seq.sigmoid %gx : tensor<24xf32>
    %gated = arith.mulf %gate, %xt : tensor<24xf32>
    %in = seq.matvec %bt, %gated : tensor<40x24xf32>, tensor<24xf32> -> tensor<40xf32>
    %ah = seq.matvec %at, %h : tensor<40x40xf32>, tensor<40xf32> -> tensor<40xf32>
    %h1 = arith.addf %ah, %in : tensor<40xf32>
    %read = seq.matvec %ct, %h1 : tensor<16x40xf32>, tensor<40xf32> -> tensor<16xf32>
    %skip = seq.matvec %dt, %xt : tensor<16x24xf32>, tensor<24xf32> -> tensor<16xf32>
    %out = arith.addf %read, %skip : tensor<16xf32>
    seq.yield outs(%out : tensor<16xf32>) carry(%h1 : tensor<40xf32>)
  }
  return %y, %sT : tensor<9x3x16xf32>, tensor<3x40xf32>
}

// One number of rows: all stays together.
// CHECK-LABEL: func @same
// CHECK-COUNT-1: seq.scan
// CHECK-NOT: seq.scan
func.func @same(%x: tensor<9x3x40xf32>, %a: tensor<40x40xf32>,
                %c: tensor<40x40xf32>, %s: tensor<3x40xf32>)
    -> tensor<9x3x40xf32> {
  %c3 = arith.constant 3 : index
  %c9 = arith.constant 9 : index
  %Y = tensor.empty() : tensor<9x3x40xf32>
  %y, %sT = seq.scan domain(%p = %c3) time(%t = %c9)
      ins(%xt = %x[%t, %p, :] : tensor<9x3x40xf32>,
          %at = %a[:, :] : tensor<40x40xf32>, %ct = %c[:, :] : tensor<40x40xf32>)
      outs(%Y[%t, %p, :] : tensor<9x3x40xf32>)
      carry(%h = %s[%p, :] : tensor<3x40xf32>) {
    %ah = seq.matvec %at, %h : tensor<40x40xf32>, tensor<40xf32> -> tensor<40xf32>
    %h1 = arith.addf %ah, %xt : tensor<40xf32>
    %read = seq.matvec %ct, %h1 : tensor<40x40xf32>, tensor<40xf32> -> tensor<40xf32>
    seq.yield outs(%read : tensor<40xf32>) carry(%h1 : tensor<40xf32>)
  }
  return %y : tensor<9x3x40xf32>
}

// A state of its own number of rows between two products of the recurrence
// itself, as an LSTM's projection: nothing can go.
// CHECK-LABEL: func @within
// CHECK-COUNT-1: seq.scan
// CHECK-NOT: seq.scan
func.func @within(%x: tensor<9x3x40xf32>, %a: tensor<40x16xf32>,
                  %p: tensor<16x40xf32>, %s: tensor<3x16xf32>)
    -> tensor<9x3x16xf32> {
  %c3 = arith.constant 3 : index
  %c9 = arith.constant 9 : index
  %Y = tensor.empty() : tensor<9x3x16xf32>
  %y, %sT = seq.scan domain(%q = %c3) time(%t = %c9)
      ins(%xt = %x[%t, %q, :] : tensor<9x3x40xf32>,
          %at = %a[:, :] : tensor<40x16xf32>, %pt = %p[:, :] : tensor<16x40xf32>)
      outs(%Y[%t, %q, :] : tensor<9x3x16xf32>)
      carry(%h = %s[%q, :] : tensor<3x16xf32>) {
    %ah = seq.matvec %at, %h : tensor<40x16xf32>, tensor<16xf32> -> tensor<40xf32>
    %wide = arith.addf %ah, %xt : tensor<40xf32>
    %h1 = seq.matvec %pt, %wide : tensor<16x40xf32>, tensor<40xf32> -> tensor<16xf32>
    seq.yield outs(%h1 : tensor<16xf32>) carry(%h1 : tensor<16xf32>)
  }
  return %y : tensor<9x3x16xf32>
}
