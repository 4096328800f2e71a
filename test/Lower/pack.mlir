// Matrices of contractions are laid out for vectors of lanes: a weight when code
// is emitted, another tensor when the model runs.
// RUN: seq-opt %s -seq-pack="lanes=8" | FileCheck %s
// RUN: seq-opt %s -seq-pack="lanes=8 weight-type=bf16" | FileCheck %s --check-prefix=BF16
// RUN: seq-opt %s -seq-pack="lanes=8 weight-type=i8" | FileCheck %s --check-prefix=INT8
// RUN: seq-opt %s -seq-pack="lanes=16 registers=32" | FileCheck %s --check-prefix=BESIDE
// RUN: seq-opt %s -seq-pack="lanes=16 registers=32 weight-type=bf16" | FileCheck %s --check-prefix=NARROW
// RUN: not seq-opt %s -seq-pack="weight-type=f64" 2>&1 | FileCheck %s --check-prefix=TYPE

// TYPE: error: weights are stored in f32, bf16, f16 or i8, found 'f64'

// Two neighbours along the contracted dimension share a word.
// BF16: seq.weight @w_bf16_packed8x1 : tensor<2x8x4x16xbf16>
// BF16: seq.narrow %{{.+}} contracted 1 : tensor<4x12x16xf32> -> tensor<4x12x16xbf16>
// BF16: seq.pack
// BF16: func @weight
// BF16: packed 8 as tensor<4x12x16xf32> : tensor<2x8x4x16xbf16>
// BF16-NOT: arith.mulf
// What is no constant stays as it is.
// BF16: packed 8 as tensor<12x16xf32> : tensor<2x16x8xf32>

// INT8: seq.weight @w_scale1 : tensor<4x12xf32>
// INT8: seq.row_scale
// INT8: func @weight
// INT8: packed 8 as tensor<4x12x16xf32> : tensor<2x16x4x8xi8>
// INT8: %[[SCALE:.+]] = %{{.+}}[:, :] : tensor<4x12xf32>
// INT8: %[[SUM:.+]] = seq.matvec
// INT8: %[[SCALED:.+]] = arith.mulf %[[SUM]], %[[SCALE]] : tensor<4x12xf32>
// INT8: seq.yield outs(%[[SCALED]]

// CHECK: seq.weight @w_packed8x1 : tensor<2x16x4x8xf32>
// CHECK: seq.pack %{{.+}} lanes 8 contracted 1 : tensor<4x12x16xf32> -> tensor<2x16x4x8xf32>
seq.weight @w : tensor<4x12x16xf32> {
  %0 = arith.constant dense<1.0> : tensor<4x12x16xf32>
  seq.yield outs(%0 : tensor<4x12x16xf32>)
}

// CHECK-LABEL: func @weight
// CHECK: %[[W:.+]] = seq.load_weight @w_packed8x1 : tensor<2x16x4x8xf32>
// CHECK: %{{.+}} = %[[W]][:, :, :, :] packed 8 as tensor<4x12x16xf32> : tensor<2x16x4x8xf32>
func.func @weight(%X: tensor<5x16xf32>, %Y: tensor<1x5x4x12xf32>)
    -> tensor<1x5x4x12xf32> {
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %w = seq.load_weight @w : tensor<4x12x16xf32>
  %y = seq.scan domain(%b = %c5) time(%t = %c1)
      ins(%x = %X[%b, :] : tensor<5x16xf32>,
          %m = %w[:, :, :] : tensor<4x12x16xf32>)
      outs(%Y[%t, %b, :, :] : tensor<1x5x4x12xf32>) {
    %0 = seq.matvec %m, %x
        : tensor<4x12x16xf32>, tensor<16xf32> -> tensor<4x12xf32>
    seq.yield outs(%0 : tensor<4x12xf32>)
  }
  return %y : tensor<1x5x4x12xf32>
}

// CHECK-LABEL: func @runtime
// CHECK: %[[P:.+]] = linalg.generic
// CHECK: tensor.extract
// CHECK: -> tensor<2x16x8xf32>
// CHECK: %{{.+}} = %[[P]][:, :, :] packed 8 as tensor<12x16xf32> : tensor<2x16x8xf32>
func.func @runtime(%X: tensor<5x16xf32>, %W: tensor<12x16xf32>,
                   %Y: tensor<1x5x12xf32>) -> tensor<1x5x12xf32> {
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %y = seq.scan domain(%b = %c5) time(%t = %c1)
      ins(%x = %X[%b, :] : tensor<5x16xf32>,
          %m = %W[:, :] : tensor<12x16xf32>)
      outs(%Y[%t, %b, :] : tensor<1x5x12xf32>) {
    %0 = seq.matvec %m, %x : tensor<12x16xf32>, tensor<16xf32> -> tensor<12xf32>
    seq.yield outs(%0 : tensor<12xf32>)
  }
  return %y : tensor<1x5x12xf32>
}

