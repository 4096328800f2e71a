// Where many threads share the chunks, a loop over these would take long: their
// summaries go up a tree, and the states down it. Two threads need none.
// RUN: seq-opt %s -seq-choose-schedule="threads=256 lanes=16 chunk=128" 2>&1 | FileCheck %s --check-prefix=MANY
// RUN: seq-opt %s -seq-choose-schedule="threads=2 lanes=16 chunk=128" 2>&1 | FileCheck %s --check-prefix=FEW
// RUN: seq-opt %s -seq-choose-schedule="form=parallel chunk=128 fan=16 remarks=false" -o %t.mlir
// RUN: seqc explain %t.mlir | FileCheck %s --check-prefix=TOLD

// MANY: schedule: parallel in chunks of 128 under a tree of 16;
// MANY: schedule [#seq.alternative<parallel, chunk = 128, fan = 16>]
// FEW: schedule: parallel in chunks of 128;
// FEW: schedule [#seq.alternative<parallel, chunk = 128>]
// TOLD: schedule: parallel in chunks of 128 under a tree of 16
func.func @long(%X: tensor<1048576x16xf32>, %h0: tensor<16xf32>)
    -> tensor<1048576x16xf32> {
  %T = arith.constant 1048576 : index
  %Y = tensor.empty() : tensor<1048576x16xf32>
  %y, %hN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t, :] : tensor<1048576x16xf32>)
      outs(%Y[%t, :] : tensor<1048576x16xf32>)
      carry(%h = %h0[:] : tensor<16xf32>) {
    %a = arith.constant dense<0.9> : tensor<16xf32>
    %h1 = seq.affine %a * %h + %x : tensor<16xf32>
    seq.yield outs(%h1 : tensor<16xf32>) carry(%h1 : tensor<16xf32>)
  }
  return %y : tensor<1048576x16xf32>
}
