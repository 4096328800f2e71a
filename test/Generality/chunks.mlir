// A transition that only the tests define takes the chunked form: the response
// to unit values over all chunks, a scan over the chunks, the tail. Where nothing
// changes with time, one response serves all chunks: a convolution.
// RUN: seq-test-opt %s -seq-choose-schedule="form=chunked chunk=4 remarks=false" -seq-lower-parallel | FileCheck %s
// RUN: seq-test-opt %s -seq-to-loops=form=chunked | FileCheck %s --check-prefix=VECTOR
// RUN: seq-test-opt %s -seq-choose-schedule="form=chunked chunk=4 remarks=false" -seq-to-kernels | FileCheck %s --check-prefix=GPU

// CHECK-LABEL: func @chunked
// CHECK: %[[R:.+]]:4 = seq.scan domain(%[[C:.+]] = %{{.+}}) time(%[[T:.+]] = %{{.+}})
// CHECK: %[[UNIT:[a-z0-9_]+]] = %{{[a-z0-9_]+}}[%[[T]], :] : tensor<4x4xf32>)
// CHECK: outs(%{{.+}}[%[[C]], %[[T]], :] : tensor<?x4x4xf32>, %{{.+}}[%[[C]], %[[T]], :] : tensor<?x4x6xf32>)
// CHECK: carry(%[[PULL:.+]] = %{{.+}}[%[[C]]] : tensor<?xf32>, %[[W:.+]] = %{{.+}}[%[[C]], :, :] : tensor<?x6x4xf32>)
// CHECK: %[[GAIN:.+]] = seq.outer %{{.+}}, %[[UNIT]] : tensor<6xf32>, tensor<4xf32> -> tensor<6x4xf32>
// CHECK: arith.mulf %[[PULL]], %[[P:[a-z0-9_]+]] : f32
// CHECK: %[[W1:.+]] = test_seq.tide %[[W]] to %[[GAIN]] by %[[P]] : f32, tensor<6x4xf32>
// CHECK: seq.vecmat %{{.+}}, %[[W1]] : tensor<6xf32>, tensor<6x4xf32> -> tensor<4xf32>
// CHECK: seq.scan domain() time(
// CHECK: %[[READ:.+]] = seq.matmul %{{.+}}, %[[V:[a-z0-9_]+]] : tensor<4x4xf32>, tensor<4x16xf32> -> tensor<4x16xf32>
// CHECK: %[[PAST:.+]] = seq.matmul %{{.+}}, %[[S:[a-z0-9_]+]] : tensor<4x6xf32>, tensor<6x16xf32> -> tensor<4x16xf32>
// CHECK: %[[Y:.+]] = arith.addf %[[READ]], %[[PAST]]
// CHECK: %[[B:.+]] = seq.matmul %{{.+}}, %[[V]] : tensor<6x4xf32>, tensor<4x16xf32> -> tensor<6x16xf32>
// CHECK: %[[S1:.+]] = seq.affine %{{.+}} * %[[S]] + %[[B]] : f32, tensor<6x16xf32>
// CHECK: seq.yield outs(%[[Y]] : tensor<4x16xf32>) carry(%[[S1]] : tensor<6x16xf32>)
// CHECK: seq.scan domain() time(
// CHECK: test_seq.tide

// VECTOR-LABEL: func @chunked
// VECTOR: math.fma {{.+}} : vector<{{[0-9]+}}xf32>
// VECTOR-NOT: seq.scan
// VECTOR-NOT: test_seq

// GPU: spirv.EntryPoint "GLCompute" @chunked_{{[0-9]+}}
// GPU-NOT: test_seq
func.func @chunked(%q: tensor<?x6xf32> {seq.dims = ["T", ""]},
                   %k: tensor<?x6xf32> {seq.dims = ["T", ""]},
                   %v: tensor<?x16xf32> {seq.dims = ["T", ""]},
                   %p: tensor<?xf32> {seq.dims = ["T"]}, %S0: tensor<6x16xf32>)
    -> (tensor<?x16xf32> {seq.dims = ["T", ""]}, tensor<6x16xf32>) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %q, %c0 : tensor<?x6xf32>
  %Y = tensor.empty(%T) : tensor<?x16xf32>
  %y, %SN = seq.scan domain() time(%t = %T)
      ins(%qt = %q[%t, :] : tensor<?x6xf32>, %kt = %k[%t, :] : tensor<?x6xf32>,
          %vt = %v[%t, :] : tensor<?x16xf32>, %pt = %p[%t] : tensor<?xf32>)
      outs(%Y[%t, :] : tensor<?x16xf32>)
      carry(%S = %S0[:, :] : tensor<6x16xf32>) {
    %kv = seq.outer %kt, %vt : tensor<6xf32>, tensor<16xf32> -> tensor<6x16xf32>
    %S1 = test_seq.tide %S to %kv by %pt : f32, tensor<6x16xf32>
    %yt = seq.vecmat %qt, %S1 : tensor<6xf32>, tensor<6x16xf32> -> tensor<16xf32>
    seq.yield outs(%yt : tensor<16xf32>) carry(%S1 : tensor<6x16xf32>)
  }
  return %y, %SN : tensor<?x16xf32>, tensor<6x16xf32>
}
