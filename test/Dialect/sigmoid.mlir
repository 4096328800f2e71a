// The logistic function, on elements, vectors and tensors.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @sigmoid
func.func @sigmoid(%x: f32, %v: vector<8xf16>, %t: tensor<?x4xf64>)
    -> (f32, vector<8xf16>, tensor<?x4xf64>) {
  // CHECK: seq.sigmoid %{{.+}} : f32
  %0 = seq.sigmoid %x : f32
  // CHECK: seq.sigmoid %{{.+}} : vector<8xf16>
  %1 = seq.sigmoid %v : vector<8xf16>
  // CHECK: seq.sigmoid %{{.+}} : tensor<?x4xf64>
  %2 = seq.sigmoid %t : tensor<?x4xf64>
  return %0, %1, %2 : f32, vector<8xf16>, tensor<?x4xf64>
}
