// A decay that repeats the numbers of leading dimensions becomes these.
// RUN: seq-opt %s -canonicalize | FileCheck %s

// CHECK-LABEL: func @splat
// CHECK-SAME: %[[A:.+]]: f32, %[[S:.+]]: tensor<4x8xf32>
func.func @splat(%a: f32, %s: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK: seq.affine exp(%[[A]]) * %[[S]] + %[[S]] : f32, tensor<4x8xf32>
  %as = tensor.splat %a : tensor<4x8xf32>
  %0 = seq.affine exp(%as) * %s + %s : tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// CHECK-LABEL: func @constant
func.func @constant(%s: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK: %[[A:.+]] = arith.constant 5.000000e-01 : f32
  // CHECK: seq.affine %[[A]] * %{{.+}} + %{{.+}} : f32, tensor<4x8xf32>
  %a = arith.constant dense<0.5> : tensor<4x8xf32>
  %0 = seq.affine %a * %s + %s : tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// CHECK-LABEL: func @rows
// CHECK-SAME: %[[A:.+]]: tensor<4xf32>
func.func @rows(%a: tensor<4xf32>, %s: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK: seq.affine %[[A]] * %{{.+}} + %{{.+}} : tensor<4xf32>, tensor<4x8xf32>
  %as = seq.broadcast %a dims [1] : tensor<4xf32> -> tensor<4x8xf32>
  %0 = seq.affine %as * %s + %s : tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// Repeated along the first dimension, and a vector's decay, stay.
// CHECK-LABEL: func @kept
func.func @kept(%a: tensor<8xf32>, %b: f32, %s: tensor<4x8xf32>,
                %v: tensor<8xf32>) -> (tensor<4x8xf32>, tensor<8xf32>) {
  // CHECK: seq.affine %{{.+}} * %{{.+}} + %{{.+}} : tensor<4x8xf32>
  %as = seq.broadcast %a dims [0] : tensor<8xf32> -> tensor<4x8xf32>
  %0 = seq.affine %as * %s + %s : tensor<4x8xf32>
  // CHECK: seq.affine %{{.+}} * %{{.+}} + %{{.+}} : tensor<8xf32>
  %bs = tensor.splat %b : tensor<8xf32>
  %1 = seq.affine %bs * %v + %v : tensor<8xf32>
  return %0, %1 : tensor<4x8xf32>, tensor<8xf32>
}
