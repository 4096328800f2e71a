// What depends on the number of steps, on later ones or on a state that was one for
// all steps is refused, by whatever way it comes.
// RUN: seq-opt %s -seq-derive-step -split-input-file -verify-diagnostics

#id = affine_map<(t) -> (t)>
#none = affine_map<(t) -> ()>

// The sum of ones is the number of steps.
func.func @count(%x: tensor<?xf32> {seq.name = "x", seq.dims = ["time"]})
    -> (tensor<?xf32> {seq.name = "y", seq.dims = ["time"]}) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %T = tensor.dim %x, %c0 : tensor<?xf32>
  %e = tensor.empty(%T) : tensor<?xf32>
  %ones = linalg.fill ins(%one : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %n = tensor.empty() : tensor<f32>
  %z = linalg.fill ins(%zero : f32) outs(%n : tensor<f32>) -> tensor<f32>
  // expected-error @+1 {{a step is refused: 'linalg.generic' reduces over time}}
  %sum = linalg.generic {indexing_maps = [#id, #none], iterator_types = ["reduction"]}
      ins(%ones : tensor<?xf32>) outs(%z : tensor<f32>) {
  ^bb0(%in: f32, %acc: f32):
    %next = arith.addf %in, %acc : f32
    linalg.yield %next : f32
  } -> tensor<f32>
  %y = linalg.generic {indexing_maps = [#id, #none, #id], iterator_types = ["parallel"]}
      ins(%x, %sum : tensor<?xf32>, tensor<f32>) outs(%e : tensor<?xf32>) {
  ^bb0(%in: f32, %n1: f32, %o: f32):
    %p = arith.mulf %in, %n1 : f32
    linalg.yield %p : f32
  } -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// So is what an op counts that reads no element.
#id = affine_map<(t) -> (t)>
#none = affine_map<(t) -> ()>
func.func @count_unread(%x: tensor<?xf32> {seq.name = "x", seq.dims = ["time"]})
    -> (tensor<f32> {seq.name = "y"}) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %n = tensor.empty() : tensor<f32>
  %z = linalg.fill ins(%zero : f32) outs(%n : tensor<f32>) -> tensor<f32>
  // expected-error @+1 {{a step is refused: 'linalg.generic' reduces over time}}
  %sum = linalg.generic {indexing_maps = [#id, #none], iterator_types = ["reduction"]}
      ins(%x : tensor<?xf32>) outs(%z : tensor<f32>) {
  ^bb0(%in: f32, %acc: f32):
    %next = arith.addf %one, %acc : f32
    linalg.yield %next : f32
  } -> tensor<f32>
  return %sum : tensor<f32>
}

// -----

// A table of all pairs of steps.
func.func @pairs(%x: tensor<?xf32> {seq.name = "x", seq.dims = ["time"]})
    -> (tensor<?xf32> {seq.name = "y", seq.dims = ["time"]}) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?xf32>
  // expected-error @+1 {{a step is refused: 'tensor.empty' has time twice}}
  %e = tensor.empty(%T, %T) : tensor<?x?xf32>
  return %x : tensor<?xf32>
}

// -----

// The destination that is read holds the next step's row.
#id = affine_map<(t) -> (t)>
func.func @destination(%x: tensor<?xf32> {seq.name = "x", seq.dims = ["time"]})
    -> (tensor<?xf32> {seq.name = "y", seq.dims = ["time"]}) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %T = tensor.dim %x, %c0 : tensor<?xf32>
  %padded = tensor.pad %x low[0] high[1] {
  ^bb0(%i: index):
    tensor.yield %zero : f32
  } : tensor<?xf32> to tensor<?xf32>
  // expected-error @+1 {{a step is refused: 'tensor.extract_slice' reads 1 later step}}
  %later = tensor.extract_slice %padded[1] [%T] [1] : tensor<?xf32> to tensor<?xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%later : tensor<?xf32>) {
  ^bb0(%in: f32, %o: f32):
    %p = arith.mulf %in, %o : f32
    linalg.yield %p : f32
  } -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// A sequence that is a destination alone stays one, and its sum is none of a step.
#id = affine_map<(t) -> (t)>
#none = affine_map<(t) -> ()>
func.func @in_place(%x: tensor<?xf32> {seq.name = "x", seq.dims = ["time"]})
    -> (tensor<f32> {seq.name = "y"}) {
  %zero = arith.constant 0.0 : f32
  %square = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]}
      outs(%x : tensor<?xf32>) {
  ^bb0(%o: f32):
    %p = arith.mulf %o, %o : f32
    linalg.yield %p : f32
  } -> tensor<?xf32>
  %n = tensor.empty() : tensor<f32>
  %z = linalg.fill ins(%zero : f32) outs(%n : tensor<f32>) -> tensor<f32>
  // expected-error @+1 {{a step is refused: 'linalg.generic' reduces over time}}
  %sum = linalg.generic {indexing_maps = [#id, #none], iterator_types = ["reduction"]}
      ins(%square : tensor<?xf32>) outs(%z : tensor<f32>) {
  ^bb0(%in: f32, %acc: f32):
    %next = arith.addf %in, %acc : f32
    linalg.yield %next : f32
  } -> tensor<f32>
  return %sum : tensor<f32>
}

// -----

// A state is another one at every step: as a number that fills rows,
func.func @filled(%x: tensor<?xf32> {seq.name = "x", seq.dims = ["time"]},
                  %s: tensor<f32> {seq.name = "s"})
    -> (tensor<?xf32> {seq.name = "y", seq.dims = ["time"]},
        tensor<f32> {seq.name = "s1"})
    attributes {seq.states = [["s", "s1"]]} {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?xf32>
  %number = tensor.extract %s[] : tensor<f32>
  %e = tensor.empty(%T) : tensor<?xf32>
  // expected-error @+1 {{a step is refused: 'linalg.fill' reads a state beside the steps of a sequence}}
  %y = linalg.fill ins(%number : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  return %y, %s : tensor<?xf32>, tensor<f32>
}

// -----

// as one that loops read from around,
#id = affine_map<(t) -> (t)>
func.func @captured(%x: tensor<?xf32> {seq.name = "x", seq.dims = ["time"]},
                    %s: tensor<f32> {seq.name = "s"})
    -> (tensor<?xf32> {seq.name = "y", seq.dims = ["time"]},
        tensor<f32> {seq.name = "s1"})
    attributes {seq.states = [["s", "s1"]]} {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?xf32>
  %number = tensor.extract %s[] : tensor<f32>
  %e = tensor.empty(%T) : tensor<?xf32>
  // expected-error @+1 {{a step is refused: 'linalg.generic' reads a state beside the steps of a sequence}}
  %y = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]}
      outs(%e : tensor<?xf32>) {
  ^bb0(%o: f32):
    linalg.yield %number : f32
  } -> tensor<?xf32>
  return %y, %s : tensor<?xf32>, tensor<f32>
}

// -----

// and as a place.
func.func @place(%x: tensor<?x4xf32> {seq.name = "x", seq.dims = ["time", ""]},
                 %s: tensor<i32> {seq.name = "s"})
    -> (tensor<?xf32> {seq.name = "y", seq.dims = ["time"]},
        tensor<i32> {seq.name = "s1"})
    attributes {seq.states = [["s", "s1"]]} {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x4xf32>
  %number = tensor.extract %s[] : tensor<i32>
  %at = arith.index_cast %number : i32 to index
  // expected-error @+1 {{a step is refused: 'tensor.extract_slice' takes a number from a state}}
  %y = tensor.extract_slice %x[0, %at] [%T, 1] [1, 1] : tensor<?x4xf32> to tensor<?xf32>
  return %y, %s : tensor<?xf32>, tensor<i32>
}

// -----

// As many weights as there are steps, twice.
func.func @twice(%x: tensor<?xf32> {seq.name = "x", seq.dims = ["time"]})
    -> (tensor<?xf32> {seq.name = "y", seq.dims = ["time"]}) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %T = tensor.dim %x, %c0 : tensor<?xf32>
  %twice = arith.muli %T, %c2 : index
  %w = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  // expected-error @+1 {{a step is refused: 'tensor.extract_slice' computes with the number of steps}}
  %some = tensor.extract_slice %w[0] [%twice] [1] : tensor<4xf32> to tensor<?xf32>
  return %x : tensor<?xf32>
}

// -----

// An extent by a number that is no constant may be that of time.
func.func @some_extent(%x: tensor<?xf32> {seq.name = "x", seq.dims = ["time"]},
                       %i: tensor<?xi32> {seq.name = "i", seq.dims = ["time"]})
    -> (tensor<4xf32> {seq.name = "y"}) {
  %c0 = arith.constant 0 : index
  %w = arith.constant dense<[1, 2, 3]> : tensor<3xi32>
  %one = tensor.extract %w[%c0] : tensor<3xi32>
  %which = arith.index_cast %one : i32 to index
  %T = tensor.dim %x, %which : tensor<?xf32>
  %v = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  // expected-error @+1 {{a step is refused: 'tensor.extract_slice' computes with the number of steps}}
  %some = tensor.extract_slice %v[%T] [1] [1] : tensor<4xf32> to tensor<1xf32>
  return %v : tensor<4xf32>
}

// -----

// A scan whose body reads the whole sequence from around it.
func.func @around(%x: tensor<?xf32> {seq.name = "x", seq.dims = ["time"]})
    -> (tensor<?xf32> {seq.name = "y", seq.dims = ["time"]}) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<f32>
  %T = tensor.dim %x, %c0 : tensor<?xf32>
  %Y = tensor.empty(%T) : tensor<?xf32>
  // expected-error @+1 {{a step is refused: 'seq.scan' reads all of time at every step}}
  %y, %h = seq.scan domain() time(%t = %T)
      ins(%xt = %x[%t] : tensor<?xf32>) outs(%Y[%t] : tensor<?xf32>)
      carry(%old = %zero[] : tensor<f32>) {
    %begin = tensor.extract %x[%c0] : tensor<?xf32>
    %sum = arith.addf %xt, %old : f32
    %new = arith.addf %sum, %begin : f32
    seq.yield outs(%new : f32) carry(%new : f32)
  }
  return %y : tensor<?xf32>
}

// -----

// Scans of their own at every step that begin with the next one's row.
func.func @begins(%x: tensor<?xf32> {seq.name = "x", seq.dims = ["time"]})
    -> (tensor<?xf32> {seq.name = "y", seq.dims = ["time"]}) {
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : index
  %zero = arith.constant 0.0 : f32
  %T = tensor.dim %x, %c0 : tensor<?xf32>
  %padded = tensor.pad %x low[0] high[1] {
  ^bb0(%i: index):
    tensor.yield %zero : f32
  } : tensor<?xf32> to tensor<?xf32>
  // expected-error @+1 {{a step is refused: 'tensor.extract_slice' reads 1 later step}}
  %later = tensor.extract_slice %padded[1] [%T] [1] : tensor<?xf32> to tensor<?xf32>
  %y = seq.scan domain(%d = %T) time(%t = %c3)
      ins(%xt = %x[%d] : tensor<?xf32>)
      carry(%old = %later[%d] : tensor<?xf32>) {
    %new = arith.addf %xt, %old : f32
    seq.yield carry(%new : f32)
  }
  return %y : tensor<?xf32>
}
