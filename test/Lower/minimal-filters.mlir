// Groups of four windows of three taps, or two of five, take six products.
// RUN: seq-opt %s -seq-minimal-filters -canonicalize | FileCheck %s
// RUN: seq-opt %s -seq-minimal-filters=only-notes | FileCheck %s --check-prefix=NOTES

// What the points make of taps that are all one, the last at infinity.
// CHECK-DAG: arith.constant dense<0.790123462> : tensor<32x32x3xf32>
// CHECK-DAG: arith.constant dense<1.000000e+00> : tensor<32x32x3xf32>
// CHECK-DAG: #[[ELEMENT:.+]] = affine_map<(d0, d1, d2, d3) -> (d1, d2, d3)>
// CHECK-DAG: #[[FIRST:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, 0)>
// CHECK-DAG: #[[LAST:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, 5)>
// CHECK-DAG: #[[PRODUCT:.+]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d4)>
// CHECK-DAG: #[[FACTOR:.+]] = affine_map<(d0, d1, d2, d3, d4) -> (d3, 5)>
// CHECK-DAG: #[[ROW:.+]] = affine_map<(d0, d1, d2, d3, d4) -> (d1)>
// CHECK-DAG: #[[FOURS:.+]] = affine_map<(d0, d1, d2, d3, d4) -> (d1, d2 * 4 + d3, d4)>
// CHECK-DAG: #[[OUT:.+]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3, d4)>
seq.weight @w : tensor<32x32x3x3xf32> {
  %0 = arith.constant dense<1.0> : tensor<32x32x3x3xf32>
  seq.yield outs(%0 : tensor<32x32x3x3xf32>)
}

// Notes alone change nothing else.
// NOTES-LABEL: func.func @image
// NOTES: seq.notes = ["fewer products: 6 for 4 windows of 3 taps, which would take 12"]
// NOTES-NOT: linalg.generic
// NOTES-LABEL: func.func @leaves_much_over
// NOTES-NOT: seq.notes
// NOTES: return

