// The scan op in all its parts, parsed, printed and parsed again.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @ema
// CHECK: seq.scan domain(%[[C:.+]] = %{{.+}}) time(%[[T:.+]] = %{{.+}})
// CHECK-NEXT: ins(%{{.+}} = %{{.+}}[%[[T]], %[[C]]] : tensor<?x?xf32>)
// CHECK-NEXT: outs(%{{.+}}[%[[T]], %[[C]]] : tensor<?x?xf32>)
// CHECK-NEXT: carry(%{{.+}} = %{{.+}}[%[[C]]] : tensor<?xf32>)
// CHECK-SAME: schedule [#seq.alternative<parallel, min_time = 512, chunk = 128>, #seq.alternative<recurrent>]
func.func @ema(%X: tensor<?x?xf32>, %h0: tensor<?xf32>, %Y: tensor<?x?xf32>,
               %T: index, %C: index) -> (tensor<?x?xf32>, tensor<?xf32>) {
  %y, %hN = seq.scan domain(%c = %C) time(%t = %T)
      ins(%x = %X[%t, %c] : tensor<?x?xf32>)
      outs(%Y[%t, %c] : tensor<?x?xf32>)
      carry(%h = %h0[%c] : tensor<?xf32>)
      schedule [#seq.alternative<parallel, min_time = 512, chunk = 128>,
                #seq.alternative<recurrent>] {
    %a = arith.constant 0.9 : f32
    %b = arith.constant 0.1 : f32
    %g = arith.mulf %b, %x : f32
    // CHECK: seq.affine %{{.+}} * %{{.+}} + %{{.+}} : f32
    %h1 = seq.affine %a * %h + %g : f32
    seq.yield outs(%h1 : f32) carry(%h1 : f32)
  }
  return %y, %hN : tensor<?x?xf32>, tensor<?xf32>
}

// CHECK-LABEL: func @history
// CHECK: ins(%{{.+}} = %{{.+}}[%[[T:.+]], %[[B:.+]], :] : tensor<?x?x4xf32>, %{{.+}} = %{{.+}}[%[[T]] - 2, %[[B]], :] history %{{.+}} : tensor<2x?x4xf32> : tensor<?x?x4xf32>)
// CHECK-NEXT: lengths(%{{.+}}[%[[B]]] : tensor<?xi32>)
// CHECK-NEXT: outs(%{{.+}}[%[[B]], %[[T]] floordiv 4, :] : tensor<?x?x4xf32>)
func.func @history(%X: tensor<?x?x4xf32>, %past: tensor<2x?x4xf32>,
                   %len: tensor<?xi32>, %Y: tensor<?x?x4xf32>, %T: index,
                   %B: index) -> (tensor<?x?x4xf32>, tensor<2x?x4xf32>) {
  %y, %pastN = seq.scan domain(%b = %B) time(%t = %T)
      ins(%x = %X[%t, %b, :] : tensor<?x?x4xf32>,
          %x2 = %X[%t - 2, %b, :] history %past : tensor<2x?x4xf32>
            : tensor<?x?x4xf32>)
      lengths(%len[%b] : tensor<?xi32>)
      outs(%Y[%b, %t floordiv 4, :] : tensor<?x?x4xf32>) {
    %s = arith.addf %x, %x2 : tensor<4xf32>
    seq.yield outs(%s : tensor<4xf32>)
  }
  return %y, %pastN : tensor<?x?x4xf32>, tensor<2x?x4xf32>
}

// A convolution's windows and packed weights; no time, no carry.
// CHECK-LABEL: func @windows
// CHECK: %{{.+}} * 2 + 3, :] : tensor<9x4xf32>
// CHECK-SAME: [:, :, :, :] packed 8 as tensor<16x3x4xf32> : tensor<2x3x4x8xf32>
func.func @windows(%X: tensor<9x4xf32>, %W: tensor<2x3x4x8xf32>,
                   %Y: tensor<1x4x16xf32>) -> tensor<1x4x16xf32> {
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %y = seq.scan domain(%l = %c4) time(%t = %c1)
      ins(%x = %X[%l * 2 + 3, :] : tensor<9x4xf32>,
          %w = %W[:, :, :, :] packed 8 as tensor<16x3x4xf32>
            : tensor<2x3x4x8xf32>)
      outs(%Y[%t, %l, :] : tensor<1x4x16xf32>) {
    %0 = seq.matvec %w, %x
        : tensor<16x3x4xf32>, tensor<3x4xf32> -> tensor<16xf32>
    seq.yield outs(%0 : tensor<16xf32>)
  }
  return %y : tensor<1x4x16xf32>
}
