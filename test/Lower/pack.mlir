// Matrices of contractions are laid out for vectors of lanes: a weight when code
// is emitted, another tensor when the model runs.
// RUN: seq-opt %s -seq-pack="lanes=8" | FileCheck %s
// RUN: seq-opt %s -seq-pack="lanes=8 weight-type=bf16" | FileCheck %s --check-prefix=BF16
// RUN: seq-opt %s -seq-pack="lanes=8 weight-type=i8" | FileCheck %s --check-prefix=INT8
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
