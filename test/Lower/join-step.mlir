// A single step: products that need no carry stand beside the others.
// RUN: seq-opt %s -split-input-file -seq-promote="lanes=16" | FileCheck %s

// CHECK-LABEL: func @joined
// CHECK-NOT: seq.time_block
// CHECK-COUNT-2: seq.matvec
func.func @joined(%X: tensor<1x64xf32>, %W: tensor<64x64xf32>,
                  %R: tensor<64x64xf32>, %h0: tensor<64xf32>)
    -> tensor<64xf32> {
  %T = arith.constant 1 : index
  %h = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t, :] : tensor<1x64xf32>, %w = %W[:, :] : tensor<64x64xf32>,
          %r = %R[:, :] : tensor<64x64xf32>)
      carry(%s = %h0[:] : tensor<64xf32>) {
    %wx = seq.time_block -> tensor<64xf32> {
      %p = seq.matvec %w, %x
          : tensor<64x64xf32>, tensor<64xf32> -> tensor<64xf32>
      seq.yield outs(%p : tensor<64xf32>)
    }
    %rs = seq.matvec %r, %s
        : tensor<64x64xf32>, tensor<64xf32> -> tensor<64xf32>
    %next = arith.addf %rs, %wx : tensor<64xf32>
    seq.yield carry(%next : tensor<64xf32>)
  }
  return %h : tensor<64xf32>
}

// -----

// Two steps have a block.
// CHECK-LABEL: func @two
// CHECK: seq.time_block
func.func @two(%X: tensor<2x64xf32>, %W: tensor<64x64xf32>,
               %R: tensor<64x64xf32>, %h0: tensor<64xf32>)
    -> tensor<64xf32> {
  %T = arith.constant 2 : index
  %h = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t, :] : tensor<2x64xf32>, %w = %W[:, :] : tensor<64x64xf32>,
          %r = %R[:, :] : tensor<64x64xf32>)
      carry(%s = %h0[:] : tensor<64xf32>) {
    %wx = seq.time_block -> tensor<64xf32> {
      %p = seq.matvec %w, %x
          : tensor<64x64xf32>, tensor<64xf32> -> tensor<64xf32>
      seq.yield outs(%p : tensor<64xf32>)
    }
    %rs = seq.matvec %r, %s
        : tensor<64x64xf32>, tensor<64xf32> -> tensor<64xf32>
    %next = arith.addf %rs, %wx : tensor<64xf32>
    seq.yield carry(%next : tensor<64xf32>)
  }
  return %h : tensor<64xf32>
}
