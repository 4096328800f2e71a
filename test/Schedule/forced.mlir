// RUN: seq-opt %s -seq-choose-schedule="form=naive remarks=false" | FileCheck %s --check-prefix=NAIVE
// RUN: seq-opt %s -seq-choose-schedule="form=parallel chunk=5 remarks=false" | FileCheck %s --check-prefix=PARALLEL
// RUN: seq-opt %s -seq-choose-schedule="form=parallel chunk=5 fan=3 remarks=false" | FileCheck %s --check-prefix=TREE
// RUN: not seq-opt %s -seq-choose-schedule="fan=1 chunk=5" 2>&1 | FileCheck %s --check-prefix=FAN
// RUN: not seq-opt %s -seq-choose-schedule=fan=3 2>&1 | FileCheck %s --check-prefix=FAN
// RUN: not seq-opt %s -seq-choose-schedule=form=best 2>&1 | FileCheck %s --check-prefix=BAD
// RUN: not seq-opt %s -seq-choose-schedule=threads=0 2>&1 | FileCheck %s --check-prefix=THREADS

// NAIVE: schedule [#seq.alternative<naive>]
// NAIVE-SAME: step = "no step form: the scan is reversed: step t needs every later step first"
// PARALLEL: schedule [#seq.alternative<parallel, chunk = 5>]
// TREE: schedule [#seq.alternative<parallel, chunk = 5, fan = 3>]
// FAN: threads and lanes must be at least 1, chunk at least 0, and fan 0, or at least 2 with a chunk
// BAD: form must be auto, naive, recurrent, parallel, chunked or convolution, found 'best'
// THREADS: threads and lanes must be at least 1
func.func @backward(%X: tensor<?xf32>, %h0: tensor<f32>, %T: index)
    -> tensor<f32> {
  %hN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t] : tensor<?xf32>) carry(%h = %h0[] : tensor<f32>)
      reverse {
    %h1 = seq.affine %x * %h + %x : f32
    seq.yield carry(%h1 : f32)
  }
  return %hN : tensor<f32>
}
