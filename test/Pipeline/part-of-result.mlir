// An output that is a part of another one, which begins as a third one does: it is
// taken before any of them is written.
// RUN: seqc run %s --input a=4xf32=3 --input b=4xf32=-2 --expect both=8xf32=3 \
// RUN:   --expect last=4xf32=6
func.func @m(%a: tensor<4xf32> {seq.name = "a"}, %b: tensor<4xf32> {seq.name = "b"})
    -> (tensor<8xf32> {seq.name = "both"}, tensor<4xf32> {seq.name = "last"},
        tensor<8xf32> {seq.name = "rows"}) {
  %c = arith.constant dense<0.25> : tensor<8xf32>
  %m = arith.maximumf %a, %b : tensor<4xf32>
  %i0 = tensor.insert_slice %m into %c[0] [4] [1] : tensor<4xf32> into tensor<8xf32>
  %n = arith.negf %b : tensor<4xf32>
  %p = arith.mulf %n, %a : tensor<4xf32>
  %j0 = tensor.insert_slice %n into %c[0] [4] [1] : tensor<4xf32> into tensor<8xf32>
  %j1 = tensor.insert_slice %p into %j0[4] [4] [1] : tensor<4xf32> into tensor<8xf32>
  %i1 = tensor.insert_slice %m into %i0[4] [4] [1] : tensor<4xf32> into tensor<8xf32>
  return %i1, %p, %j1 : tensor<8xf32>, tensor<4xf32>, tensor<8xf32>
}
