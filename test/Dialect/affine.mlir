// The affine transition, plain, in log form and over another semiring.
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
