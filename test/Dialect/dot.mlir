// The sum of products of all elements.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @dot
func.func @dot(%x: tensor<16xf32>, %y: tensor<2x?xf64>) -> (f32, f64) {
  // CHECK: seq.dot %{{.+}}, %{{.+}} : tensor<16xf32> -> f32
  %0 = seq.dot %x, %x : tensor<16xf32> -> f32
  // CHECK: seq.dot %{{.+}}, %{{.+}} : tensor<2x?xf64> -> f64
  %1 = seq.dot %y, %y : tensor<2x?xf64> -> f64
  return %0, %1 : f32, f64
}
