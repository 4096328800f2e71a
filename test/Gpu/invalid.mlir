// What cannot become a kernel is refused by name.
// RUN: seq-opt %s -seq-lower-to-gpu -split-input-file -verify-diagnostics

func.func @history(%x: memref<4xf32>, %past: memref<1xf32>, %y: memref<4xf32>) {
  %c4 = arith.constant 4 : index
  // expected-error @below {{'seq.scan' op with a history is not supported by the Vulkan target}}
  seq.scan domain() time(%t = %c4)
      ins(%xt = %x[%t - 1] history %past : memref<1xf32> : memref<4xf32>)
      outs(%y[%t] : memref<4xf32>) {
    seq.yield outs(%xt : f32)
  }
  return
}

// -----

func.func @type(%x: memref<4xf64>, %y: memref<4xf64>) {
  %c4 = arith.constant 4 : index
  // expected-error @below {{'seq.scan' op needs buffers of f32 or i32 on the GPU, found 'f64'}}
  seq.scan domain() time(%t = %c4) ins(%xt = %x[%t] : memref<4xf64>)
      outs(%y[%t] : memref<4xf64>) {
    seq.yield outs(%xt : f64)
  }
  return
}

// -----

func.func @form(%x: memref<4xf32>, %y: memref<4xf32>) {
  %c4 = arith.constant 4 : index
  // expected-error @below {{'seq.scan' op needs one recurrent alternative to become a GPU kernel, found [#seq.alternative<naive>]}}
  seq.scan domain() time(%t = %c4) ins(%xt = %x[%t] : memref<4xf32>)
      outs(%y[%t] : memref<4xf32>)
      schedule [#seq.alternative<naive>] {
    seq.yield outs(%xt : f32)
  }
  return
}

// -----

func.func @registers(%s: memref<512xf32>) {
  %c4 = arith.constant 4 : index
  // expected-error @below {{'seq.scan' op carries 512 numbers per domain point, where a GPU thread keeps at most 256}}
  seq.scan domain() time(%t = %c4) carry(%st = %s[:] : memref<512xf32>) {
    seq.yield carry(%st : tensor<512xf32>)
  }
  return
}

// -----

func.func @matrix(%w: memref<64x64xf32>, %s: memref<64xf32>) {
  %c4 = arith.constant 4 : index
  // expected-error @below {{'seq.scan' op reads 4161 numbers in a step, where a GPU thread reads at most 1024}}
  seq.scan domain() time(%t = %c4)
      ins(%m = %w[:, :] : memref<64x64xf32>) carry(%st = %s[:] : memref<64xf32>) {
    %s1 = seq.matvec %m, %st
        : tensor<64x64xf32>, tensor<64xf32> -> tensor<64xf32>
    seq.yield carry(%s1 : tensor<64xf32>)
  }
  return
}

// -----

func.func @body(%x: memref<4x2xf32>, %y: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  seq.scan domain() time(%t = %c4) ins(%xt = %x[%t, :] : memref<4x2xf32>)
      outs(%y[%t] : memref<4xf32>) {
    // expected-error @below {{'seq.gather' op cannot run in a GPU kernel: it is not an op of the first tier}}
    %v = seq.gather %xt[%c0] : tensor<2xf32> -> f32
    seq.yield outs(%v : f32)
  }
  return
}

// -----

func.func @reduction(%x: memref<4xf32>, %y: memref<f32>) {
  // expected-error @below {{'linalg.reduce' op with a reduction is not supported by the Vulkan target}}
  linalg.reduce { arith.addf } ins(%x : memref<4xf32>) outs(%y : memref<f32>)
      dimensions = [0]
  return
}

// -----

memref.global "private" constant @table : memref<2xf32> = dense<[1.0, 2.0]>
func.func @constant(%y: memref<2xf32>) {
  %x = memref.get_global @table : memref<2xf32>
  // expected-error @below {{'memref.copy' op needs buffers that are arguments or allocations to run on the GPU, found the result of 'memref.get_global'}}
  memref.copy %x, %y : memref<2xf32> to memref<2xf32>
  return
}
