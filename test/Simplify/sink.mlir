// RUN: seq-opt %s -seq-sink | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d1)>
#id3 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#column = affine_map<(d0, d1, d2) -> (d0, d2)>

// A product with bias, then a rectifier: both end up in the step.
// CHECK-LABEL: func @epilogue
// CHECK-NOT: linalg.generic
// CHECK: %[[Y:.+]] = seq.scan
// CHECK-SAME: domain() time(%[[T:.+]] = %{{.+}})
// CHECK-NEXT: ins(%[[X:.+]] = %{{.+}}[%[[T]], :] : tensor<?x8xf32>, %[[W:.+]] = %{{.+}}[:, :] : tensor<4x8xf32>, %[[B:.+]] = %{{.+}}[:] : tensor<4xf32>)
// CHECK: %[[P:.+]] = seq.matvec %[[W]], %[[X]]
// CHECK: %[[S:.+]] = arith.addf %[[P]], %[[B]] : tensor<4xf32>
// CHECK: %[[ZERO:.+]] = arith.constant dense<0.000000e+00> : tensor<4xf32>
// CHECK: %[[R:.+]] = arith.maximumf %[[S]], %[[ZERO]] : tensor<4xf32>
// CHECK: seq.yield outs(%[[R]] : tensor<4xf32>)
// CHECK: return %[[Y]]
func.func @epilogue(%X: tensor<?x8xf32>, %W: tensor<4x8xf32>, %b: tensor<4xf32>,
                    %Y: tensor<?x4xf32>, %T: index) -> tensor<?x4xf32> {
  %y = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t, :] : tensor<?x8xf32>, %w = %W[:, :] : tensor<4x8xf32>)
      outs(%Y[%t, :] : tensor<?x4xf32>) {
    %p = seq.matvec %w, %x : tensor<4x8xf32>, tensor<8xf32> -> tensor<4xf32>
    seq.yield outs(%p : tensor<4xf32>)
  }
  %e0 = tensor.empty(%T) : tensor<?x4xf32>
  %s = linalg.generic {indexing_maps = [#id, #row, #id],
                       iterator_types = ["parallel", "parallel"]}
      ins(%y, %b : tensor<?x4xf32>, tensor<4xf32>) outs(%e0 : tensor<?x4xf32>) {
  ^bb0(%u: f32, %v: f32, %o: f32):
    %w = arith.addf %u, %v : f32
    linalg.yield %w : f32
  } -> tensor<?x4xf32>
  %zero = arith.constant 0.0 : f32
  %e1 = tensor.empty(%T) : tensor<?x4xf32>
  %r = linalg.generic {indexing_maps = [#id, #id],
                       iterator_types = ["parallel", "parallel"]}
      ins(%s : tensor<?x4xf32>) outs(%e1 : tensor<?x4xf32>) {
  ^bb0(%u: f32, %o: f32):
    %w = arith.maximumf %u, %zero : f32
    linalg.yield %w : f32
  } -> tensor<?x4xf32>
  return %r : tensor<?x4xf32>
}

// A producer with a scale for every batch entry and feature, which the step
// repeats, and a state whose slice is an element.
// CHECK-LABEL: func @prologue
// CHECK-NOT: linalg.generic
// CHECK: seq.scan domain(%[[B:.+]] = %{{.+}}) time(%[[T:.+]] = %{{.+}})
// CHECK-NEXT: ins(%[[X:.+]] = %{{.+}}[%[[B]], %[[T]], :] : tensor<?x?x8xf32>, %[[S:.+]] = %{{.+}}[%[[B]], :] : tensor<?x8xf32>)
// CHECK: %[[M:.+]] = arith.mulf %[[X]], %[[S]] : tensor<8xf32>
// CHECK: seq.affine %[[M]]
func.func @prologue(%X: tensor<?x?x8xf32>, %S: tensor<?x8xf32>,
                    %h0: tensor<?x8xf32>, %T: index, %B: index)
    -> tensor<?x8xf32> {
  %e = tensor.empty(%B, %T) : tensor<?x?x8xf32>
  %p = linalg.generic {indexing_maps = [#id3, #column, #id3],
                       iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%X, %S : tensor<?x?x8xf32>, tensor<?x8xf32>)
      outs(%e : tensor<?x?x8xf32>) {
  ^bb0(%u: f32, %v: f32, %o: f32):
    %w = arith.mulf %u, %v : f32
    linalg.yield %w : f32
  } -> tensor<?x?x8xf32>
  %hN = seq.scan domain(%b = %B) time(%t = %T)
      ins(%x = %p[%b, %t, :] : tensor<?x?x8xf32>)
      carry(%h = %h0[%b, :] : tensor<?x8xf32>) {
    %h1 = seq.affine %x * %h + %x : tensor<8xf32>
    seq.yield carry(%h1 : tensor<8xf32>)
  }
  return %hN : tensor<?x8xf32>
}

// A producer whose rows every channel reads would be computed once for each of
// them; a masked step's zero must not go through the consumer; a consumer that
// is not the only one keeps the tensor alive anyway.
// CHECK-LABEL: func @refused
// CHECK: linalg.generic
// CHECK: seq.scan
// CHECK: linalg.generic
// CHECK: linalg.generic
func.func @refused(%X: tensor<?x8xf32>, %len: tensor<?xi32>, %Y: tensor<?x?xf32>,
                   %Z: tensor<?x?xf32>, %h0: tensor<?x8xf32>, %T: index,
                   %C: index)
    -> (tensor<?x?xf32>, tensor<?x?xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%T) : tensor<?x8xf32>
  %p = linalg.generic {indexing_maps = [#id, #id],
                       iterator_types = ["parallel", "parallel"]}
      ins(%X : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) {
  ^bb0(%u: f32, %o: f32):
    %w = math.exp %u : f32
    linalg.yield %w : f32
  } -> tensor<?x8xf32>
  %r:3 = seq.scan domain(%c = %C) time(%t = %T)
      ins(%x = %p[%t, :] : tensor<?x8xf32>)
      lengths(%len[%c] : tensor<?xi32>)
      outs(%Y[%t, %c] : tensor<?x?xf32>, %Z[%t, %c] : tensor<?x?xf32>)
      carry(%h = %h0[%c, :] : tensor<?x8xf32>) {
    %h1 = seq.affine %x * %h + %x : tensor<8xf32>
    %d = seq.dot %h1, %h1 : tensor<8xf32> -> f32
    seq.yield outs(%d, %d : f32, f32) carry(%h1 : tensor<8xf32>)
  }
  %q = linalg.generic {indexing_maps = [#id, #id],
                       iterator_types = ["parallel", "parallel"]}
      ins(%r#0 : tensor<?x?xf32>) outs(%Y : tensor<?x?xf32>) {
  ^bb0(%u: f32, %o: f32):
    %w = math.exp %u : f32
    linalg.yield %w : f32
  } -> tensor<?x?xf32>
  %q2 = linalg.generic {indexing_maps = [#id, #id, #id],
                        iterator_types = ["parallel", "parallel"]}
      ins(%r#1, %q : tensor<?x?xf32>, tensor<?x?xf32>)
      outs(%Y : tensor<?x?xf32>) {
  ^bb0(%u: f32, %v: f32, %o: f32):
    %w = arith.mulf %u, %v : f32
    linalg.yield %w : f32
  } -> tensor<?x?xf32>
  return %q, %q2 : tensor<?x?xf32>, tensor<?x?xf32>
}