// A scan that is executed naively keeps its matrices.
// CHECK-LABEL: func @naive
// CHECK-NOT: packed
// CHECK: return
func.func @naive(%X: tensor<5x16xf32>, %W: tensor<12x16xf32>,
                 %Y: tensor<1x5x12xf32>) -> tensor<1x5x12xf32> {
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %y = seq.scan domain(%b = %c5) time(%t = %c1)
      ins(%x = %X[%b, :] : tensor<5x16xf32>,
          %m = %W[:, :] : tensor<12x16xf32>)
      outs(%Y[%t, %b, :] : tensor<1x5x12xf32>)
      schedule [#seq.alternative<naive>] {
    %0 = seq.matvec %m, %x : tensor<12x16xf32>, tensor<16xf32> -> tensor<12xf32>
    seq.yield outs(%0 : tensor<12xf32>)
  }
  return %y : tensor<1x5x12xf32>
}

// A matrix whose products take others beside them is packed for all lanes that a
// step multiplies at once; the others' is not, nor are narrow weights, nor where
// registers are few.
// CHECK-LABEL: func @beside
// CHECK: packed 8 as tensor<2x160x96xf32>
// CHECK: packed 8 as tensor<2x160x160xf32>
// BESIDE-LABEL: func @beside
// BESIDE: packed 16 as tensor<2x160x96xf32> : tensor<10x96x2x16xf32>
// BESIDE: packed 64 as tensor<2x160x160xf32> : tensor<3x160x2x64xf32>
// NARROW-LABEL: func @beside
// NARROW: packed 16 as tensor<2x160x96xf32> : tensor<10x48x2x32xbf16>
// NARROW: packed 16 as tensor<2x160x160xf32> : tensor<10x80x2x32xbf16>
seq.weight @w2 : tensor<2x160x96xf32> {
  %0 = arith.constant dense<1.0> : tensor<2x160x96xf32>
  seq.yield outs(%0 : tensor<2x160x96xf32>)
}
seq.weight @r2 : tensor<2x160x160xf32> {
  %0 = arith.constant dense<1.0> : tensor<2x160x160xf32>
  seq.yield outs(%0 : tensor<2x160x160xf32>)
}
func.func @beside(%X: tensor<?x96xf32>, %h0: tensor<160xf32>,
                  %Y: tensor<?x160xf32>, %T: index)
    -> (tensor<?x160xf32>, tensor<160xf32>) {
  %w = seq.load_weight @w2 : tensor<2x160x96xf32>
  %r = seq.load_weight @r2 : tensor<2x160x160xf32>
  %y, %h1 = seq.scan domain() time(%t = %T)
      ins(%xt = %X[%t, :] : tensor<?x96xf32>,
          %wt = %w[:, :, :] : tensor<2x160x96xf32>,
          %rt = %r[:, :, :] : tensor<2x160x160xf32>)
      outs(%Y[%t, :] : tensor<?x160xf32>)
      carry(%h = %h0[:] : tensor<160xf32>) {
    %wx = seq.time_block -> tensor<2x160xf32> {
      %0 = seq.matvec %wt, %xt
          : tensor<2x160x96xf32>, tensor<96xf32> -> tensor<2x160xf32>
      seq.yield outs(%0 : tensor<2x160xf32>)
    }
    %rh = seq.matvec %rt, %h
        : tensor<2x160x160xf32>, tensor<160xf32> -> tensor<2x160xf32>
    %sum = arith.addf %wx, %rh : tensor<2x160xf32>
    %s0 = seq.extract %sum[0] : tensor<2x160xf32> -> tensor<160xf32>
    %s1 = seq.extract %sum[1] : tensor<2x160xf32> -> tensor<160xf32>
    %new = arith.mulf %s0, %s1 : tensor<160xf32>
    seq.yield outs(%new : tensor<160xf32>) carry(%new : tensor<160xf32>)
  }
  return %y, %h1 : tensor<?x160xf32>, tensor<160xf32>
}
