// The complex transition: a pair of carries.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @complex
func.func @complex(%a: f32, %s: tensor<8xf32>) {
  // CHECK: seq.complex_affine (%{{.+}}, %{{.+}}) * (%{{.+}}, %{{.+}}) + (%{{.+}}, %{{.+}}) : f32
  %0, %1 = seq.complex_affine (%a, %a) * (%a, %a) + (%a, %a) : f32
  // CHECK: seq.complex_affine exp(%{{.+}}, %{{.+}}) * (%{{.+}}, %{{.+}}) + (%{{.+}}, %{{.+}}) : f32, tensor<8xf32>
  %2, %3 = seq.complex_affine exp(%a, %a) * (%s, %s) + (%s, %s) : f32, tensor<8xf32>
  return
}
