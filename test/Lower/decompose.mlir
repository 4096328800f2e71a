// Composite transitions become the ops that they stand for; one with an iteration
// space of its own stays.
// RUN: seq-opt %s -seq-decompose | FileCheck %s

// CHECK-LABEL: func @affine
func.func @affine(%a: tensor<4x4xf32>, %s: tensor<4xf32>, %m: tensor<4x8xf32>)
    -> (tensor<4xf32>, tensor<4x8xf32>, tensor<4xf32>) {
  // CHECK: %[[Y:.+]] = seq.matvec %{{.+}}, %{{.+}} : tensor<4x4xf32>
  // CHECK: arith.addf %[[Y]], %{{.+}} : tensor<4xf32>
  %0 = seq.affine matrix(%a) * %s + %s : tensor<4x4xf32>, tensor<4xf32>
  // CHECK: %[[Z:.+]] = seq.matmul %{{.+}}, %{{.+}} {semiring = #seq<semiring max_plus>}
  // CHECK: arith.maximumf %[[Z]], %{{.+}} : tensor<4x8xf32>
  %1 = seq.affine matrix(%a) * %m + %m {semiring = #seq<semiring max_plus>}
      : tensor<4x4xf32>, tensor<4x8xf32>
  // CHECK: seq.affine exp(%{{.+}}) * %{{.+}} : tensor<4xf32>
  %2 = seq.affine exp(%s) * %s + %s : tensor<4xf32>
  return %0, %1, %2 : tensor<4xf32>, tensor<4x8xf32>, tensor<4xf32>
}

// CHECK-LABEL: func @matrix
func.func @matrix(%a: tensor<4x4xf32>, %s: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: %[[Y:.+]] = seq.matvec %{{.+}}, %{{.+}} {semiring = #seq<semiring log_plus>}
  // CHECK: arith.addf %{{.+}}, %[[Y]] : tensor<4xf32>
  %0 = seq.matrix %a * %s rows(%s) {semiring = #seq<semiring log_plus>}
      : tensor<4x4xf32>, tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func @scaled
func.func @scaled(%m: f32, %s: tensor<4xf32>) -> (f32, tensor<4xf32>) {
  // CHECK: %[[F:.+]] = arith.addf
  // CHECK: %[[M:.+]] = arith.maximumf %[[F]]
  // CHECK: math.exp
  // CHECK: math.exp
  // CHECK: %[[S:.+]] = seq.affine {{.+}} : f32, tensor<4xf32>
  // CHECK: return %[[M]], %[[S]]
  %0, %1 = seq.scaled_affine exp(%m) * (%m, %s) + exp(%m) * (%s)
      : f32, tensor<4xf32>
  return %0, %1 : f32, tensor<4xf32>
}

// CHECK-LABEL: func @dplr
func.func @dplr(%w: tensor<4xf32>, %v: tensor<8xf32>, %s: tensor<4x8xf32>)
    -> tensor<4x8xf32> {
  // CHECK: %[[R:.+]] = seq.vecmat
  // CHECK: %[[KV:.+]] = seq.outer
  // CHECK: %[[RS:.+]] = seq.broadcast %[[R]]
  // CHECK: %[[G:.+]] = seq.affine %{{.+}} * %[[RS]] + %[[KV]] : tensor<4xf32>, tensor<4x8xf32>
  // CHECK: seq.affine %{{.+}} * %{{.+}} + %[[G]] : tensor<4xf32>, tensor<4x8xf32>
  %0 = seq.dplr_affine (%w + %w x %w) * %s + %w x %v
      : tensor<4xf32>, tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// Both of what a delta rule adds are multiples of the key: one outer product.
// CHECK-LABEL: func @delta
// CHECK-SAME: %[[W:.+]]: tensor<4xf32>, %[[K:.+]]: tensor<4xf32>, %[[B:.+]]: f32, %[[V:.+]]: tensor<8xf32>
func.func @delta(%w: tensor<4xf32>, %k: tensor<4xf32>, %b: f32,
                 %v: tensor<8xf32>, %s: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK: %[[R:.+]] = seq.vecmat
  // CHECK: %[[C:.+]] = arith.negf %[[B]] : f32
  // CHECK: %[[CS:.+]] = tensor.splat %[[C]] : tensor<8xf32>
  // CHECK: %[[CR:.+]] = arith.mulf %[[CS]], %[[R]]
  // CHECK: %[[D:.+]] = arith.addf %[[CR]], %[[V]]
  // CHECK: %[[KD:.+]] = seq.outer %[[K]], %[[D]]
  // CHECK-NOT: seq.outer
  // CHECK: seq.affine %[[W]] * %{{.+}} + %[[KD]]
  %bs = tensor.splat %b : tensor<4xf32>
  %kb = arith.mulf %k, %bs : tensor<4xf32>
  %a = arith.negf %kb : tensor<4xf32>
  %0 = seq.dplr_affine (%w + %a x %k) * %s + %k x %v
      : tensor<4xf32>, tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// A row's decay is exponentiated once, also where another transition stands for
// the affine one.
// CHECK-LABEL: func @rows
func.func @rows(%g: tensor<4xf32>, %v: tensor<8xf32>, %s: tensor<4x8xf32>)
    -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  // CHECK: %[[W:.+]] = math.exp %{{.+}} : tensor<4xf32>
  // CHECK: seq.affine %[[W]] * %{{.+}} + %{{.+}} : tensor<4xf32>, tensor<4x8xf32>
  %0 = seq.affine exp(%g) * %s + %s : tensor<4xf32>, tensor<4x8xf32>
  // CHECK: %[[X:.+]] = math.exp %{{.+}} : tensor<4xf32>
  // CHECK: seq.affine %[[X]] * %{{.+}} + %{{.+}} : tensor<4xf32>, tensor<4x8xf32>
  %1 = seq.dplr_affine (%g + %g x %g) * %s + %g x %v {log_decay}
      : tensor<4xf32>, tensor<4x8xf32>
  return %0, %1 : tensor<4x8xf32>, tensor<4x8xf32>
}