// Windows along the first of two dimensions; the last group has two of its four. All
// sums of the input are made at once, and all windows of a group, with what else the
// body computes.
// CHECK-LABEL: func.func @image
// CHECK-SAME: %[[X:[^:]+]]: tensor<32x8x18xf32>, %[[B:[^:]+]]: tensor<32xf32>, %[[R:[^:]+]]: tensor<32x6x16xf32>
// CHECK: %[[PADDED:.+]] = tensor.pad %[[X]] low[0, 0, 0] high[0, 2, 0]
// CHECK: %[[X0:.+]] = tensor.extract_slice %[[PADDED]][0, 0, 0] [32, 2, 18] [1, 4, 1]
// CHECK: %[[X5:.+]] = tensor.extract_slice %[[PADDED]][0, 5, 0] [32, 2, 18] [1, 4, 1]
// CHECK: %[[FACTORS:.+]] = seq.load_weight @factors : tensor<6x6xf32>
// CHECK: %[[V:.+]] = linalg.generic {indexing_maps = [#[[ELEMENT]], {{.+}}, #[[FIRST]], {{.+}}, #[[LAST]], #{{.+}}]
// CHECK-SAME: ins(%[[X0]], {{.+}}, %[[X5]], %[[FACTORS]], {{.+}}) outs(%{{.+}} : tensor<6x32x2x18xf32>)
// CHECK: %[[V0:.+]] = tensor.extract_slice %[[V]][0, 0, 0, 0] [1, 32, 2, 18] [1, 1, 1, 1]
// CHECK: seq.load_weight @filter : tensor<32x32x3xf32>
// CHECK: %[[P:.+]] = seq.scan
// CHECK-NEXT: ins(%{{.+}} = %[[V0]][:, %[[F:.+]], %{{.+}} * 1 + 3] : tensor<32x2x18xf32>, %{{.+}} : tensor<32x32x3xf32>)
// CHECK-NEXT: outs(%{{.+}}[%{{.+}}, :, %[[F]], %{{.+}}] : tensor<1x32x2x16xf32>)
// CHECK-COUNT-5: seq.scan
// CHECK: %[[BACK:.+]] = seq.load_weight @factors{{.*}} : tensor<4x6xf32>
// CHECK: %[[P0:.+]] = tensor.extract_slice %[[P]][0, 0, 0, 0] [1, 32, 1, 16]
// CHECK: %[[R0:.+]] = tensor.extract_slice %[[R]][0, 0, 0] [32, 4, 16] [1, 1, 1]
// CHECK: tensor.expand_shape {{.+}} into tensor<1x32x1x4x16xf32>
// CHECK: linalg.generic {indexing_maps = [#[[PRODUCT]], {{.+}}, #[[FACTOR]], #[[ROW]], #[[FOURS]], #[[OUT]]]
// CHECK-SAME: ins(%[[P0]], {{.+}}, %[[BACK]], %[[B]], %[[R0]] :
// CHECK: %[[BIASED:.+]] = arith.addf
// CHECK-NEXT: arith.addf %[[BIASED]]
// CHECK: tensor.insert_slice {{.+}}[0, 0, 0, 0] [1, 32, 4, 16] [1, 1, 1, 1]
// CHECK: tensor.extract_slice %[[P]][0, 0, 1, 0] [1, 32, 1, 16]
// CHECK: %[[TWO:.+]] = tensor.extract_slice %[[BACK]][0, 0] [2, 6] [1, 1]
// CHECK: linalg.generic {indexing_maps = [#[[PRODUCT]], {{.+}}, #[[FOURS]], #[[OUT]]]
// CHECK-SAME: %[[TWO]], %[[B]]
// CHECK: tensor.insert_slice {{.+}}[0, 0, 4, 0] [1, 32, 2, 16] [1, 1, 1, 1]
// CHECK-NOT: insert_slice
// CHECK: return
func.func @image(%x: tensor<32x8x18xf32>, %b: tensor<32xf32>,
                 %r: tensor<32x6x16xf32>) -> tensor<1x32x6x16xf32> {
  %w = seq.load_weight @w : tensor<32x32x3x3xf32>
  %nf = arith.constant 6 : index
  %nt = arith.constant 16 : index
  %one = arith.constant 1 : index
  %e = tensor.empty() : tensor<1x32x6x16xf32>
  %y = seq.scan domain(%f = %nf, %i = %nt) time(%t = %one)
      ins(%xs = %x[:, %f * 1 + 3, %i * 1 + 3] : tensor<32x8x18xf32>,
          %ws = %w[:, :, :, :] : tensor<32x32x3x3xf32>,
          %bs = %b[:] : tensor<32xf32>, %rs = %r[:, %f, %i] : tensor<32x6x16xf32>)
      outs(%e[%t, :, %f, %i] : tensor<1x32x6x16xf32>) {
    %0 = seq.matvec %ws, %xs : tensor<32x32x3x3xf32>, tensor<32x3x3xf32> -> tensor<32xf32>
    %1 = arith.addf %0, %bs : tensor<32xf32>
    %2 = arith.addf %1, %rs : tensor<32xf32>
    seq.yield outs(%2 : tensor<32xf32>)
  }
  return %y : tensor<1x32x6x16xf32>
}

// Five windows: the second group would be one of them and three for nobody.
// CHECK-LABEL: func.func @leaves_much_over
// CHECK-COUNT-1: seq.scan
// CHECK-NOT: seq.scan
func.func @leaves_much_over(%x: tensor<32x7x18xf32>) -> tensor<1x32x5x16xf32> {
  %w = seq.load_weight @w : tensor<32x32x3x3xf32>
  %nf = arith.constant 5 : index
  %nt = arith.constant 16 : index
  %one = arith.constant 1 : index
  %e = tensor.empty() : tensor<1x32x5x16xf32>
  %y = seq.scan domain(%f = %nf, %i = %nt) time(%t = %one)
      ins(%xs = %x[:, %f * 1 + 3, %i * 1 + 3] : tensor<32x7x18xf32>,
          %ws = %w[:, :, :, :] : tensor<32x32x3x3xf32>)
      outs(%e[%t, :, %f, %i] : tensor<1x32x5x16xf32>) {
    %0 = seq.matvec %ws, %xs : tensor<32x32x3x3xf32>, tensor<32x3x3xf32> -> tensor<32xf32>
    seq.yield outs(%0 : tensor<32xf32>)
  }
  return %y : tensor<1x32x5x16xf32>
}

seq.weight @wide : tensor<128x128x3xf32> {
  %0 = arith.constant dense<1.0> : tensor<128x128x3xf32>
  seq.yield outs(%0 : tensor<128x128x3xf32>)
}

