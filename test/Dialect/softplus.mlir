// log(1 + exp(x)).
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @softplus
func.func @softplus(%x: f32, %t: tensor<4xf32>) -> (f32, tensor<4xf32>) {
  // CHECK: seq.softplus %{{.+}} : f32
  %0 = seq.softplus %x : f32
  // CHECK: seq.softplus %{{.+}} : tensor<4xf32>
  %1 = seq.softplus %t : tensor<4xf32>
  return %0, %1 : f32, tensor<4xf32>
}
