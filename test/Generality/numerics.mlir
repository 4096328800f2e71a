// The invented transitions' parallel and chunked forms against the naive one.
// RUN: seq-test-opt %s -seq-lower-parallel -seq-lower-naive=all -canonicalize -one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map allow-return-allocs-from-loops" -convert-linalg-to-loops -seq-expand-math=library -canonicalize -convert-scf-to-cf -expand-strided-metadata -lower-affine -convert-math-to-llvm -convert-math-to-libm -convert-vector-to-llvm -finalize-memref-to-llvm -convert-arith-to-llvm -convert-index-to-llvm -convert-func-to-llvm -convert-cf-to-llvm -reconcile-unrealized-casts | mlir-runner -e main -entry-point-result=void -shared-libs=%mlir_lib/libmlir_c_runner_utils.so | FileCheck %s

// CHECK-COUNT-20: 1
// CHECK-NOT: {{[0-9]}}

#line = affine_map<(d0) -> (d0)>
#none = affine_map<(d0) -> ()>

// Numbers between -1 and 1, from an element's position.
func.func private @fill(%n: index) -> tensor<?xf32> {
  %r = tensor.generate %n {
  ^bb0(%i: index):
    %k = arith.index_cast %i : index to i32
    %f = arith.sitofp %k : i32 to f32
    %c = arith.constant 12.9898 : f32
    %p = arith.mulf %f, %c : f32
    %s = math.sin %p : f32
    tensor.yield %s : f32
  } : tensor<?xf32>
  return %r : tensor<?xf32>
}

