// The part of a step that depends on no carry.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @time_block
func.func @time_block(%X: tensor<?x8xf32>, %W: tensor<4x8xf32>,
                      %h0: tensor<4xf32>, %T: index) -> tensor<4xf32> {
  %hN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t, :] : tensor<?x8xf32>, %w = %W[:, :] : tensor<4x8xf32>)
      carry(%h = %h0[:] : tensor<4xf32>) {
    // CHECK: %[[P:.+]] = seq.time_block -> tensor<4xf32> {
    // CHECK-NEXT: %[[Y:.+]] = seq.matvec
    // CHECK-NEXT: seq.yield outs(%[[Y]] : tensor<4xf32>)
    // CHECK-NEXT: }
    %p = seq.time_block -> tensor<4xf32> {
      %y = seq.matvec %w, %x
          : tensor<4x8xf32>, tensor<8xf32> -> tensor<4xf32>
      seq.yield outs(%y : tensor<4xf32>)
    }
    // CHECK: seq.yield carry(%{{.+}} : tensor<4xf32>)
    %h1 = arith.addf %p, %h : tensor<4xf32>
    seq.yield carry(%h1 : tensor<4xf32>)
  }
  return %hN : tensor<4xf32>
}
