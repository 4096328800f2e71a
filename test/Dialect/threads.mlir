// What a kernel knows of its threads, and what it tells its caller.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @threads
func.func @threads() -> (index, index) {
  // CHECK: seq.thread_id
  %0 = seq.thread_id
  // CHECK: seq.num_threads
  %1 = seq.num_threads
  // CHECK: seq.barrier
  seq.barrier
  // CHECK: %[[ODD:.+]] = arith.constant true
  %odd = arith.constant true
  // CHECK: seq.take %{{.+}} after %{{.+}} backwards %[[ODD]]
  %2 = seq.take %1 after %0 backwards %odd
  // CHECK: seq.derived_dim "frames" = %{{.+}}
  seq.derived_dim "frames" = %1
  return %0, %1 : index, index
}
