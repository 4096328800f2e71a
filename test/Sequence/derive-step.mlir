// RUN: seq-opt %s -seq-derive-step=block=9 -split-input-file -verify-diagnostics | FileCheck %s

// What a carry begins with becomes a state, with its first value, called after the
// output that it ended as.
// CHECK-LABEL: func @carried
// CHECK-SAME: %[[X:.+]]: tensor<?x4xf32> {seq.dims = ["time", ""], seq.name = "x"}
// CHECK-SAME: %[[S:.+]]: tensor<4xf32> {seq.dims = [""], seq.initial = dense<2.000000e+00> : tensor<1xf32>, seq.name = "hN"}
// CHECK-SAME: -> (tensor<?x4xf32> {seq.dims = ["time", ""], seq.name = "y"}
// CHECK-SAME: tensor<4xf32> {seq.dims = [""], seq.name = "hN_next"})
// CHECK-SAME: seq.block = 9 : i64
// CHECK-SAME{LITERAL}: seq.states = [["hN", "hN_next"]], seq.steps = "time"
// CHECK: %[[SCAN:.+]]:2 = seq.scan
// CHECK: carry(%{{.+}} = %[[S]][:] : tensor<4xf32>)
// CHECK: return %[[SCAN]]#0, %[[SCAN]]#1
func.func @carried(%x: tensor<?x4xf32> {seq.name = "x", seq.dims = ["time", ""]})
    -> (tensor<?x4xf32> {seq.name = "y", seq.dims = ["time", ""]},
        tensor<1x4xf32> {seq.name = "hN"}) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x4xf32>
  %two = arith.constant 2.0 : f32
  %e = tensor.empty() : tensor<4xf32>
  %h0 = linalg.fill ins(%two : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %Y = tensor.empty(%T) : tensor<?x4xf32>
  %y, %h = seq.scan domain() time(%t = %T)
      ins(%xt = %x[%t, :] : tensor<?x4xf32>) outs(%Y[%t, :] : tensor<?x4xf32>)
      carry(%old = %h0[:] : tensor<4xf32>) {
    %new = arith.addf %xt, %old : tensor<4xf32>
    seq.yield outs(%new : tensor<4xf32>) carry(%new : tensor<4xf32>)
  }
  %hN = tensor.expand_shape %h [[0, 1]] output_shape [1, 4]
      : tensor<4xf32> into tensor<1x4xf32>
  return %y, %hN : tensor<?x4xf32>, tensor<1x4xf32>
}

// -----

// The front of a padding is the rows before; the steps become the first
// dimension.
// CHECK-LABEL: func @padded
// CHECK-SAME: %[[X:.+]]: tensor<?x4xf32> {seq.dims = ["time", ""], seq.name = "x"}
// CHECK-SAME: %[[S:.+]]: tensor<4x2xf32>
// CHECK: %[[TURNED:.+]] = linalg.transpose ins(%[[X]]
// CHECK: %[[OLD:.+]] = tensor.insert_slice %[[S]] into %{{.+}}[0, 0] [4, 2]
// CHECK: %[[ALL:.+]] = tensor.insert_slice %[[TURNED]] into %[[OLD]][0, 2]
// CHECK: %[[NEXT:.+]] = tensor.extract_slice %[[ALL]]
// CHECK: %[[PADDED:.+]] = tensor.pad %[[ALL]] low[0, 0]
// CHECK: linalg.generic {{.*}} ins(%[[PADDED]]
// CHECK: return %{{.+}}, %[[NEXT]]
#window = affine_map<(c, t, k) -> (c, t + k)>
#taps = affine_map<(c, t, k) -> (k)>
#out = affine_map<(c, t, k) -> (c, t)>
func.func @padded(%x: tensor<4x?xf32> {seq.name = "x", seq.dims = ["", "time"]})
    -> (tensor<4x?xf32> {seq.name = "y", seq.dims = ["", "time"]}) {
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c1 : tensor<4x?xf32>
  %zero = arith.constant 0.0 : f32
  %padded = tensor.pad %x low[0, 2] high[0, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : f32
  } : tensor<4x?xf32> to tensor<4x?xf32>
  %w = tensor.empty() : tensor<3xf32>
  %e = tensor.empty(%T) : tensor<4x?xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x?xf32>)
      -> tensor<4x?xf32>
  %y = linalg.generic {indexing_maps = [#window, #taps, #out],
                       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%padded, %w : tensor<4x?xf32>, tensor<3xf32>)
      outs(%f : tensor<4x?xf32>) {
  ^bb0(%in: f32, %tap: f32, %sofar: f32):
    %s = arith.addf %in, %sofar : f32
    linalg.yield %s : f32
  } -> tensor<4x?xf32>
  return %y : tensor<4x?xf32>
}