// Windows innermost, over any number of steps.
// CHECK-LABEL: func.func @rows
// CHECK-COUNT-6: seq.scan
// CHECK-NOT: seq.scan
func.func @rows(%x: tensor<?x128x6xf32>) -> tensor<?x128x4xf32> {
  %w = seq.load_weight @wide : tensor<128x128x3xf32>
  %n = arith.constant 4 : index
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x128x6xf32>
  %e = tensor.empty(%T) : tensor<?x128x4xf32>
  %y = seq.scan domain(%i = %n) time(%t = %T)
      ins(%xs = %x[%t, :, %i * 1 + 3] : tensor<?x128x6xf32>,
          %ws = %w[:, :, :] : tensor<128x128x3xf32>)
      outs(%e[%t, :, %i] : tensor<?x128x4xf32>) {
    %0 = seq.matvec %ws, %xs : tensor<128x128x3xf32>, tensor<128x3xf32> -> tensor<128xf32>
    seq.yield outs(%0 : tensor<128xf32>)
  }
  return %y : tensor<?x128x4xf32>
}

seq.weight @five : tensor<128x128x5xf32> {
  %0 = arith.constant dense<1.0> : tensor<128x128x5xf32>
  seq.yield outs(%0 : tensor<128x128x5xf32>)
}

// Two windows of five taps.
// CHECK-LABEL: func.func @five_taps
// CHECK: tensor.extract_slice %arg0[0, 0, 0] [%{{.+}}, 128, 2] [1, 1, 2]
// CHECK-COUNT-6: seq.scan
// CHECK-NOT: seq.scan
// CHECK: linalg.generic
// CHECK: } -> tensor<?x128x2x2xf32>
// CHECK-NOT: linalg.generic
func.func @five_taps(%x: tensor<?x128x8xf32>) -> tensor<?x128x4xf32> {
  %w = seq.load_weight @five : tensor<128x128x5xf32>
  %n = arith.constant 4 : index
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x128x8xf32>
  %e = tensor.empty(%T) : tensor<?x128x4xf32>
  %y = seq.scan domain(%i = %n) time(%t = %T)
      ins(%xs = %x[%t, :, %i * 1 + 5] : tensor<?x128x8xf32>,
          %ws = %w[:, :, :] : tensor<128x128x5xf32>)
      outs(%e[%t, :, %i] : tensor<?x128x4xf32>) {
    %0 = seq.matvec %ws, %xs : tensor<128x128x5xf32>, tensor<128x5xf32> -> tensor<128xf32>
    seq.yield outs(%0 : tensor<128xf32>)
  }
  return %y : tensor<?x128x4xf32>
}

// Any number of windows: few take all products. Of many, what a group lacks is padded,
// and of the last group as many are put in their places as there are.
// NOTES-LABEL: func.func @any_number
// NOTES: "fewer products: 6 for 4 windows of 3 taps, which would take 12, of 128 windows or more"
// CHECK-LABEL: func.func @any_number
// CHECK-SAME: %[[X:[^:]+]]: tensor<64x?xf32>, %[[E:[^:]+]]: tensor<1x64x?xf32>
// CHECK: %[[N:.+]] = tensor.dim %[[E]]
// CHECK: %[[MANY:.+]] = arith.cmpi uge, %[[N]], %c128
// CHECK: scf.if %[[MANY]]
// CHECK: %[[GROUPS:.+]] = arith.ceildivui %[[N]], %c4
// CHECK: %[[READ:.+]] = arith.addi %[[N]], %c2
// CHECK: %[[SLICE:.+]] = tensor.extract_slice %[[X]][0, 0] [64, %[[READ]]] [1, 1]
// CHECK: %[[FULL:.+]] = arith.muli %[[GROUPS]], %c4
// CHECK: %[[MISSING:.+]] = arith.subi %[[FULL]], %[[N]]
// CHECK: tensor.pad %[[SLICE]] low[0, 0] high[0, %[[MISSING]]]
// CHECK-COUNT-6: seq.scan
// CHECK: %[[WHOLE:.+]] = arith.divui %[[N]], %c4
// CHECK: %[[REST:.+]] = arith.remui %[[N]], %c4
// CHECK: linalg.generic
// CHECK: } -> tensor<1x64x?x4xf32>
// CHECK: linalg.generic
// CHECK: } -> tensor<1x64x1x?xf32>
// CHECK: } else {
// CHECK: seq.scan
// CHECK-NOT: seq.scan
func.func @any_number(%x: tensor<64x?xf32>, %e: tensor<1x64x?xf32>)
    -> tensor<1x64x?xf32> {
  %w = seq.load_weight @medium : tensor<64x64x3xf32>
  %c2 = arith.constant 2 : index
  %n = tensor.dim %e, %c2 : tensor<1x64x?xf32>
  %one = arith.constant 1 : index
  %y = seq.scan domain(%i = %n) time(%t = %one)
      ins(%xs = %x[:, %i * 1 + 3] : tensor<64x?xf32>,
          %ws = %w[:, :, :] : tensor<64x64x3xf32>)
      outs(%e[%t, :, %i] : tensor<1x64x?xf32>) {
    %0 = seq.matvec %ws, %xs : tensor<64x64x3xf32>, tensor<64x3xf32> -> tensor<64xf32>
    seq.yield outs(%0 : tensor<64xf32>)
  }
  return %y : tensor<1x64x?xf32>
}

