// A scan on buffers becomes one kernel with the state in registers, and what
// stands between scans small kernels; the host keeps arithmetic and calls.
// RUN: seq-opt %s -seq-lower-to-gpu="workgroup-size=32" -canonicalize -cse | FileCheck-22 %s

// CHECK-LABEL: func.func @scan
// CHECK: call @scan_0(%c5, %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}) : (index, memref<?x5xf32>, memref<?x5xf32>, memref<5xf32>, index) -> ()
// CHECK-NEXT: return
// CHECK: func.func private @scan_0({{.*}}) attributes {seq.kernel = @scan_gpu::@scan_0}
// CHECK: gpu.module @scan_gpu attributes {spirv.target_env = #spirv.target_env<#spirv.vce<v1.3, [Shader]
// CHECK: gpu.func @scan_0
// CHECK-SAME: kernel attributes {spirv.entry_point_abi = #spirv.entry_point_abi<workgroup_size = [32, 1, 1]>}
// CHECK: %[[STEPS:.+]] = arith.index_cast
// CHECK: scf.if
// CHECK: %[[S0:.+]] = memref.load %[[STATE:arg[0-9]+]]
// CHECK: %[[SN:.+]] = scf.for %{{.+}} = %{{.+}} to %[[STEPS]] step %{{.+}} iter_args(%[[S:.+]] = %[[S0]]) -> (f32)
// CHECK: math.fma %{{.+}}, %[[S]]
// CHECK: memref.store
// CHECK: scf.yield
// CHECK: memref.store %[[SN]], %[[STATE]]
func.func @scan(%x: memref<?x5xf32>, %s: memref<5xf32>, %y: memref<?x5xf32>) {
  %c0 = arith.constant 0 : index
  %c5 = arith.constant 5 : index
  %time = memref.dim %x, %c0 : memref<?x5xf32>
  seq.scan domain(%c = %c5) time(%t = %time)
      ins(%xt = %x[%t, %c] : memref<?x5xf32>)
      outs(%y[%t, %c] : memref<?x5xf32>)
      carry(%st = %s[%c] : memref<5xf32>) {
    %a = arith.constant 0.9 : f32
    %s1 = seq.affine %a * %st + %xt : f32
    seq.yield outs(%s1 : f32) carry(%s1 : f32)
  }
  return
}

// A tensor state is unrolled; lengths hold it; a view is an offset into its
// buffer, which is bound once.
// CHECK-LABEL: func.func @views
// CHECK: call @views_0(%{{.+}}) : (index, memref<8x3x2xf32>, memref<3xi32>, memref<3x2xf32>) -> ()
// CHECK: gpu.func @views_0
// CHECK: scf.for {{.*}} iter_args(%{{.+}} = %{{.+}}, %{{.+}} = %{{.+}}) -> (f32, f32)
// CHECK: %[[ACTIVE:.+]] = arith.cmpi slt
// CHECK: arith.select %[[ACTIVE]]
func.func @views(%x: memref<8x3x2xf32>, %len: memref<3xi32>,
                 %s: memref<3x2xf32>) {
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %first = memref.subview %x[0, 0, 0] [4, 3, 2] [1, 1, 1]
      : memref<8x3x2xf32> to memref<4x3x2xf32, strided<[6, 2, 1]>>
  %second = memref.subview %x[4, 0, 0] [4, 3, 2] [1, 1, 1]
      : memref<8x3x2xf32> to memref<4x3x2xf32, strided<[6, 2, 1], offset: 24>>
  seq.scan domain(%b = %c3) time(%t = %c4)
      ins(%xt = %first[%t, %b, :] : memref<4x3x2xf32, strided<[6, 2, 1]>>)
      lengths(%len[%b] : memref<3xi32>)
      outs(%second[%t, %b, :]
          : memref<4x3x2xf32, strided<[6, 2, 1], offset: 24>>)
      carry(%st = %s[%b, :] : memref<3x2xf32>) {
    %s1 = arith.addf %st, %xt : tensor<2xf32>
    seq.yield outs(%s1 : tensor<2xf32>) carry(%s1 : tensor<2xf32>)
  }
  return
}

// CHECK-LABEL: func.func @between
// CHECK: call @between_0
// CHECK: call @between_1
// CHECK-NOT: memref.dealloc
// CHECK: gpu.func @between_0
// CHECK: memref.store %{{.*}}cst
// CHECK: gpu.func @between_1
// CHECK: memref.load
// CHECK: memref.store
func.func @between(%y: memref<?xf32>, %n: index) {
  %zero = arith.constant 0.0 : f32
  %zeros = memref.alloc(%n) : memref<?xf32>
  linalg.fill ins(%zero : f32) outs(%zeros : memref<?xf32>)
  memref.copy %zeros, %y : memref<?xf32> to memref<?xf32>
  memref.dealloc %zeros : memref<?xf32>
  return
}
