// f32 functions become arithmetic; other types are left alone.
// RUN: seq-opt %s -seq-expand-gpu-math | FileCheck-22 %s

// CHECK-LABEL: func.func @single
// CHECK-NOT: math.exp
// CHECK-NOT: math.log
// CHECK-NOT: math.tanh
// CHECK-NOT: seq.
// CHECK: arith.shli
// CHECK: return
func.func @single(%x: f32) -> f32 {
  %0 = math.exp %x : f32
  %1 = math.log %0 : f32
  %2 = math.log1p %1 : f32
  %3 = math.tanh %2 : f32
  %4 = seq.sigmoid %3 : f32
  %5 = seq.softplus %4 : f32
  return %5 : f32
}

// CHECK-LABEL: func.func @double
// CHECK: math.exp
func.func @double(%x: f64) -> f64 {
  %0 = math.exp %x : f64
  return %0 : f64
}