seq.weight @medium : tensor<64x64x3xf32> {
  %0 = arith.constant dense<1.0> : tensor<64x64x3xf32>
  seq.yield outs(%0 : tensor<64x64x3xf32>)
}

// A step alone reads its weights for one group.
// CHECK-LABEL: func.func @step
// CHECK-COUNT-1: seq.scan
// CHECK-NOT: seq.scan
func.func @step(%x: tensor<1x128x6xf32>) -> tensor<1x128x4xf32> {
  %w = seq.load_weight @wide : tensor<128x128x3xf32>
  %n = arith.constant 4 : index
  %one = arith.constant 1 : index
  %e = tensor.empty() : tensor<1x128x4xf32>
  %y = seq.scan domain(%i = %n) time(%t = %one)
      ins(%xs = %x[%t, :, %i * 1 + 3] : tensor<1x128x6xf32>,
          %ws = %w[:, :, :] : tensor<128x128x3xf32>)
      outs(%e[%t, :, %i] : tensor<1x128x4xf32>) {
    %0 = seq.matvec %ws, %xs : tensor<128x128x3xf32>, tensor<128x3xf32> -> tensor<128xf32>
    seq.yield outs(%0 : tensor<128xf32>)
  }
  return %y : tensor<1x128x4xf32>
}

seq.weight @few : tensor<32x32x3xf32> {
  %0 = arith.constant dense<1.0> : tensor<32x32x3xf32>
  seq.yield outs(%0 : tensor<32x32x3xf32>)
}

// Innermost, 32 channels are too few; windows two elements apart; weights that the
// compiler does not know; a past that the product reads; numbers that differ from row
// to row within the body.
// CHECK-LABEL: func.func @few_channels
// CHECK-COUNT-1: seq.scan
// CHECK-NOT: seq.scan
func.func @few_channels(%x: tensor<?x32x6xf32>) -> tensor<?x32x4xf32> {
  %w = seq.load_weight @few : tensor<32x32x3xf32>
  %n = arith.constant 4 : index
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x32x6xf32>
  %e = tensor.empty(%T) : tensor<?x32x4xf32>
  %y = seq.scan domain(%i = %n) time(%t = %T)
      ins(%xs = %x[%t, :, %i * 1 + 3] : tensor<?x32x6xf32>,
          %ws = %w[:, :, :] : tensor<32x32x3xf32>)
      outs(%e[%t, :, %i] : tensor<?x32x4xf32>) {
    %0 = seq.matvec %ws, %xs : tensor<32x32x3xf32>, tensor<32x3xf32> -> tensor<32xf32>
    seq.yield outs(%0 : tensor<32xf32>)
  }
  return %y : tensor<?x32x4xf32>
}

// CHECK-LABEL: func.func @strided
// CHECK-COUNT-1: seq.scan
// CHECK-NOT: seq.scan
func.func @strided(%x: tensor<?x128x9xf32>) -> tensor<?x128x4xf32> {
  %w = seq.load_weight @wide : tensor<128x128x3xf32>
  %n = arith.constant 4 : index
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x128x9xf32>
  %e = tensor.empty(%T) : tensor<?x128x4xf32>
  %y = seq.scan domain(%i = %n) time(%t = %T)
      ins(%xs = %x[%t, :, %i * 2 + 3] : tensor<?x128x9xf32>,
          %ws = %w[:, :, :] : tensor<128x128x3xf32>)
      outs(%e[%t, :, %i] : tensor<?x128x4xf32>) {
    %0 = seq.matvec %ws, %xs : tensor<128x128x3xf32>, tensor<128x3xf32> -> tensor<128xf32>
    seq.yield outs(%0 : tensor<128xf32>)
  }
  return %y : tensor<?x128x4xf32>
}