// Prints 1 where no element differs by more than rounding: values are at most
// 10, and a dozen operations a step round them.
func.func private @check(%x: tensor<?xf32>, %y: tensor<?xf32>) {
  %init = arith.constant dense<0.0> : tensor<f32>
  %d = linalg.generic {indexing_maps = [#line, #line, #none],
                       iterator_types = ["reduction"]}
      ins(%x, %y : tensor<?xf32>, tensor<?xf32>) outs(%init : tensor<f32>) {
  ^bb0(%u: f32, %v: f32, %m: f32):
    %e = arith.subf %u, %v : f32
    %a = math.absf %e : f32
    %n = arith.maximumf %a, %m : f32
    linalg.yield %n : f32
  } -> tensor<f32>
  %largest = tensor.extract %d[] : tensor<f32>
  %tolerance = arith.constant 1.0e-5 : f32
  %ok = arith.cmpf olt, %largest, %tolerance : f32
  vector.print %ok : i1
  return
}

func.func private @ebb(%T: index) {
  %C = arith.constant 3 : index
  %n = arith.muli %T, %C : index
  %flat = call @fill(%n) : (index) -> tensor<?xf32>
  %X = tensor.expand_shape %flat [[0, 1]] output_shape [%T, 3]
      : tensor<?xf32> into tensor<?x3xf32>
  %s0 = arith.constant dense<[0.5, -0.25, 1.0]> : tensor<3xf32>
  %Yn = tensor.empty(%T) : tensor<?x3xf32>
  %yn, %sn, %mn = seq.scan domain(%c = %C) time(%t = %T)
      ins(%x = %X[%t, %c] : tensor<?x3xf32>)
      outs(%Yn[%t, %c] : tensor<?x3xf32>)
      carry(%s = %s0[%c] : tensor<3xf32>, %m = %s0[%c] : tensor<3xf32>)
      schedule [#seq.alternative<naive>] {
    %fade = arith.constant -0.1 : f32
    %s1, %m1 = test_seq.ebb %s, %m by %fade with %x, %x : f32
    %y = arith.addf %s1, %m1 : f32
    seq.yield outs(%y : f32) carry(%s1, %m1 : f32, f32)
  }
  %Yp = tensor.empty(%T) : tensor<?x3xf32>
  %yp, %sp, %mp = seq.scan domain(%c = %C) time(%t = %T)
      ins(%x = %X[%t, %c] : tensor<?x3xf32>)
      outs(%Yp[%t, %c] : tensor<?x3xf32>)
      carry(%s = %s0[%c] : tensor<3xf32>, %m = %s0[%c] : tensor<3xf32>)
      schedule [#seq.alternative<parallel, chunk = 8>] {
    %fade = arith.constant -0.1 : f32
    %s1, %m1 = test_seq.ebb %s, %m by %fade with %x, %x : f32
    %y = arith.addf %s1, %m1 : f32
    seq.yield outs(%y : f32) carry(%s1, %m1 : f32, f32)
  }
  %c0n = tensor.collapse_shape %yn [[0, 1]] : tensor<?x3xf32> into tensor<?xf32>
  %c0p = tensor.collapse_shape %yp [[0, 1]] : tensor<?x3xf32> into tensor<?xf32>
  call @check(%c0n, %c0p) : (tensor<?xf32>, tensor<?xf32>) -> ()
  %sn1 = tensor.cast %sn : tensor<3xf32> to tensor<?xf32>
  %sp1 = tensor.cast %sp : tensor<3xf32> to tensor<?xf32>
  %mn1 = tensor.cast %mn : tensor<3xf32> to tensor<?xf32>
  %mp1 = tensor.cast %mp : tensor<3xf32> to tensor<?xf32>
  call @check(%sn1, %sp1) : (tensor<?xf32>, tensor<?xf32>) -> ()
  call @check(%mn1, %mp1) : (tensor<?xf32>, tensor<?xf32>) -> ()
  return
}

func.func private @tide(%T: index) {
  %C = arith.constant 3 : index
  %n = arith.muli %T, %C : index
  %flat = call @fill(%n) : (index) -> tensor<?xf32>
  %X = tensor.expand_shape %flat [[0, 1]] output_shape [%T, 3]
      : tensor<?xf32> into tensor<?x3xf32>
  %two = arith.constant 2 : index
  %m = arith.muli %T, %two : index
  %flatk = call @fill(%m) : (index) -> tensor<?xf32>
  %K = tensor.expand_shape %flatk [[0, 1]] output_shape [%T, 2]
      : tensor<?xf32> into tensor<?x2xf32>
  %s0 = arith.constant dense<[[0.5, -0.25], [1.0, 0.0], [-0.5, 0.75]]> : tensor<3x2xf32>
  %Yn = tensor.empty(%T) : tensor<?x3xf32>
  %yn, %sn = seq.scan domain(%c = %C) time(%t = %T)
      ins(%x = %X[%t, %c] : tensor<?x3xf32>, %k = %K[%t, :] : tensor<?x2xf32>)
      outs(%Yn[%t, %c] : tensor<?x3xf32>)
      carry(%s = %s0[%c, :] : tensor<3x2xf32>)
      schedule [#seq.alternative<naive>] {
    %pull = arith.constant 0.75 : f32
    %xs = tensor.splat %x : tensor<2xf32>
    %flood = arith.mulf %k, %xs : tensor<2xf32>
    %s1 = test_seq.tide %s to %flood by %pull : f32, tensor<2xf32>
    %y = seq.dot %k, %s1 : tensor<2xf32> -> f32
    seq.yield outs(%y : f32) carry(%s1 : tensor<2xf32>)
  }
  %Yp = tensor.empty(%T) : tensor<?x3xf32>
  %yp, %sp = seq.scan domain(%c = %C) time(%t = %T)
      ins(%x = %X[%t, %c] : tensor<?x3xf32>, %k = %K[%t, :] : tensor<?x2xf32>)
      outs(%Yp[%t, %c] : tensor<?x3xf32>)
      carry(%s = %s0[%c, :] : tensor<3x2xf32>)
      schedule [#seq.alternative<chunked, chunk = 8>] {
    %pull = arith.constant 0.75 : f32
    %xs = tensor.splat %x : tensor<2xf32>
    %flood = arith.mulf %k, %xs : tensor<2xf32>
    %s1 = test_seq.tide %s to %flood by %pull : f32, tensor<2xf32>
    %y = seq.dot %k, %s1 : tensor<2xf32> -> f32
    seq.yield outs(%y : f32) carry(%s1 : tensor<2xf32>)
  }
  %c0n = tensor.collapse_shape %yn [[0, 1]] : tensor<?x3xf32> into tensor<?xf32>
  %c0p = tensor.collapse_shape %yp [[0, 1]] : tensor<?x3xf32> into tensor<?xf32>
  call @check(%c0n, %c0p) : (tensor<?xf32>, tensor<?xf32>) -> ()
  %sn1 = tensor.collapse_shape %sn [[0, 1]] : tensor<3x2xf32> into tensor<6xf32>
  %sp1 = tensor.collapse_shape %sp [[0, 1]] : tensor<3x2xf32> into tensor<6xf32>
  %sn2 = tensor.cast %sn1 : tensor<6xf32> to tensor<?xf32>
  %sp2 = tensor.cast %sp1 : tensor<6xf32> to tensor<?xf32>
  call @check(%sn2, %sp2) : (tensor<?xf32>, tensor<?xf32>) -> ()
  return
}

// T: none, less than a chunk, several chunks, and several with a rest.
func.func @main() {
  %t0 = arith.constant 0 : index
  call @ebb(%t0) : (index) -> ()
  call @tide(%t0) : (index) -> ()
  %t5 = arith.constant 5 : index
  call @ebb(%t5) : (index) -> ()
  call @tide(%t5) : (index) -> ()
  %t32 = arith.constant 32 : index
  call @ebb(%t32) : (index) -> ()
  call @tide(%t32) : (index) -> ()
  %t45 = arith.constant 45 : index
  call @ebb(%t45) : (index) -> ()
  call @tide(%t45) : (index) -> ()
  return
}
