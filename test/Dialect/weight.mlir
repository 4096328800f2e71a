// A constant of the module, from a file to its use.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK: seq.weight @w : tensor<2x16x4x8xf32> {
// CHECK-NEXT: %[[D:.+]] = seq.weight_data "vad.onnx" offset 1024 : tensor<4x12x16xf32>
// CHECK-NEXT: %[[P:.+]] = seq.pack %[[D]]
// CHECK-NEXT: seq.yield outs(%[[P]] : tensor<2x16x4x8xf32>)
seq.weight @w : tensor<2x16x4x8xf32> {
  %0 = seq.weight_data "vad.onnx" offset 1024 : tensor<4x12x16xf32>
  %1 = seq.pack %0 lanes 8 contracted 1
      : tensor<4x12x16xf32> -> tensor<2x16x4x8xf32>
  seq.yield outs(%1 : tensor<2x16x4x8xf32>)
}

// CHECK-LABEL: func @use
func.func @use() -> tensor<2x16x4x8xf32> {
  // CHECK: seq.load_weight @w : tensor<2x16x4x8xf32>
  %0 = seq.load_weight @w : tensor<2x16x4x8xf32>
  return %0 : tensor<2x16x4x8xf32>
}
