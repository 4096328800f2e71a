// A transition that only the tests define composes on the lanes of vectors: two
// carries, whose summaries have three parts, over one series.
// RUN: seq-test-opt %s -seq-choose-schedule=remarks=false -seq-lower-parallel=lanes=8 | FileCheck %s --check-prefix=CHOSEN
// RUN: seq-test-opt %s -seq-to-scan -seq-to-loops=form=parallel | FileCheck %s

// CHOSEN: seq.scan
// CHOSEN: schedule [#seq.alternative<parallel, chunk = 1099511627776>]

// CHECK-LABEL: func @series
// CHECK-DAG: memref.alloca() {alignment = 64 : i64}
// CHECK: scf.execute_region
// CHECK: vector.shuffle
// CHECK: math.exp %{{.+}} : vector<{{[0-9]+}}xf32>
// CHECK: scf.for {{.*}} iter_args
// CHECK: vector.shuffle
// CHECK: math.exp %{{.+}} : vector<{{[0-9]+}}xf32>
// CHECK: arith.cmpf ord
// CHECK: math.exp %{{.+}} : vector<{{[0-9]+}}xf32>
// CHECK: math.exp %{{.+}} : f32
// CHECK-NOT: seq.scan
// CHECK-NOT: test_seq
func.func @series(%X: tensor<4096xf32> {seq.name = "x"},
                  %s0: tensor<f32> {seq.name = "s0"},
                  %m0: tensor<f32> {seq.name = "m0"})
    -> (tensor<4096xf32> {seq.name = "y"}, tensor<f32> {seq.name = "s"},
        tensor<f32> {seq.name = "m"}) {
  %T = arith.constant 4096 : index
  %Y = tensor.empty() : tensor<4096xf32>
  %y, %s1, %m1 = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t] : tensor<4096xf32>) outs(%Y[%t] : tensor<4096xf32>)
      carry(%s = %s0[] : tensor<f32>, %m = %m0[] : tensor<f32>) {
    %fade = arith.constant -0.1 : f32
    %sn, %mn = test_seq.ebb %s, %m by %fade with %x, %x : f32
    %r = arith.addf %sn, %mn : f32
    seq.yield outs(%r : f32) carry(%sn, %mn : f32, f32)
  }
  return %y, %s1, %m1 : tensor<4096xf32>, tensor<f32>, tensor<f32>
}
