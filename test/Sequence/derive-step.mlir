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

// A carry that begins with weights, the same for every sequence of the batch: its
// state begins with those.
// CHECK-LABEL: seq.weight @initial : tensor<1x4xf32>
// CHECK-NEXT: seq.weight_data "w.onnx" offset 64
// CHECK-LABEL: func @weights
// CHECK-SAME: tensor<?x4xf32> {seq.dims = ["batch", ""], seq.initial = @initial, seq.name = "scan_carry"}
func.func @weights(%x: tensor<?x?x4xf32> {seq.name = "x", seq.dims = ["time", "batch", ""]})
    -> (tensor<?x?x4xf32> {seq.name = "y", seq.dims = ["time", "batch", ""]}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x4xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x4xf32>
  %w = seq.weight_data "w.onnx" offset 64 : tensor<1x4xf32>
  %e = tensor.empty(%B) : tensor<1x?x4xf32>
  %wide = linalg.generic {
      indexing_maps = [affine_map<(a, b, c) -> (a, c)>,
                       affine_map<(a, b, c) -> (a, b, c)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w : tensor<1x4xf32>) outs(%e : tensor<1x?x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x?x4xf32>
  %h0 = tensor.collapse_shape %wide [[0, 1], [2]]
      : tensor<1x?x4xf32> into tensor<?x4xf32>
  %Y = tensor.empty(%T, %B) : tensor<?x?x4xf32>
  %y, %h = seq.scan domain(%b = %B) time(%t = %T)
      ins(%xt = %x[%t, %b, :] : tensor<?x?x4xf32>)
      outs(%Y[%t, %b, :] : tensor<?x?x4xf32>)
      carry(%old = %h0[%b, :] : tensor<?x4xf32>) {
    %new = arith.addf %xt, %old : tensor<4xf32>
    seq.yield outs(%new : tensor<4xf32>) carry(%new : tensor<4xf32>)
  }
  return %y : tensor<?x?x4xf32>
}

// -----

// What is made of what a carry ends with gets a row for every step; the carry is
// put out at every step for it.
// CHECK-LABEL: func @readout
// CHECK-SAME: -> (tensor<?x4xf32> {seq.dims = ["time", ""], seq.name = "y"}
// CHECK-SAME: tensor<4xf32> {seq.dims = [""], seq.name = "scan_carry_next"})
// CHECK: %[[SCAN:.+]]:2 = seq.scan
// CHECK: outs(%{{.+}}[%{{.+}}, :] : tensor<?x4xf32>)
// CHECK: %[[ADDED:.+]] = arith.addf
// CHECK: seq.yield outs(%[[ADDED]] : tensor<4xf32>) carry(%[[ADDED]] : tensor<4xf32>)
// CHECK: %[[ROWS:.+]] = linalg.generic {{.*}} ins(%[[SCAN]]#0 : tensor<?x4xf32>)
// CHECK: return %[[ROWS]], %[[SCAN]]#1
#all = affine_map<(c) -> (c)>
func.func @readout(%x: tensor<?x4xf32> {seq.name = "x", seq.dims = ["time", ""]})
    -> (tensor<4xf32> {seq.name = "y"}) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x4xf32>
  %h0 = arith.constant dense<0.0> : tensor<4xf32>
  %h = seq.scan domain() time(%t = %T)
      ins(%xt = %x[%t, :] : tensor<?x4xf32>) carry(%old = %h0[:] : tensor<4xf32>) {
    %new = arith.addf %xt, %old : tensor<4xf32>
    seq.yield carry(%new : tensor<4xf32>)
  }
  %e = tensor.empty() : tensor<4xf32>
  %y = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel"]}
      ins(%h : tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %d = math.tanh %in : f32
    linalg.yield %d : f32
  } -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// So does what is made of the last row.
// CHECK-LABEL: func @last_row
// CHECK-SAME: -> (tensor<?x4xf32> {seq.dims = ["time", ""], seq.name = "y"}
// CHECK: %[[SCAN:.+]]:2 = seq.scan
// CHECK: tensor.extract_slice %[[SCAN]]#0[0, 0] [%{{.+}}, 4]
func.func @last_row(%x: tensor<?x4xf32> {seq.name = "x", seq.dims = ["time", ""]})
    -> (tensor<4xf32> {seq.name = "y"}) {
  %c0 = arith.constant 0 : index
  %back = arith.constant -1 : index
  %T = tensor.dim %x, %c0 : tensor<?x4xf32>
  %h0 = arith.constant dense<0.0> : tensor<4xf32>
  %Y = tensor.empty(%T) : tensor<?x4xf32>
  %y, %h = seq.scan domain() time(%t = %T)
      ins(%xt = %x[%t, :] : tensor<?x4xf32>) outs(%Y[%t, :] : tensor<?x4xf32>)
      carry(%old = %h0[:] : tensor<4xf32>) {
    %new = arith.addf %xt, %old : tensor<4xf32>
    seq.yield outs(%new : tensor<4xf32>) carry(%new : tensor<4xf32>)
  }
  %end = arith.addi %T, %back : index
  %row = tensor.extract_slice %y[%end, 0] [1, 4] [1, 1]
      : tensor<?x4xf32> to tensor<4xf32>
  return %row : tensor<4xf32>
}

// -----

// A carry in another order, and one beside another, are no states: they have rows.
// One that only moves dimensions of one element is, and gives the state its name.
// CHECK-LABEL: func @orders
// CHECK-SAME: %[[A:[a-z0-9]+]]: tensor<2x3xf32> {seq.dims = ["", ""], seq.initial = dense<0.000000e+00> : tensor<2x3xf32>, seq.name = "first"}
// CHECK-SAME: -> (tensor<?x3x2xf32> {seq.dims = ["time", "", ""], seq.name = "turned"}
// CHECK-SAME: tensor<?x4x3xf32> {seq.dims = ["time", "", ""], seq.name = "both"}
// CHECK-SAME: tensor<?x2x3xf32> {seq.dims = ["time", "", ""], seq.name = "again"}
// CHECK-SAME: tensor<2x3xf32> {seq.dims = ["", ""], seq.name = "first_next"}
// CHECK-SAME: tensor<2x3xf32> {seq.dims = ["", ""], seq.name = "scan_carry_next"}
// CHECK-SAME{LITERAL}: seq.states = [["first", "first_next"], ["scan_carry", "scan_carry_next"]]
func.func @orders(%x: tensor<?x2x3xf32> {seq.name = "x", seq.dims = ["time", "", ""]})
    -> (tensor<2x1x3xf32> {seq.name = "first"}, tensor<3x2xf32> {seq.name = "turned"},
        tensor<4x3xf32> {seq.name = "both"}, tensor<2x3xf32> {seq.name = "again"}) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x2x3xf32>
  %zero = arith.constant dense<0.0> : tensor<2x3xf32>
  %g, %h = seq.scan domain() time(%t = %T)
      ins(%xt = %x[%t, :, :] : tensor<?x2x3xf32>)
      carry(%a = %zero[:, :] : tensor<2x3xf32>, %b = %zero[:, :] : tensor<2x3xf32>) {
    %new = arith.addf %xt, %a : tensor<2x3xf32>
    %more = arith.addf %new, %b : tensor<2x3xf32>
    seq.yield carry(%new, %more : tensor<2x3xf32>, tensor<2x3xf32>)
  }
  %wide = tensor.expand_shape %g [[0, 1], [2]] output_shape [1, 2, 3]
      : tensor<2x3xf32> into tensor<1x2x3xf32>
  %e0 = tensor.empty() : tensor<2x1x3xf32>
  %first = linalg.transpose ins(%wide : tensor<1x2x3xf32>)
      outs(%e0 : tensor<2x1x3xf32>) permutation = [1, 0, 2]
  %e1 = tensor.empty() : tensor<3x2xf32>
  %turned = linalg.transpose ins(%g : tensor<2x3xf32>) outs(%e1 : tensor<3x2xf32>)
      permutation = [1, 0]
  %both = tensor.concat dim(0) %g, %h
      : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<4x3xf32>
  return %first, %turned, %both, %g
      : tensor<2x1x3xf32>, tensor<3x2xf32>, tensor<4x3xf32>, tensor<2x3xf32>
}

// -----

// A history in another order has no rows.
func.func @history(%x: tensor<?x3xf32> {seq.name = "x", seq.dims = ["time", ""]})
    -> (tensor<?x3xf32> {seq.name = "y", seq.dims = ["time", ""]},
        tensor<3x2xf32> {seq.name = "turned"}) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x3xf32>
  %past = arith.constant dense<0.0> : tensor<2x3xf32>
  %Y = tensor.empty(%T) : tensor<?x3xf32>
  // expected-error @+1 {{a step is refused: an output is made of the rows that a history of 'seq.scan' ends with}}
  %y, %last = seq.scan domain() time(%t = %T)
      ins(%x2 = %x[%t - 2, :] history %past : tensor<2x3xf32> : tensor<?x3xf32>)
      outs(%Y[%t, :] : tensor<?x3xf32>) {
    seq.yield outs(%x2 : tensor<3xf32>)
  }
  %e = tensor.empty() : tensor<3x2xf32>
  %turned = linalg.transpose ins(%last : tensor<2x3xf32>) outs(%e : tensor<3x2xf32>)
      permutation = [1, 0]
  return %y, %turned : tensor<?x3xf32>, tensor<3x2xf32>
}

