// Fading sums that share a running exponent.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @scaled
func.func @scaled(%x: f32, %r: tensor<4xf32>, %s: tensor<4x8xf32>) {
  // CHECK: seq.scaled_affine exp(%{{.+}}) * (%{{.+}}, %{{.+}}) + exp(%{{.+}}) * (%{{.+}}) : f32, f32
  %0, %1 = seq.scaled_affine exp(%x) * (%x, %x) + exp(%x) * (%x) : f32, f32
  // CHECK: seq.scaled_affine exp(%{{.+}}) * (%{{.+}}, %{{.+}}, %{{.+}}) + exp(%{{.+}}) * (%{{.+}}, %{{.+}}) : tensor<4xf32>, tensor<4x8xf32>, tensor<4xf32>
  %2, %3, %4 = seq.scaled_affine exp(%r) * (%r, %s, %r) + exp(%r) * (%s, %r)
      : tensor<4xf32>, tensor<4x8xf32>, tensor<4xf32>
  return
}
