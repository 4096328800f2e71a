// A diagonal plus a matrix of rank one.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @dplr
func.func @dplr(%x: f32, %r: tensor<4xf32>, %v: tensor<8xf32>,
                %s: tensor<4x8xf32>) {
  // CHECK: seq.dplr_affine(%{{.+}} + %{{.+}} x %{{.+}}) * %{{.+}} + %{{.+}} x %{{.+}} : tensor<4xf32>, tensor<4x8xf32>
  %0 = seq.dplr_affine (%r + %r x %r) * %s + %r x %v
      : tensor<4xf32>, tensor<4x8xf32>
  // CHECK: seq.dplr_affine(%{{.+}} + %{{.+}} x %{{.+}}) * %{{.+}} + %{{.+}} x %{{.+}} {log_decay} : f32, tensor<4xf32>
  %1 = seq.dplr_affine (%x + %r x %r) * %r + %r x %x {log_decay}
      : f32, tensor<4xf32>
  return
}
