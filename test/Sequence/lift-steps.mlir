// RUN: seq-opt %s -seq-lift-steps=block=7 -split-input-file -verify-diagnostics | FileCheck %s

// A product that needs no state and a state that a scan carries: the one is a
// scan over the steps without carries, the other one with. Only the last state
// is left.
// CHECK-LABEL: func @carried
// CHECK-SAME: %[[X:.+]]: tensor<?x2x4xf32> {seq.dims = ["steps", "", ""], seq.name = "x"}
// CHECK-SAME: %[[S:.+]]: tensor<1x2x4xf32> {seq.name = "s"}
// CHECK-SAME: -> (tensor<?x2x4xf32> {seq.dims = ["steps", "", ""], seq.name = "y"}
// CHECK-SAME: seq.block = 7 : i64
// CHECK-SAME: seq.steps = "steps"
// CHECK: %[[T:.+]] = tensor.dim %[[X]]
// CHECK: %[[RELU:.+]] = linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "parallel"]
// CHECK: %[[H0:.+]] = tensor.collapse_shape %[[S]]
// CHECK: %[[SCAN:.+]]:2 = seq.scan domain(%{{.+}} = %{{.+}}) time(%[[t:.+]] = %[[T]])
// CHECK-NEXT: ins(%{{.+}} = %{{.+}}[%[[t]], %{{.+}}, :] : tensor<?x2x4xf32>)
// CHECK: carry(%{{.+}} = %[[H0]][%{{.+}}, :]
// CHECK: %[[LAST:.+]] = tensor.expand_shape %[[SCAN]]#1
// CHECK: return %{{.+}}, %[[LAST]]
func.func @carried(%x: tensor<2x4xf32> {seq.name = "x"},
                   %s: tensor<1x2x4xf32> {seq.name = "s"})
    -> (tensor<2x4xf32> {seq.name = "y"}, tensor<1x2x4xf32> {seq.name = "sN"})
    attributes {seq.states = [["s", "sN"]]} {
  %B = arith.constant 2 : index
  %T = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<2x4xf32>
  %relu = linalg.generic {
      indexing_maps = [affine_map<(b, k) -> (b, k)>,
                       affine_map<(b, k) -> (b, k)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<2x4xf32>) outs(%empty : tensor<2x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %r = arith.maximumf %in, %zero : f32
    linalg.yield %r : f32
  } -> tensor<2x4xf32>
  %row = tensor.expand_shape %relu [[0, 1], [2]] output_shape [1, 2, 4]
      : tensor<2x4xf32> into tensor<1x2x4xf32>
  %h0 = tensor.collapse_shape %s [[0, 1], [2]]
      : tensor<1x2x4xf32> into tensor<2x4xf32>
  %Y = tensor.empty() : tensor<1x2x4xf32>
  %y, %h = seq.scan domain(%b = %B) time(%t = %T)
      ins(%xt = %row[%t, %b, :] : tensor<1x2x4xf32>)
      outs(%Y[%t, %b, :] : tensor<1x2x4xf32>)
      carry(%old = %h0[%b, :] : tensor<2x4xf32>) {
    %new = arith.addf %xt, %old : tensor<4xf32>
    seq.yield outs(%new : tensor<4xf32>) carry(%new : tensor<4xf32>)
  }
  %out = tensor.collapse_shape %y [[0, 1], [2]]
      : tensor<1x2x4xf32> into tensor<2x4xf32>
  %next = tensor.expand_shape %h [[0, 1], [2]] output_shape [1, 2, 4]
      : tensor<2x4xf32> into tensor<1x2x4xf32>
  return %out, %next : tensor<2x4xf32>, tensor<1x2x4xf32>
}

// -----

// A state that is the input of the step before: a row further up.
// CHECK-LABEL: func @delayed
// CHECK-SAME: %[[X:.+]]: tensor<?x4xf32>
// CHECK-SAME: %[[S:.+]]: tensor<4xf32> {seq.name = "s"}
// CHECK-NOT: seq.scan
// CHECK: %[[FIRST:.+]] = tensor.insert_slice %[[S]] into %{{.+}}[0, 0] [1, 4]
// CHECK: %[[EARLIER:.+]] = tensor.extract_slice %[[X]][0, 0]
// CHECK: %[[ROWS:.+]] = tensor.insert_slice %[[EARLIER]] into %[[FIRST]][1, 0]
// CHECK: linalg.generic {{.*}} ins(%[[X]], %[[ROWS]]
// CHECK: %[[LAST:.+]] = tensor.extract_slice %[[X]][%{{.+}}, 0] [1, 4]
// CHECK: return %{{.+}}, %[[LAST]]
func.func @delayed(%x: tensor<4xf32> {seq.name = "x"},
                   %s: tensor<4xf32> {seq.name = "s"})
    -> (tensor<4xf32> {seq.name = "y"}, tensor<4xf32> {seq.name = "sN"})
    attributes {seq.states = [["s", "sN"]]} {
  %empty = tensor.empty() : tensor<4xf32>
  %y = linalg.generic {
      indexing_maps = [affine_map<(k) -> (k)>, affine_map<(k) -> (k)>,
                       affine_map<(k) -> (k)>], iterator_types = ["parallel"]}
      ins(%x, %s : tensor<4xf32>, tensor<4xf32>) outs(%empty : tensor<4xf32>) {
  ^bb0(%new: f32, %old: f32, %out: f32):
    %d = arith.subf %new, %old : f32
    linalg.yield %d : f32
  } -> tensor<4xf32>
  return %y, %x : tensor<4xf32>, tensor<4xf32>
}

// -----

// Any other way from a state to itself is one scan; what only reads its values
// is computed for all steps behind it.
// CHECK-LABEL: func @core
// CHECK: %[[SCAN:.+]]:2 = seq.scan domain() time(
// CHECK: outs(%{{.+}}[%{{.+}}, :] : tensor<?x4xf32>)
// CHECK-NEXT: carry(%{{.+}} = %{{.+}}[:] : tensor<4xf32>)
// CHECK-NEXT: linalg.generic {{.*}}iterator_types = ["parallel"]}
// CHECK-NEXT: ^bb0
// CHECK-NEXT: arith.addf
// CHECK: seq.yield
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel"]} ins(%[[SCAN]]#0
// CHECK: return %{{.+}}, %[[SCAN]]#1
func.func @core(%x: tensor<4xf32> {seq.name = "x"},
                %s: tensor<4xf32> {seq.name = "s"})
    -> (tensor<4xf32> {seq.name = "y"}, tensor<4xf32> {seq.name = "sN"})
    attributes {seq.states = [["s", "sN"]]} {
  %empty = tensor.empty() : tensor<4xf32>
  %next = linalg.generic {
      indexing_maps = [affine_map<(k) -> (k)>, affine_map<(k) -> (k)>,
                       affine_map<(k) -> (k)>], iterator_types = ["parallel"]}
      ins(%x, %s : tensor<4xf32>, tensor<4xf32>) outs(%empty : tensor<4xf32>) {
  ^bb0(%new: f32, %old: f32, %out: f32):
    %d = arith.addf %new, %old : f32
    linalg.yield %d : f32
  } -> tensor<4xf32>
  %y = linalg.generic {
      indexing_maps = [affine_map<(k) -> (k)>, affine_map<(k) -> (k)>],
      iterator_types = ["parallel"]}
      ins(%next : tensor<4xf32>) outs(%empty : tensor<4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %e = math.exp %in : f32
    linalg.yield %e : f32
  } -> tensor<4xf32>
  return %y, %next : tensor<4xf32>, tensor<4xf32>
}

// -----

// expected-error @+1 {{a step that can become a sequence has states and inputs, found 0 and 1}}
func.func @stateless(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

func.func @branch(%x: tensor<4xf32> {seq.name = "x"},
                  %flag: tensor<i1> {seq.name = "flag"},
                  %s: tensor<4xf32> {seq.name = "s"})
    -> (tensor<4xf32> {seq.name = "y"}, tensor<4xf32> {seq.name = "sN"})
    attributes {seq.states = [["s", "sN"]]} {
  // expected-error @+1 {{'tensor.extract' has no form for many steps at once: required a scan, a view or loops over elements}}
  %0 = tensor.extract %flag[] : tensor<i1>
  %y = scf.if %0 -> tensor<4xf32> {
    scf.yield %x : tensor<4xf32>
  } else {
    %empty = tensor.empty() : tensor<4xf32>
    scf.yield %empty : tensor<4xf32>
  }
  return %y, %x : tensor<4xf32>, tensor<4xf32>
}

// -----

// What the body of a scan reads from around it is another at every step: the scan
// stays within one over time.
// CHECK-LABEL: func @around
// CHECK: seq.scan domain() time(%{{.+}} = %{{.+}})
// CHECK-NEXT: ins(%[[X:.+]] = %{{.+}}[%{{.+}}, :] : tensor<?x4xf32>)
// CHECK: seq.scan
// CHECK: arith.addf %[[X]]
func.func @around(%x: tensor<4xf32> {seq.name = "x"}, %s: tensor<4xf32> {seq.name = "s"})
    -> (tensor<4xf32> {seq.name = "y"}, tensor<4xf32> {seq.name = "s1"})
    attributes {seq.states = [["s", "s1"]]} {
  %one = arith.constant 1 : index
  %e = tensor.empty() : tensor<1x4xf32>
  %y, %h = seq.scan domain() time(%t = %one) outs(%e[%t, :] : tensor<1x4xf32>)
      carry(%old = %s[:] : tensor<4xf32>) {
    %new = arith.addf %x, %old : tensor<4xf32>
    seq.yield outs(%new : tensor<4xf32>) carry(%new : tensor<4xf32>)
  }
  %r = tensor.collapse_shape %y [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  return %r, %h : tensor<4xf32>, tensor<4xf32>
}
