// A cell and a transition that only the tests define go through every pass.
// RUN: seq-test-opt %s -seq-expand -seq-sink -seq-hoist | FileCheck %s --check-prefix=SCAN
// RUN: seq-test-opt %s -seq-expand -seq-choose-schedule=threads=8 2>&1 | FileCheck %s --check-prefix=CHOSEN
// RUN: seq-test-opt %s -seq-expand -seq-choose-schedule="form=parallel chunk=16 remarks=false" -seq-lower-parallel | FileCheck %s --check-prefix=PARALLEL
// RUN: seq-test-opt %s -seq-to-scan -seq-to-loops=form=naive | FileCheck %s --check-prefix=NAIVE
// RUN: seq-test-opt %s -seq-to-scan -seq-to-loops=form=recurrent | FileCheck %s --check-prefix=VECTOR
// RUN: seq-test-opt %s -seq-to-scan -seq-to-loops=form=parallel | FileCheck %s --check-prefix=VECTOR

// SCAN-LABEL: func @fade
// SCAN: seq.scan domain(%[[C:.+]] = %{{.+}}) time(%[[T:.+]] = %{{.+}})
// SCAN: carry(%[[S:.+]] = %{{.+}}[%[[C]]] : tensor<24xf32>, %[[M:.+]] = %{{.+}}[%[[C]]] : tensor<24xf32>)
// SCAN: test_seq.ebb %[[S]], %[[M]] by

// CHOSEN: remark: schedule: {{.+}}; parallel: {{.+}}carries 0, 1 updated by 'test_seq.ebb' alone
// CHOSEN: schedule [#seq.alternative<{{.+}}>]
// CHOSEN-SAME: components = ["associative: carries 0, 1 updated by 'test_seq.ebb' alone, whose other operands do not depend on them"]

// PARALLEL: seq.scan domain(%{{.+}} = %{{.+}}, %{{.+}} = %{{.+}}) time
// PARALLEL: carry(%[[D:.+]] = %{{.+}} : tensor<?x24xf32>, %[[V:.+]] = %{{.+}} : tensor<?x24xf32>, %[[E:.+]] = %{{.+}} : tensor<?x24xf32>)
// PARALLEL: test_seq.ebb %[[V]], %[[E]] by
// PARALLEL: arith.addf %[[D]]
// PARALLEL: seq.scan domain(%{{.+}} = %{{.+}}) time
// PARALLEL: test_seq.ebb
// PARALLEL: seq.scan domain(%{{.+}} = %{{.+}}, %{{.+}} = %{{.+}}) time
// PARALLEL: test_seq.ebb
// PARALLEL: seq.scan domain(%{{.+}} = %{{.+}}) time
// PARALLEL: test_seq.ebb

// NAIVE: scf.for
// NAIVE: math.exp %{{.+}} : f32
// NAIVE-NOT: seq.scan
// NAIVE-NOT: test_seq

// VECTOR: scf.for
// VECTOR: math.exp %{{.+}} : vector<{{[0-9]+}}xf32>
// VECTOR-NOT: seq.scan
// VECTOR-NOT: test_seq
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
