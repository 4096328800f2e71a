// The parallel form against the naive one, both run as plain loops: moving
// averages with lengths, forward and in reverse, the selective scan, and
// carries that read each other.
// RUN: seq-opt %s -seq-lower-parallel -seq-lower-naive=all -canonicalize -one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map allow-return-allocs-from-loops" -convert-linalg-to-loops -seq-expand-math=library -canonicalize -convert-scf-to-cf -expand-strided-metadata -lower-affine -convert-math-to-llvm -convert-math-to-libm -convert-vector-to-llvm -finalize-memref-to-llvm -convert-arith-to-llvm -convert-index-to-llvm -convert-func-to-llvm -convert-cf-to-llvm -reconcile-unrealized-casts | mlir-runner -e main -entry-point-result=void -shared-libs=%mlir_lib/libmlir_c_runner_utils.so | FileCheck %s

// CHECK-COUNT-32: 1
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

func.func private @forward(%T: index) {
  %C = arith.constant 3 : index
  %n = arith.muli %T, %C : index
  %flat = call @fill(%n) : (index) -> tensor<?xf32>
  %X = tensor.expand_shape %flat [[0, 1]] output_shape [%T, 3]
      : tensor<?xf32> into tensor<?x3xf32>
  %t32 = arith.index_cast %T : index to i32
  %zero = arith.constant 0 : i32
  %two = arith.constant 2 : i32
  %half = arith.divsi %t32, %two : i32
  %len = tensor.from_elements %half, %zero, %t32 : tensor<3xi32>
  %h0 = arith.constant dense<[0.5, -0.25, 1.0]> : tensor<3xf32>
  %Yn = tensor.empty(%T) : tensor<?x3xf32>
  %yn, %sn = seq.scan domain(%c = %C) time(%t = %T)
      ins(%x = %X[%t, %c] : tensor<?x3xf32>)
      lengths(%len[%c] : tensor<3xi32>)
      outs(%Yn[%t, %c] : tensor<?x3xf32>)
      carry(%h = %h0[%c] : tensor<3xf32>)
      schedule [#seq.alternative<naive>] {
    %a = arith.constant 0.9 : f32
    %h1 = seq.affine %a * %h + %x : f32
    seq.yield outs(%h1 : f32) carry(%h1 : f32)
  }
  %Yp = tensor.empty(%T) : tensor<?x3xf32>
  %yp, %sp = seq.scan domain(%c = %C) time(%t = %T)
      ins(%x = %X[%t, %c] : tensor<?x3xf32>)
      lengths(%len[%c] : tensor<3xi32>)
      outs(%Yp[%t, %c] : tensor<?x3xf32>)
      carry(%h = %h0[%c] : tensor<3xf32>)
      schedule [#seq.alternative<parallel, chunk = 8>] {
    %a = arith.constant 0.9 : f32
    %h1 = seq.affine %a * %h + %x : f32
    seq.yield outs(%h1 : f32) carry(%h1 : f32)
  }
  %c0n = tensor.collapse_shape %yn [[0, 1]] : tensor<?x3xf32> into tensor<?xf32>
  %c0p = tensor.collapse_shape %yp [[0, 1]] : tensor<?x3xf32> into tensor<?xf32>
  call @check(%c0n, %c0p) : (tensor<?xf32>, tensor<?xf32>) -> ()
  %sn1 = tensor.cast %sn : tensor<3xf32> to tensor<?xf32>
  %sp1 = tensor.cast %sp : tensor<3xf32> to tensor<?xf32>
  call @check(%sn1, %sp1) : (tensor<?xf32>, tensor<?xf32>) -> ()
  return
}

func.func private @backward(%T: index) {
  %C = arith.constant 3 : index
  %n = arith.muli %T, %C : index
  %flat = call @fill(%n) : (index) -> tensor<?xf32>
  %X = tensor.expand_shape %flat [[0, 1]] output_shape [%T, 3]
      : tensor<?xf32> into tensor<?x3xf32>
  %t32 = arith.index_cast %T : index to i32
  %zero = arith.constant 0 : i32
  %two = arith.constant 2 : i32
  %half = arith.divsi %t32, %two : i32
  %len = tensor.from_elements %half, %zero, %t32 : tensor<3xi32>
  %h0 = arith.constant dense<[0.5, -0.25, 1.0]> : tensor<3xf32>
  %Yn = tensor.empty(%T) : tensor<?x3xf32>
  %yn, %sn = seq.scan domain(%c = %C) time(%t = %T)
      ins(%x = %X[%t, %c] : tensor<?x3xf32>)
      lengths(%len[%c] : tensor<3xi32>)
      outs(%Yn[%t, %c] : tensor<?x3xf32>)
      carry(%h = %h0[%c] : tensor<3xf32>) reverse
      schedule [#seq.alternative<naive>] {
    %a = arith.constant 0.9 : f32
    %h1 = seq.affine %a * %h + %x : f32
    seq.yield outs(%h1 : f32) carry(%h1 : f32)
  }
  %Yp = tensor.empty(%T) : tensor<?x3xf32>
  %yp, %sp = seq.scan domain(%c = %C) time(%t = %T)
      ins(%x = %X[%t, %c] : tensor<?x3xf32>)
      lengths(%len[%c] : tensor<3xi32>)
      outs(%Yp[%t, %c] : tensor<?x3xf32>)
      carry(%h = %h0[%c] : tensor<3xf32>) reverse
      schedule [#seq.alternative<parallel, chunk = 8>] {
    %a = arith.constant 0.9 : f32
    %h1 = seq.affine %a * %h + %x : f32
    seq.yield outs(%h1 : f32) carry(%h1 : f32)
  }
  %c0n = tensor.collapse_shape %yn [[0, 1]] : tensor<?x3xf32> into tensor<?xf32>
  %c0p = tensor.collapse_shape %yp [[0, 1]] : tensor<?x3xf32> into tensor<?xf32>
  call @check(%c0n, %c0p) : (tensor<?xf32>, tensor<?xf32>) -> ()
  %sn1 = tensor.cast %sn : tensor<3xf32> to tensor<?xf32>
  %sp1 = tensor.cast %sp : tensor<3xf32> to tensor<?xf32>
  call @check(%sn1, %sp1) : (tensor<?xf32>, tensor<?xf32>) -> ()
  return
}

