// What is computed from constants alone becomes a symbol, to be evaluated when
// code is emitted; the rest stays.
// RUN: seq-opt %s -seq-outline-weights | FileCheck %s
// RUN: seq-opt %s -seq-outline-weights | FileCheck %s --check-prefix=DROPPED
// DROPPED-NOT: @apart

// Views and arithmetic go with the data, and the packed matrix is one weight.
// CHECK-DAG: seq.weight @[[PACKED:[a-z_0-9]+]] : tensor<1x6x2x8xf32> {
// CHECK-DAG: seq.weight @[[BIAS:[a-z_0-9]+]] : tensor<2x5xf32> {

// CHECK-LABEL: func.func @views
func.func @views(%x: tensor<2x5xf32>)
    -> (tensor<1x6x2x8xf32>, tensor<2x5xf32>) {
  // CHECK-NOT: seq.weight_data
  // CHECK-NOT: seq.pack
  // CHECK-DAG: %[[P:.+]] = seq.load_weight @[[PACKED]] : tensor<1x6x2x8xf32>
  // CHECK-DAG: %[[B:.+]] = seq.load_weight @[[BIAS]] : tensor<2x5xf32>
  %data = seq.weight_data "vad.onnx" offset 64 : tensor<3x5x6xf32>
  %two = tensor.extract_slice %data[0, 0, 0] [2, 5, 6] [1, 1, 1]
      : tensor<3x5x6xf32> to tensor<2x5x6xf32>
  %packed = seq.pack %two lanes 8 contracted 1
      : tensor<2x5x6xf32> -> tensor<1x6x2x8xf32>
  %a = seq.weight_data "vad.onnx" offset 8 : tensor<2x5xf32>
  %b = arith.constant dense<[[1.0, 2.0, 3.0, 4.0, 5.0],
                             [6.0, 7.0, 8.0, 9.0, 1.0]]> : tensor<2x5xf32>
  %bias = arith.addf %a, %b : tensor<2x5xf32>
  // What depends on an input stays.
  // CHECK: %[[Y:.+]] = arith.addf %{{.+}}, %[[B]] : tensor<2x5xf32>
  %y = arith.addf %x, %bias : tensor<2x5xf32>
  // CHECK: return %[[P]], %[[Y]]
  return %packed, %y : tensor<1x6x2x8xf32>, tensor<2x5xf32>
}

// One number repeated is no weight.
// CHECK-LABEL: func.func @splat
func.func @splat(%x: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK-NOT: seq.load_weight
  // CHECK: arith.constant dense<5.000000e-01> : tensor<4xf32>
  %half = arith.constant dense<0.5> : tensor<4xf32>
  %y = arith.mulf %x, %half : tensor<4xf32>
  // CHECK: return
  return %y : tensor<4xf32>
}

// A view of an empty tensor is a place for results.
// CHECK-LABEL: func @place
// CHECK: tensor.empty
// CHECK: tensor.expand_shape
// CHECK-NOT: seq.load_weight
// CHECK: return
func.func @place(%x: f32) -> tensor<2x4xf32> {
  %0 = tensor.empty() : tensor<8xf32>
  %1 = tensor.expand_shape %0 [[0, 1]] output_shape [2, 4] : tensor<8xf32> into tensor<2x4xf32>
  %2 = linalg.fill ins(%x : f32) outs(%1 : tensor<2x4xf32>) -> tensor<2x4xf32>
  return %2 : tensor<2x4xf32>
}

// A part of a weight is a weight of its own, made of the same bytes; the whole, which
// nothing loads any more, is dropped.
// CHECK-LABEL: func.func @parts
// CHECK-DAG: seq.load_weight @weight{{.*}} : tensor<2x3xf32>
// CHECK-DAG: seq.load_weight @whole : tensor<4x3xf32>
// CHECK-NOT: tensor.extract_slice
seq.weight @whole : tensor<4x3xf32> {
  %0 = seq.weight_data "vad.onnx" offset 512 : tensor<4x3xf32>
  seq.yield outs(%0 : tensor<4x3xf32>)
}
seq.weight @apart : tensor<4x3xf32> {
  %0 = seq.weight_data "vad.onnx" offset 1024 : tensor<4x3xf32>
  seq.yield outs(%0 : tensor<4x3xf32>)
}
func.func @parts() -> (tensor<2x3xf32>, tensor<4x3xf32>) {
  %apart = seq.load_weight @apart : tensor<4x3xf32>
  %part = tensor.extract_slice %apart[2, 0] [2, 3] [1, 1]
      : tensor<4x3xf32> to tensor<2x3xf32>
  %whole = seq.load_weight @whole : tensor<4x3xf32>
  return %part, %whole : tensor<2x3xf32>, tensor<4x3xf32>
}