// -----

// A history that is a state must end as its next value.
func.func @other_history(%x: tensor<?x3xf32> {seq.name = "x", seq.dims = ["time", ""]},
                         %past: tensor<2x3xf32> {seq.name = "past"})
    -> (tensor<?x3xf32> {seq.name = "y", seq.dims = ["time", ""]},
        tensor<2x3xf32> {seq.name = "next"})
    attributes {seq.states = [["past", "next"]]} {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x3xf32>
  %Y = tensor.empty(%T) : tensor<?x3xf32>
  // expected-error @+1 {{a step is refused: what history 0 of 'seq.scan' begins with is a state, whose next value must be what that ends with}}
  %y, %last = seq.scan domain() time(%t = %T)
      ins(%x2 = %x[%t - 2, :] history %past : tensor<2x3xf32> : tensor<?x3xf32>)
      outs(%Y[%t, :] : tensor<?x3xf32>) {
    seq.yield outs(%x2 : tensor<3xf32>)
  }
  %zero = arith.constant dense<0.0> : tensor<2x3xf32>
  return %y, %zero : tensor<?x3xf32>, tensor<2x3xf32>
}

// -----

// No carry begins with the state: it would be taken on once a call.
// expected-error @+1 {{a step is refused: result 'next', the next value of state 'seed', must be what a carry ends with}}
func.func @no_carry(%x: tensor<?x3xf32> {seq.name = "x", seq.dims = ["time", ""]},
                    %seed: tensor<3xf32> {seq.name = "seed"})
    -> (tensor<?x3xf32> {seq.name = "y", seq.dims = ["time", ""]},
        tensor<3xf32> {seq.name = "next"})
    attributes {seq.states = [["seed", "next"]]} {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x3xf32>
  %h0 = arith.constant dense<0.0> : tensor<3xf32>
  %Y = tensor.empty(%T) : tensor<?x3xf32>
  %y, %h = seq.scan domain() time(%t = %T)
      ins(%xt = %x[%t, :] : tensor<?x3xf32>) outs(%Y[%t, :] : tensor<?x3xf32>)
      carry(%old = %h0[:] : tensor<3xf32>) {
    %new = arith.addf %xt, %old : tensor<3xf32>
    seq.yield outs(%new : tensor<3xf32>) carry(%new : tensor<3xf32>)
  }
  return %y, %h : tensor<?x3xf32>, tensor<3xf32>
}