// CHECK-LABEL: func.func @computed
// CHECK-COUNT-1: seq.scan
// CHECK-NOT: seq.scan
func.func @computed(%x: tensor<?x128x6xf32>, %w: tensor<128x128x3xf32>)
    -> tensor<?x128x4xf32> {
  %n = arith.constant 4 : index
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x128x6xf32>
  %e = tensor.empty(%T) : tensor<?x128x4xf32>
  %y = seq.scan domain(%i = %n) time(%t = %T)
      ins(%xs = %x[%t, :, %i * 1 + 3] : tensor<?x128x6xf32>,
          %ws = %w[:, :, :] : tensor<128x128x3xf32>)
      outs(%e[%t, :, %i] : tensor<?x128x4xf32>) {
    %0 = seq.matvec %ws, %xs : tensor<128x128x3xf32>, tensor<128x3xf32> -> tensor<128xf32>
    seq.yield outs(%0 : tensor<128xf32>)
  }
  return %y : tensor<?x128x4xf32>
}

// CHECK-LABEL: func.func @carried
// CHECK-COUNT-1: seq.scan
// CHECK-NOT: seq.scan
func.func @carried(%x: tensor<?x128x6xf32>, %s: tensor<128x4xf32>)
    -> tensor<?x128x4xf32> {
  %w = seq.load_weight @wide : tensor<128x128x3xf32>
  %n = arith.constant 4 : index
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x128x6xf32>
  %e = tensor.empty(%T) : tensor<?x128x4xf32>
  %y, %last = seq.scan domain(%i = %n) time(%t = %T)
      ins(%xs = %x[%t, :, %i * 1 + 3] : tensor<?x128x6xf32>,
          %ws = %w[:, :, :] : tensor<128x128x3xf32>)
      outs(%e[%t, :, %i] : tensor<?x128x4xf32>)
      carry(%h = %s[:, %i] : tensor<128x4xf32>) {
    %0 = seq.matvec %ws, %xs : tensor<128x128x3xf32>, tensor<128x3xf32> -> tensor<128xf32>
    %1 = arith.addf %0, %h : tensor<128xf32>
    seq.yield outs(%1 : tensor<128xf32>) carry(%1 : tensor<128xf32>)
  }
  return %y : tensor<?x128x4xf32>
}

// CHECK-LABEL: func.func @constants
// CHECK-COUNT-1: seq.scan
// CHECK-NOT: seq.scan
func.func @constants(%x: tensor<32x6x18xf32>) -> tensor<1x32x4x16xf32> {
  %w = seq.load_weight @w : tensor<32x32x3x3xf32>
  %nf = arith.constant 4 : index
  %nt = arith.constant 16 : index
  %one = arith.constant 1 : index
  %e = tensor.empty() : tensor<1x32x4x16xf32>
  %y = seq.scan domain(%f = %nf, %i = %nt) time(%t = %one)
      ins(%xs = %x[:, %f * 1 + 3, %i * 1 + 3] : tensor<32x6x18xf32>,
          %ws = %w[:, :, :, :] : tensor<32x32x3x3xf32>)
      outs(%e[%t, :, %f, %i] : tensor<1x32x4x16xf32>) {
    %b = arith.constant dense<"0x000000400000803F000000400000803F000000400000803F000000400000803F000000400000803F000000400000803F000000400000803F000000400000803F000000400000803F000000400000803F000000400000803F000000400000803F000000400000803F000000400000803F000000400000803F000000400000803F"> : tensor<32xf32>
    %0 = seq.matvec %ws, %xs : tensor<32x32x3x3xf32>, tensor<32x3x3xf32> -> tensor<32xf32>
    %1 = arith.addf %0, %b : tensor<32xf32>
    seq.yield outs(%1 : tensor<32xf32>)
  }
  return %y : tensor<1x32x4x16xf32>
}
