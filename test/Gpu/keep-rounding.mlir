// Additions and products keep their order on drivers that would rearrange them;
// what has one rounding however it is computed is left alone.
// RUN: seq-opt %s -seq-keep-rounding | FileCheck %s

spirv.module Logical GLSL450 {
  // CHECK-LABEL: spirv.func @f
  spirv.func @f(%a: f32, %b: f32) -> f32 "None" {
    // CHECK: spirv.FMul %{{.+}}, %{{.+}} {no_contraction} : f32
    %0 = spirv.FMul %a, %b : f32
    // CHECK: spirv.FAdd %{{.+}}, %{{.+}} {no_contraction} : f32
    %1 = spirv.FAdd %0, %b : f32
    // CHECK: spirv.FSub %{{.+}}, %{{.+}} {no_contraction} : f32
    %2 = spirv.FSub %1, %a : f32
    // CHECK: spirv.FNegate %{{[0-9]+}} : f32
    %3 = spirv.FNegate %2 : f32
    spirv.ReturnValue %3 : f32
  }
}
