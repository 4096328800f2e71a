// A cell and a transition that only the tests define become GPU kernels, in the
// recurrent and in the parallel form.
// RUN: seq-test-opt %s -seq-expand -seq-choose-schedule="form=recurrent remarks=false" -seq-to-kernels | FileCheck %s --check-prefix=RECURRENT
// RUN: seq-test-opt %s -seq-expand -seq-choose-schedule="form=parallel chunk=16 remarks=false" -seq-to-kernels | FileCheck %s --check-prefix=PARALLEL

// RECURRENT: call @fade_0(
// RECURRENT: spirv.EntryPoint "GLCompute" @fade_0
// RECURRENT-NOT: test_seq

// PARALLEL-COUNT-4: call @fade_
// PARALLEL: spirv.EntryPoint "GLCompute" @fade_3
// PARALLEL-NOT: test_seq
func.func @fade(%x: tensor<?x24xf32> {seq.dims = ["T", ""]},
                %w: tensor<?x24xf32> {seq.dims = ["T", ""]},
                %s: tensor<24xf32>, %m: tensor<24xf32>)
    -> (tensor<?x24xf32> {seq.dims = ["T", ""]}, tensor<24xf32>,
        tensor<24xf32>) {
  %y, %s1, %m1 = test_seq.quaver %x, %w from %s, %m {fade = -0.1 : f32}
      : tensor<?x24xf32>, tensor<?x24xf32>, tensor<24xf32>, tensor<24xf32>
      -> tensor<?x24xf32>, tensor<24xf32>, tensor<24xf32>
  return %y, %s1, %m1 : tensor<?x24xf32>, tensor<24xf32>, tensor<24xf32>
}
