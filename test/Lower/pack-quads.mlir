// With instructions for products of bytes, weights of one byte stand in quads
// where rows are long enough; the vectors' conversion costs more than it saves
// where they are not.
// RUN: seq-opt %s -seq-pack="lanes=8 weight-type=i8 byte-dots" | FileCheck %s --check-prefix=PACK
// RUN: sed -e 's/x50xf32/x28xf32/g; s/tensor<50x/tensor<28x/g' %s | seq-opt -seq-pack="lanes=8 weight-type=i8 byte-dots" | FileCheck %s --check-prefix=SHORT
// RUN: seq-opt %s -seq-pack="lanes=8 weight-type=i8" | FileCheck %s --check-prefix=PLAIN

// PLAIN: packed 8 as tensor<12x50xf32> : tensor<2x50x8xi8>
// SHORT: packed 8 as tensor<12x28xf32> : tensor<2x28x8xi8>
// PACK: seq.weight @w_i8_quads8x1 : tensor<2x13x32xi8>
// PACK: seq.pack %{{.+}} lanes 8 contracted 1 quads : tensor<12x50xi8> -> tensor<2x13x32xi8>
// PACK: packed 8 as tensor<12x50xf32> : tensor<2x13x32xi8>
seq.weight @w : tensor<12x50xf32> {
  %0 = arith.constant dense<1.0> : tensor<12x50xf32>
  seq.yield outs(%0 : tensor<12x50xf32>)
}

func.func @weight(%X: tensor<5x50xf32>, %Y: tensor<1x5x12xf32>)
    -> tensor<1x5x12xf32> {
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %w = seq.load_weight @w : tensor<12x50xf32>
  %y = seq.scan domain(%b = %c5) time(%t = %c1)
      ins(%x = %X[%b, :] : tensor<5x50xf32>, %m = %w[:, :] : tensor<12x50xf32>)
      outs(%Y[%t, %b, :] : tensor<1x5x12xf32>) {
    %0 = seq.matvec %m, %x
        : tensor<12x50xf32>, tensor<50xf32> -> tensor<12xf32>
    seq.yield outs(%0 : tensor<12xf32>)
  }
  return %y : tensor<1x5x12xf32>
}
