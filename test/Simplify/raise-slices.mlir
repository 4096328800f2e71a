// Slices of a step's values are computed as pieces of their own, where nothing but a
// piece is needed for one.
// RUN: seq-opt %s -seq-raise -canonicalize | FileCheck %s

#rows = affine_map<(d0, d1) -> (d0, d1)>

// Two gates of one product: of each its rows of the matrix.
// CHECK-LABEL: func @gates
// CHECK-SAME: %[[W:.+]]: tensor<8x4xf32>
// CHECK-DAG: tensor.extract_slice %[[W]][0, 0] [4, 4]
// CHECK-DAG: tensor.extract_slice %[[W]][4, 0] [4, 4]
// CHECK-NOT: tensor.extract_slice
// CHECK-COUNT-2: seq.matvec %{{.+}}, %{{.+}} : tensor<4x4xf32>, tensor<4xf32> -> tensor<4xf32>
// CHECK-NOT: tensor.extract_slice
// CHECK: return
func.func @gates(%W: tensor<8x4xf32>, %h0: tensor<?x4xf32>, %T: index, %B: index)
    -> tensor<?x4xf32> {
  %one = arith.constant 1 : index
  %hN = seq.scan domain() time(%t = %T) carry(%h = %h0[:, :] : tensor<?x4xf32>) {
    %e0 = tensor.empty(%B) : tensor<1x?x8xf32>
    %p = seq.scan domain(%b = %B) time(%s = %one)
        ins(%v = %h[%b, :] : tensor<?x4xf32>, %w = %W[:, :] : tensor<8x4xf32>)
        outs(%e0[%s, %b, :] : tensor<1x?x8xf32>) {
      %m = seq.matvec %w, %v : tensor<8x4xf32>, tensor<4xf32> -> tensor<8xf32>
      seq.yield outs(%m : tensor<8xf32>)
    }
    %q = tensor.collapse_shape %p [[0, 1], [2]]
        : tensor<1x?x8xf32> into tensor<?x8xf32>
    %a = tensor.extract_slice %q[0, 0] [%B, 4] [1, 1] : tensor<?x8xf32> to tensor<?x4xf32>
    %c = tensor.extract_slice %q[0, 4] [%B, 4] [1, 1] : tensor<?x8xf32> to tensor<?x4xf32>
    %e1 = tensor.empty(%B) : tensor<?x4xf32>
    %r = linalg.generic {indexing_maps = [#rows, #rows, #rows, #rows],
                         iterator_types = ["parallel", "parallel"]}
        ins(%a, %c, %h : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>)
        outs(%e1 : tensor<?x4xf32>) {
    ^bb0(%i: f32, %j: f32, %k: f32, %o: f32):
      %0 = arith.mulf %i, %j : f32
      %1 = arith.addf %0, %k : f32
      linalg.yield %1 : f32
    } -> tensor<?x4xf32>
    seq.yield carry(%r : tensor<?x4xf32>)
  }
  return %hN : tensor<?x4xf32>
}

// The first half of the rows is as long as one of the dimensions that they are made
// of, and not all of them.
// CHECK-LABEL: func @half
// CHECK: seq.matvec %{{.+}}, %{{.+}} : tensor<8x4xf32>, tensor<4xf32> -> tensor<8xf32>
// CHECK-COUNT-2: tensor.extract_slice
// CHECK: return
func.func @half(%W: tensor<8x4xf32>, %h0: tensor<?x4xf32>, %T: index, %B: index)
    -> tensor<?x4xf32> {
  %one = arith.constant 1 : index
  %two = arith.constant 2 : index
  %hN = seq.scan domain() time(%t = %T) carry(%h = %h0[:, :] : tensor<?x4xf32>) {
    %e0 = tensor.empty(%B) : tensor<1x?x2x8xf32>
    %p = seq.scan domain(%b = %B, %g = %two) time(%s = %one)
        ins(%v = %h[%b, :] : tensor<?x4xf32>, %w = %W[:, :] : tensor<8x4xf32>)
        outs(%e0[%s, %b, %g, :] : tensor<1x?x2x8xf32>) {
      %m = seq.matvec %w, %v : tensor<8x4xf32>, tensor<4xf32> -> tensor<8xf32>
      seq.yield outs(%m : tensor<8xf32>)
    }
    %q = tensor.collapse_shape %p [[0, 1, 2], [3]]
        : tensor<1x?x2x8xf32> into tensor<?x8xf32>
    %a = tensor.extract_slice %q[0, 0] [%B, 4] [1, 1] : tensor<?x8xf32> to tensor<?x4xf32>
    %c = tensor.extract_slice %q[0, 4] [%B, 4] [1, 1] : tensor<?x8xf32> to tensor<?x4xf32>
    %e1 = tensor.empty(%B) : tensor<?x4xf32>
    %r = linalg.generic {indexing_maps = [#rows, #rows, #rows, #rows],
                         iterator_types = ["parallel", "parallel"]}
        ins(%a, %c, %h : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>)
        outs(%e1 : tensor<?x4xf32>) {
    ^bb0(%i: f32, %j: f32, %k: f32, %o: f32):
      %0 = arith.mulf %i, %j : f32
      %1 = arith.addf %0, %k : f32
      linalg.yield %1 : f32
    } -> tensor<?x4xf32>
    seq.yield carry(%r : tensor<?x4xf32>)
  }
  return %hN : tensor<?x4xf32>
}

// A norm needs all of what it scales.
// CHECK-LABEL: func @norm
// CHECK: seq.dot %{{.+}}, %{{.+}} : tensor<8xf32> -> f32
// CHECK: tensor.extract_slice
// CHECK: return
func.func @norm(%X: tensor<?x?x8xf32>, %h0: tensor<?x4xf32>, %T: index, %B: index)
    -> tensor<?x4xf32> {
  %one = arith.constant 1 : index
  %hN = seq.scan domain() time(%t = %T) ins(%x = %X[%t, :, :] : tensor<?x?x8xf32>)
      carry(%h = %h0[:, :] : tensor<?x4xf32>) {
    %e0 = tensor.empty(%B) : tensor<1x?x8xf32>
    %p = seq.scan domain(%b = %B) time(%s = %one) ins(%v = %x[%b, :] : tensor<?x8xf32>)
        outs(%e0[%s, %b, :] : tensor<1x?x8xf32>) {
      %n = seq.dot %v, %v : tensor<8xf32> -> f32
      %all = tensor.splat %n : tensor<8xf32>
      %m = arith.mulf %v, %all : tensor<8xf32>
      seq.yield outs(%m : tensor<8xf32>)
    }
    %q = tensor.collapse_shape %p [[0, 1], [2]]
        : tensor<1x?x8xf32> into tensor<?x8xf32>
    %a = tensor.extract_slice %q[0, 0] [%B, 4] [1, 1] : tensor<?x8xf32> to tensor<?x4xf32>
    %c = tensor.extract_slice %q[0, 4] [%B, 4] [1, 1] : tensor<?x8xf32> to tensor<?x4xf32>
    %e1 = tensor.empty(%B) : tensor<?x4xf32>
    %r = linalg.generic {indexing_maps = [#rows, #rows, #rows, #rows],
                         iterator_types = ["parallel", "parallel"]}
        ins(%a, %c, %h : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>)
        outs(%e1 : tensor<?x4xf32>) {
    ^bb0(%i: f32, %j: f32, %k: f32, %o: f32):
      %0 = arith.mulf %i, %j : f32
      %1 = arith.addf %0, %k : f32
      linalg.yield %1 : f32
    } -> tensor<?x4xf32>
    seq.yield carry(%r : tensor<?x4xf32>)
  }
  return %hN : tensor<?x4xf32>
}

// A window is not cut along the steps that it sees.
// CHECK-LABEL: func @window
// CHECK: tensor.extract_slice %{{.+}}[0, 2]
// CHECK: return
func.func @window(%X: tensor<4xf32>, %h0: tensor<1x2xf32>, %T: index)
    -> tensor<1x2xf32> {
  %one = arith.constant 1 : index
  %hN = seq.scan domain() time(%t = %T) carry(%h = %h0[:, :] : tensor<1x2xf32>) {
    %e0 = tensor.empty() : tensor<1x1x4xf32>
    %p = seq.scan domain(%d = %one) time(%s = %one)
        ins(%v = %X[%d * 1 + 4] : tensor<4xf32>) outs(%e0[%s, %d, :] : tensor<1x1x4xf32>) {
      %m = math.tanh %v : tensor<4xf32>
      seq.yield outs(%m : tensor<4xf32>)
    }
    %q = tensor.collapse_shape %p [[0, 1], [2]] : tensor<1x1x4xf32> into tensor<1x4xf32>
    %a = tensor.extract_slice %q[0, 2] [1, 2] [1, 1] : tensor<1x4xf32> to tensor<1x2xf32>
    %e1 = tensor.empty() : tensor<1x2xf32>
    %r = linalg.generic {indexing_maps = [#rows, #rows, #rows], iterator_types = ["parallel", "parallel"]}
        ins(%a, %h : tensor<1x2xf32>, tensor<1x2xf32>) outs(%e1 : tensor<1x2xf32>) {
    ^bb0(%i: f32, %j: f32, %o: f32):
      %0 = arith.mulf %i, %j : f32
      linalg.yield %0 : f32
    } -> tensor<1x2xf32>
    seq.yield carry(%r : tensor<1x2xf32>)
  }
  return %hN : tensor<1x2xf32>
}