func.func private @selective(%T: index) {
  %two = arith.constant 2 : index
  %D = arith.constant 3 : index
  %six = arith.constant 6 : index
  %eight = arith.constant 8 : index
  %n = arith.muli %T, %six : index
  %uf = call @fill(%n) : (index) -> tensor<?xf32>
  %U = tensor.expand_shape %uf [[0, 1, 2]] output_shape [2, %T, 3]
      : tensor<?xf32> into tensor<2x?x3xf32>
  %m = arith.muli %T, %eight : index
  %bf = call @fill(%m) : (index) -> tensor<?xf32>
  %B = tensor.expand_shape %bf [[0, 1, 2]] output_shape [2, %T, 4]
      : tensor<?xf32> into tensor<2x?x4xf32>
  %A = arith.constant dense<[[-0.1, -0.2, -0.3, -0.4], [-1.0, -2.0, -3.0, -4.0],
                             [-0.5, -1.0, -0.01, -1.5]]> : tensor<3x4xf32>
  %h0 = arith.constant dense<0.5> : tensor<2x3x4xf32>
  %Yn = tensor.empty(%T) : tensor<2x?x3xf32>
  %yn, %sn = seq.scan domain(%b = %two, %d = %D) time(%t = %T)
      ins(%u = %U[%b, %t, %d] : tensor<2x?x3xf32>,
          %a = %A[%d, :] : tensor<3x4xf32>,
          %bt = %B[%b, %t, :] : tensor<2x?x4xf32>)
      outs(%Yn[%b, %t, %d] : tensor<2x?x3xf32>)
      carry(%h = %h0[%b, %d, :] : tensor<2x3x4xf32>)
      schedule [#seq.alternative<naive>] {
    %delta = seq.softplus %u : f32
    %ds = tensor.splat %delta : tensor<4xf32>
    %log = arith.mulf %ds, %a : tensor<4xf32>
    %us = tensor.splat %u : tensor<4xf32>
    %gain = arith.mulf %us, %bt : tensor<4xf32>
    %h1 = seq.affine exp(%log) * %h + %gain : tensor<4xf32>
    %y = seq.dot %bt, %h1 : tensor<4xf32> -> f32
    seq.yield outs(%y : f32) carry(%h1 : tensor<4xf32>)
  }
  %Yp = tensor.empty(%T) : tensor<2x?x3xf32>
  %yp, %sp = seq.scan domain(%b = %two, %d = %D) time(%t = %T)
      ins(%u = %U[%b, %t, %d] : tensor<2x?x3xf32>,
          %a = %A[%d, :] : tensor<3x4xf32>,
          %bt = %B[%b, %t, :] : tensor<2x?x4xf32>)
      outs(%Yp[%b, %t, %d] : tensor<2x?x3xf32>)
      carry(%h = %h0[%b, %d, :] : tensor<2x3x4xf32>)
      schedule [#seq.alternative<parallel, chunk = 8>] {
    %delta = seq.softplus %u : f32
    %ds = tensor.splat %delta : tensor<4xf32>
    %log = arith.mulf %ds, %a : tensor<4xf32>
    %us = tensor.splat %u : tensor<4xf32>
    %gain = arith.mulf %us, %bt : tensor<4xf32>
    %h1 = seq.affine exp(%log) * %h + %gain : tensor<4xf32>
    %y = seq.dot %bt, %h1 : tensor<4xf32> -> f32
    seq.yield outs(%y : f32) carry(%h1 : tensor<4xf32>)
  }
  %c0n = tensor.collapse_shape %yn [[0, 1, 2]] : tensor<2x?x3xf32> into tensor<?xf32>
  %c0p = tensor.collapse_shape %yp [[0, 1, 2]] : tensor<2x?x3xf32> into tensor<?xf32>
  call @check(%c0n, %c0p) : (tensor<?xf32>, tensor<?xf32>) -> ()
  %c1n = tensor.collapse_shape %sn [[0, 1, 2]] : tensor<2x3x4xf32> into tensor<24xf32>
  %d1n = tensor.cast %c1n : tensor<24xf32> to tensor<?xf32>
  %c1p = tensor.collapse_shape %sp [[0, 1, 2]] : tensor<2x3x4xf32> into tensor<24xf32>
  %d1p = tensor.cast %c1p : tensor<24xf32> to tensor<?xf32>
  call @check(%d1n, %d1p) : (tensor<?xf32>, tensor<?xf32>) -> ()
  return
}