// -----

func.func @reverse(%x: tensor<?x4xf32> {seq.name = "x", seq.dims = ["time", ""]})
    -> (tensor<?x4xf32> {seq.name = "y", seq.dims = ["time", ""]}) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x4xf32>
  %h0 = arith.constant dense<0.0> : tensor<4xf32>
  %Y = tensor.empty(%T) : tensor<?x4xf32>
  // expected-error @+1 {{a step is refused: 'seq.scan' runs backwards over time}}
  %y, %h = seq.scan domain() time(%t = %T)
      ins(%xt = %x[%t, :] : tensor<?x4xf32>) outs(%Y[%t, :] : tensor<?x4xf32>)
      carry(%old = %h0[:] : tensor<4xf32>) reverse {
    %new = arith.addf %xt, %old : tensor<4xf32>
    seq.yield outs(%new : tensor<4xf32>) carry(%new : tensor<4xf32>)
  }
  return %y : tensor<?x4xf32>
}

// -----

#window = affine_map<(t, k) -> (t + k)>
#taps = affine_map<(t, k) -> (k)>
#out = affine_map<(t, k) -> (t)>
func.func @same(%x: tensor<?xf32> {seq.name = "x", seq.dims = ["time"]})
    -> (tensor<?xf32> {seq.name = "y", seq.dims = ["time"]}) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?xf32>
  %zero = arith.constant 0.0 : f32
  %padded = tensor.pad %x low[1] high[1] {
  ^bb0(%i: index):
    tensor.yield %zero : f32
  } : tensor<?xf32> to tensor<?xf32>
  %w = tensor.empty() : tensor<3xf32>
  %e = tensor.empty(%T) : tensor<?xf32>
  // expected-error @+1 {{a step is refused: 'linalg.generic' reads 1 later step}}
  %y = linalg.generic {indexing_maps = [#window, #taps, #out],
                       iterator_types = ["parallel", "reduction"]}
      ins(%padded, %w : tensor<?xf32>, tensor<3xf32>) outs(%e : tensor<?xf32>) {
  ^bb0(%in: f32, %tap: f32, %sofar: f32):
    %s = arith.addf %in, %sofar : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

func.func @mean(%x: tensor<?x4xf32> {seq.name = "x", seq.dims = ["time", ""]})
    -> (tensor<4xf32> {seq.name = "y"}) {
  %e = tensor.empty() : tensor<4xf32>
  // expected-error @+1 {{a step is refused: 'linalg.generic' reduces over time}}
  %y = linalg.generic {
      indexing_maps = [affine_map<(t, c) -> (t, c)>, affine_map<(t, c) -> (c)>],
      iterator_types = ["reduction", "parallel"]}
      ins(%x : tensor<?x4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%in: f32, %sofar: f32):
    %s = arith.addf %in, %sofar : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// expected-error @+1 {{a step is refused: input 'scale' must be a state or have the dimension 'time', found neither}}
func.func @other(%x: tensor<?xf32> {seq.name = "x", seq.dims = ["time"]},
                 %scale: tensor<f32> {seq.name = "scale"})
    -> (tensor<?xf32> {seq.name = "y", seq.dims = ["time"]}) {
  return %x : tensor<?xf32>
}

// -----

// expected-error @+1 {{a step is refused: the model carries nothing from step to step}}
func.func @nothing(%x: tensor<?xf32> {seq.name = "x", seq.dims = ["time"]})
    -> (tensor<?xf32> {seq.name = "y", seq.dims = ["time"]}) {
  return %x : tensor<?xf32>
}