// -----

// What reads later steps is what does so behind a padding, not what did before it.
#window = affine_map<(t, k) -> (t + k)>
#taps = affine_map<(t, k) -> (k)>
#out = affine_map<(t, k) -> (t)>
func.func @again(%x: tensor<?xf32> {seq.name = "x", seq.dims = ["time"]})
    -> (tensor<?xf32> {seq.name = "y", seq.dims = ["time"]}) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %T = tensor.dim %x, %c0 : tensor<?xf32>
  %zero = arith.constant 0.0 : f32
  %behind = tensor.pad %x low[0] high[3] {
  ^bb0(%i: index):
    tensor.yield %zero : f32
  } : tensor<?xf32> to tensor<?xf32>
  %more = arith.addi %T, %c2 : index
  %later = tensor.extract_slice %behind[1] [%more] [1]
      : tensor<?xf32> to tensor<?xf32>
  %padded = tensor.pad %later low[2] high[0] {
  ^bb0(%i: index):
    tensor.yield %zero : f32
  } : tensor<?xf32> to tensor<?xf32>
  %w = tensor.empty() : tensor<5xf32>
  %e = tensor.empty(%T) : tensor<?xf32>
  // expected-error @+1 {{a step is refused: 'linalg.generic' reads 3 later steps}}
  %y = linalg.generic {indexing_maps = [#window, #taps, #out],
                       iterator_types = ["parallel", "reduction"]}
      ins(%padded, %w : tensor<?xf32>, tensor<5xf32>) outs(%e : tensor<?xf32>) {
  ^bb0(%in: f32, %tap: f32, %sofar: f32):
    %s = arith.addf %in, %sofar : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// What a sequence begins with and ends with cannot both be of one step.
#all = affine_map<(c) -> (c)>
func.func @both(%x: tensor<?x4xf32> {seq.name = "x", seq.dims = ["time", ""]},
                %h0: tensor<4xf32> {seq.name = "h0"})
    -> (tensor<4xf32> {seq.name = "y"}, tensor<4xf32> {seq.name = "hN"})
    attributes {seq.states = [["h0", "hN"]]} {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x4xf32>
  %h = seq.scan domain() time(%t = %T)
      ins(%xt = %x[%t, :] : tensor<?x4xf32>) carry(%old = %h0[:] : tensor<4xf32>) {
    %new = arith.addf %xt, %old : tensor<4xf32>
    seq.yield carry(%new : tensor<4xf32>)
  }
  %e = tensor.empty() : tensor<4xf32>
  // expected-error @+1 {{a step is refused: 'linalg.generic' is made of a state before the sequence and of what the last step leaves}}
  %y = linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel"]}
      ins(%h, %h0 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%in: f32, %before: f32, %out: f32):
    %d = arith.addf %in, %before : f32
    linalg.yield %d : f32
  } -> tensor<4xf32>
  return %y, %h : tensor<4xf32>, tensor<4xf32>
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