// Two levels: the decay of the first carry reads the second one. The third is
// held, and the step reads its own time.
func.func private @levels(%T: index) {
  %X = call @fill(%T) : (index) -> tensor<?xf32>
  %p0 = arith.constant dense<0.5> : tensor<f32>
  %Yn = tensor.empty(%T) : tensor<?xf32>
  %yn, %sn:3 = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t] : tensor<?xf32>) outs(%Yn[%t] : tensor<?xf32>)
      carry(%p = %p0[] : tensor<f32>, %q = %p0[] : tensor<f32>,
            %k = %p0[] : tensor<f32>)
      schedule [#seq.alternative<naive>] {
    %i = arith.index_cast %t : index to i32
    %f = arith.sitofp %i : i32 to f32
    %slope = arith.constant 0.01 : f32
    %ramp = arith.mulf %f, %slope : f32
    %q1 = seq.affine %k * %q + %x : f32
    %a = seq.sigmoid %q1 : f32
    %p1 = seq.affine %a * %p + %ramp : f32
    %sum = arith.addf %p1, %q1 : f32
    seq.yield outs(%sum : f32) carry(%p1, %q1, %k : f32, f32, f32)
  }
  %Yp = tensor.empty(%T) : tensor<?xf32>
  %yp, %sp:3 = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t] : tensor<?xf32>) outs(%Yp[%t] : tensor<?xf32>)
      carry(%p = %p0[] : tensor<f32>, %q = %p0[] : tensor<f32>,
            %k = %p0[] : tensor<f32>)
      schedule [#seq.alternative<parallel, chunk = 8>] {
    %i = arith.index_cast %t : index to i32
    %f = arith.sitofp %i : i32 to f32
    %slope = arith.constant 0.01 : f32
    %ramp = arith.mulf %f, %slope : f32
    %q1 = seq.affine %k * %q + %x : f32
    %a = seq.sigmoid %q1 : f32
    %p1 = seq.affine %a * %p + %ramp : f32
    %sum = arith.addf %p1, %q1 : f32
    seq.yield outs(%sum : f32) carry(%p1, %q1, %k : f32, f32, f32)
  }
  call @check(%yn, %yp) : (tensor<?xf32>, tensor<?xf32>) -> ()
  %en0 = tensor.extract %sn#0[] : tensor<f32>
  %en1 = tensor.extract %sn#1[] : tensor<f32>
  %en2 = tensor.extract %sn#2[] : tensor<f32>
  %ep0 = tensor.extract %sp#0[] : tensor<f32>
  %ep1 = tensor.extract %sp#1[] : tensor<f32>
  %ep2 = tensor.extract %sp#2[] : tensor<f32>
  %fn = tensor.from_elements %en0, %en1, %en2 : tensor<3xf32>
  %fp = tensor.from_elements %ep0, %ep1, %ep2 : tensor<3xf32>
  %gn = tensor.cast %fn : tensor<3xf32> to tensor<?xf32>
  %gp = tensor.cast %fp : tensor<3xf32> to tensor<?xf32>
  call @check(%gn, %gp) : (tensor<?xf32>, tensor<?xf32>) -> ()
  return
}

// T: none, less than a chunk, several chunks, and several with a rest.
func.func @main() {
  %t0 = arith.constant 0 : index
  call @forward(%t0) : (index) -> ()
  call @backward(%t0) : (index) -> ()
  call @selective(%t0) : (index) -> ()
  call @levels(%t0) : (index) -> ()
  %t5 = arith.constant 5 : index
  call @forward(%t5) : (index) -> ()
  call @backward(%t5) : (index) -> ()
  call @selective(%t5) : (index) -> ()
  call @levels(%t5) : (index) -> ()
  %t32 = arith.constant 32 : index
  call @forward(%t32) : (index) -> ()
  call @backward(%t32) : (index) -> ()
  call @selective(%t32) : (index) -> ()
  call @levels(%t32) : (index) -> ()
  %t45 = arith.constant 45 : index
  call @forward(%t45) : (index) -> ()
  call @backward(%t45) : (index) -> ()
  call @selective(%t45) : (index) -> ()
  call @levels(%t45) : (index) -> ()
  return
}
