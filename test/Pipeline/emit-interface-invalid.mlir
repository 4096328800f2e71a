// What a model's interface must be, one diagnostic for each rule.

// RUN: rm -rf %t && split-file-22 %s %t
// RUN: %S/Inputs/check-refusals 2 %t

//--- element.mlir
// CHECK: error: 'x' must have elements of type f32, {{.*}}, found 'i7'
func.func private @m(tensor<2xi7> {seq.name = "x"})
//--- unsigned.mlir
// CHECK: error: 'x' must have elements of type f32, {{.*}} or ui8, found 'ui16'
func.func private @m(tensor<2xi16> {seq.name = "x", seq.unsigned})
//--- rank.mlir
// CHECK: error: 'arg0' must have at most 8 dimensions, found 9
func.func private @m(tensor<1x1x1x1x1x1x1x1x1xf32>)
//--- unranked.mlir
// CHECK: error: 'arg1' must be a ranked tensor, found 'tensor<*xf32>'
func.func private @m(tensor<f32>, tensor<*xf32>)
//--- dims.mlir
// CHECK: error: 'seq.dims' of 'arg0' must hold 2 strings, found ["a"]
func.func private @m(tensor<?x2xf32> {seq.dims = ["a"]})
//--- extents.mlir
// CHECK: error: dimension 'a' of 'arg1' must have the same extent everywhere, found 3 and ?
func.func private @m(tensor<?xf32> {seq.dims = ["a"]}, tensor<3xf32> {seq.dims = ["a"]})
//--- result-extents.mlir
// CHECK: error: dimension 'a' of 'y' must have the same extent everywhere, found ? and 3
func.func private @m(tensor<3xf32> {seq.dims = ["a"]}) -> (tensor<?xf32> {seq.name = "y", seq.dims = ["a"]})
//--- names.mlir
// CHECK: error: inputs must have different names, found 'x' twice
func.func private @m(tensor<f32> {seq.name = "x"}, tensor<f32> {seq.name = "x"})
//--- pairs.mlir
// CHECK: error: 'seq.states' must hold pairs of an argument's and a result's name
func.func private @m(tensor<f32>) -> tensor<f32> attributes {seq.states = [["arg0"]]}
//--- argument.mlir
// CHECK: error: state 'h' must be an argument, found none
func.func private @m(tensor<f32>) -> tensor<f32> attributes {seq.states = [["h", "result0"]]}
//--- result.mlir
// CHECK: error: state 'arg0' must be updated by result 'hN', found none
func.func private @m(tensor<f32>) -> tensor<f32> attributes {seq.states = [["arg0", "hN"]]}
//--- twice.mlir
// CHECK: error: state 'arg0' must be in one pair, found in two
func.func private @m(tensor<f32>) -> (tensor<f32>, tensor<f32>)
  attributes {seq.states = [["arg0", "result0"], ["arg0", "result1"]]}
//--- types.mlir
// CHECK: error: state 'arg0' and result 'result0' must have the same type, found 'tensor<2xf32>' and 'tensor<3xf32>'
func.func private @m(tensor<2xf32>) -> tensor<3xf32> attributes {seq.states = [["arg0", "result0"]]}
//--- type-names.mlir
// CHECK: error: dynamic dimensions of state 'arg0' and result 'result0' must have the same names
func.func private @m(tensor<?xf32> {seq.dims = ["n"]}) -> tensor<?xf32>
  attributes {seq.states = [["arg0", "result0"]]}
//--- initial.mlir
// CHECK: error: 'seq.initial' of 'arg0' must hold the 2 elements of one batch slot, found 3
func.func private @m(tensor<?x2xf32> {seq.dims = ["batch", ""], seq.initial = dense<[1.0, 2.0, 3.0]> : tensor<3xf32>})
  -> (tensor<?x2xf32> {seq.dims = ["batch", ""]}) attributes {seq.states = [["arg0", "result0"]]}
//--- initial-type.mlir
// CHECK: error: 'seq.initial' of 'arg0' must be dense elements of the state's type
func.func private @m(tensor<2xf32> {seq.initial = dense<[1, 2]> : tensor<2xi32>}) -> tensor<2xf32>
  attributes {seq.states = [["arg0", "result0"]]}
//--- initial-dynamic.mlir
// CHECK: error: 'seq.initial' of 'arg0', which has dynamic dimension 'n', must be a splat
func.func private @m(tensor<?xf32> {seq.dims = ["n"], seq.initial = dense<[1.0, 2.0]> : tensor<2xf32>})
  -> (tensor<?xf32> {seq.dims = ["n"]}) attributes {seq.states = [["arg0", "result0"]]}
//--- two.mlir
// CHECK: error: {{.*}}two.mlir': required one public func.func, the model, found 2
func.func private @m()
func.func private @n()
