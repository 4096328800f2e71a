// The affine transition, plain, in log form, over another semiring, with decays
// of rows and with matrices.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @affine
func.func @affine(%a: f32, %s: tensor<16xf32>) -> (f32, tensor<16xf32>, f32) {
  // CHECK: seq.affine %{{.+}} * %{{.+}} + %{{.+}} : f32
  %0 = seq.affine %a * %a + %a : f32
  // CHECK: seq.affine exp(%{{.+}}) * %{{.+}} + %{{.+}} : tensor<16xf32>
  %1 = seq.affine exp(%s) * %s + %s : tensor<16xf32>
  // CHECK: seq.affine %{{.+}} * %{{.+}} + %{{.+}} {semiring = #seq<semiring log_plus>} : f32
  %2 = seq.affine %a * %a + %a {semiring = #seq<semiring log_plus>} : f32
  return %0, %1, %2 : f32, tensor<16xf32>, f32
}

// CHECK-LABEL: func @leading
func.func @leading(%a: f32, %r: tensor<4xf32>, %s: tensor<4x8xf32>) {
  // CHECK: seq.affine exp(%{{.+}}) * %{{.+}} + %{{.+}} : f32, tensor<4x8xf32>
  %0 = seq.affine exp(%a) * %s + %s : f32, tensor<4x8xf32>
  // CHECK: seq.affine %{{.+}} * %{{.+}} + %{{.+}} : tensor<4xf32>, tensor<4x8xf32>
  %1 = seq.affine %r * %s + %s : tensor<4xf32>, tensor<4x8xf32>
  return
}

// CHECK-LABEL: func @full
func.func @full(%m: tensor<4x4xf32>, %r: tensor<4xf32>, %s: tensor<4x8xf32>) {
  // CHECK: seq.affine matrix(%{{.+}}) * %{{.+}} + %{{.+}} : tensor<4x4xf32>, tensor<4xf32>
  %0 = seq.affine matrix(%m) * %r + %r : tensor<4x4xf32>, tensor<4xf32>
  // CHECK: seq.affine matrix(%{{.+}}) * %{{.+}} + %{{.+}} : tensor<4x4xf32>, tensor<4x8xf32>
  %1 = seq.affine matrix(%m) * %s + %s : tensor<4x4xf32>, tensor<4x8xf32>
  // A square state and its matrix have one type.
  // CHECK: seq.affine matrix(%{{.+}}) * %{{.+}} + %{{.+}} {semiring = #seq<semiring max_plus>} : tensor<4x4xf32>
  %2 = seq.affine matrix(%m) * %m + %m {semiring = #seq<semiring max_plus>} : tensor<4x4xf32>
  return
}
