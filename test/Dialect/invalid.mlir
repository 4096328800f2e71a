// Every constraint, broken once, in the order of the ops' descriptions.
// RUN: seq-opt %s -split-input-file -verify-diagnostics

// seq.scan, constraint 1: an index for each dimension.
func.func @rank(%X: tensor<?x?xf32>, %T: index) {
  // expected-error @below {{expected a tensor or memref of 1 dimensions, found 'tensor<?x?xf32>'}}
  seq.scan domain() time(%t = %T) ins(%x = %X[%t] : tensor<?x?xf32>) {
    seq.yield
  }
  return
}

// -----

// Constraint 2: static extents.
func.func @extent(%X: tensor<8xf32>) {
  %T = arith.constant 9 : index
  // expected-error @below {{input 0 dimension 0 is 8 where the scan needs 9}}
  seq.scan domain() time(%t = %T) ins(%x = %X[%t] : tensor<8xf32>) {
    seq.yield
  }
  return
}

// -----

// Constraint 2: the last window fits.
func.func @window(%X: tensor<8xf32>, %T: index) {
  %D = arith.constant 4 : index
  // expected-error @below {{input 0 dimension 0 is 8 where the scan needs 9}}
  seq.scan domain(%d = %D) time(%t = %T)
      ins(%x = %X[%d * 2 + 3] : tensor<8xf32>) {
    seq.yield
  }
  return
}

// -----

// Constraint 3: a carry names every domain symbol once.
func.func @carry_domain(%h0: tensor<f32>, %T: index, %D: index) -> tensor<f32> {
  // expected-error @below {{carry 0 must name domain symbol 0 once, found 0 times}}
  %h = seq.scan domain(%d = %D) time(%t = %T) carry(%c = %h0[] : tensor<f32>) {
    seq.yield carry(%c : f32)
  }
  return %h : tensor<f32>
}

// -----

// Constraint 3: a carry does not name time.
func.func @carry_time(%h0: tensor<?xf32>, %T: index) -> tensor<?xf32> {
  // expected-error @below {{carry 0 must name time never, found 1 times}}
  %h = seq.scan domain() time(%t = %T) carry(%c = %h0[%t] : tensor<?xf32>) {
    seq.yield carry(%c : f32)
  }
  return %h : tensor<?xf32>
}

// -----

// Constraint 3: an out names time.
func.func @out_time(%Y: tensor<4xf32>, %T: index) -> tensor<4xf32> {
  // expected-error @below {{out 0 must name time once, found 0 times}}
  %y = seq.scan domain() time(%t = %T) outs(%Y[:] : tensor<4xf32>) {
    %0 = arith.constant dense<0.0> : tensor<4xf32>
    seq.yield outs(%0 : tensor<4xf32>)
  }
  return %y : tensor<4xf32>
}

// -----

// Constraint 3: windows are for inputs.
func.func @out_window(%Y: tensor<?x?xf32>, %T: index, %D: index)
    -> tensor<?x?xf32> {
  // expected-error @below {{out 0 must not be indexed by a window}}
  %y = seq.scan domain(%d = %D) time(%t = %T)
      outs(%Y[%t, %d * 2 + 2] : tensor<?x?xf32>) {
    %0 = arith.constant dense<0.0> : tensor<2xf32>
    seq.yield outs(%0 : tensor<2xf32>)
  }
  return %y : tensor<?x?xf32>
}

// -----

// Constraint 4: a shifted read has a history.
func.func @no_history(%X: tensor<?xf32>, %T: index) {
  // expected-error @below {{input 0 is read 2 steps back and needs a history}}
  seq.scan domain() time(%t = %T) ins(%x = %X[%t - 2] : tensor<?xf32>) {
    seq.yield
  }
  return
}

// -----

// Constraint 4: of enough rows.
func.func @short_history(%X: tensor<?xf32>, %p: tensor<1xf32>, %T: index)
    -> tensor<1xf32> {
  // expected-error @below {{history of input 0 must be shaped as the input with at least 2 rows of time, found 'tensor<1xf32>'}}
  %n = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t - 2] history %p : tensor<1xf32> : tensor<?xf32>) {
    seq.yield
  }
  return %n : tensor<1xf32>
}

// -----

// Constraint 4: not in reverse.
func.func @reverse_history(%X: tensor<?xf32>, %p: tensor<2xf32>, %T: index)
    -> tensor<2xf32> {
  // expected-error @below {{a reverse scan must not read steps back}}
  %n = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t - 2] history %p : tensor<2xf32> : tensor<?xf32>) reverse {
    seq.yield
  }
  return %n : tensor<2xf32>
}

// -----

// Constraint 5: as many yields as outs and carries.
func.func @yield_count(%h0: tensor<f32>, %T: index) -> tensor<f32> {
  // expected-error @below {{body must yield 0 outs and 1 carries, found 0 and 0}}
  %h = seq.scan domain() time(%t = %T) carry(%c = %h0[] : tensor<f32>) {
    seq.yield
  }
  return %h : tensor<f32>
}

// -----

// Constraint 5: of the slices' types.
func.func @yield_type(%h0: tensor<4xf32>, %T: index) -> tensor<4xf32> {
  // expected-error @below {{carry 0 must be 'tensor<4xf32>', found 'f32'}}
  %h = seq.scan domain() time(%t = %T) carry(%c = %h0[:] : tensor<4xf32>) {
    %0 = arith.constant 0.0 : f32
    seq.yield carry(%0 : f32)
  }
  return %h : tensor<4xf32>
}

// -----

// Constraint 6: lengths are integers.
func.func @lengths(%len: tensor<?xf32>, %T: index, %D: index) {
  // expected-error @below {{lengths must be integers of more than one bit, indexed by domain symbols}}
  seq.scan domain(%d = %D) time(%t = %T) lengths(%len[%d] : tensor<?xf32>) {
    seq.yield
  }
  return
}

// -----

// Constraint 6: of more than one bit, and signless.
func.func @bits(%len: tensor<?xi1>, %T: index, %D: index) {
  // expected-error @below {{lengths must be integers of more than one bit, indexed by domain symbols}}
  seq.scan domain(%d = %D) time(%t = %T) lengths(%len[%d] : tensor<?xi1>) {
    seq.yield
  }
  return
}

// -----

func.func @unsigned(%len: tensor<?xui32>, %T: index, %D: index) {
  // expected-error @below {{lengths must be integers of more than one bit, indexed by domain symbols}}
  seq.scan domain(%d = %D) time(%t = %T) lengths(%len[%d] : tensor<?xui32>) {
    seq.yield
  }
  return
}

// -----

// The last alternative is for every T.
func.func @guarded(%h0: tensor<f32>, %T: index) -> tensor<f32> {
  // expected-error @below {{schedule must end with an unguarded alternative}}
  %h = seq.scan domain() time(%t = %T) carry(%c = %h0[] : tensor<f32>)
      schedule [#seq.alternative<recurrent, min_time = 8>] {
    seq.yield carry(%c : f32)
  }
  return %h : tensor<f32>
}

// -----

// expected-error @below {{alternative: chunk belongs to forms that split time, found in recurrent}}
#chunked = #seq.alternative<recurrent, chunk = 8>

// -----

// expected-error @below {{alternative: fan must be at least 2, in the parallel form, found 1 in parallel}}
#single = #seq.alternative<parallel, chunk = 8, fan = 1>

// -----

// expected-error @below {{alternative: fan must be at least 2, in the parallel form, found 4 in chunked}}
#fanned = #seq.alternative<chunked, chunk = 8, fan = 4>

// -----

// expected-error @below {{alternative: the naive form has no block}}
#blocked = #seq.alternative<naive, block = 8>

// -----

// seq.time_block, constraint 1.
func.func @stray_block() {
  // expected-error @below {{must stand in the body of a seq.scan}}
  seq.time_block {
  }
  return
}

// -----

// seq.time_block, constraint 2: not even through another op.
func.func @block_reads_carry(%h0: tensor<f32>, %T: index) -> tensor<f32> {
  %h = seq.scan domain() time(%t = %T) carry(%c = %h0[] : tensor<f32>) {
    %d = arith.addf %c, %c : f32
    // expected-error @below {{must not depend on a carry}}
    %0 = seq.time_block -> f32 {
      %1 = arith.mulf %d, %d : f32
      seq.yield outs(%1 : f32)
    }
    seq.yield carry(%0 : f32)
  }
  return %h : tensor<f32>
}

// -----

// seq.matvec, constraint 1.
func.func @matvec_vector(%w: tensor<4x8xf32>, %x: tensor<4xf32>) {
  // expected-error @below {{needs a vector shaped as the matrix' last dimensions, found 'tensor<4x8xf32>' and 'tensor<4xf32>'}}
  %0 = seq.matvec %w, %x : tensor<4x8xf32>, tensor<4xf32> -> tensor<8xf32>
  return
}

// -----

// seq.matvec, constraint 2.
func.func @matvec_result(%w: tensor<4x8xf32>, %x: tensor<8xf32>) {
  // expected-error @below {{must have the result type 'tensor<4xf32>', found 'tensor<8xf32>'}}
  %0 = seq.matvec %w, %x : tensor<4x8xf32>, tensor<8xf32> -> tensor<8xf32>
  return
}

// -----

func.func @vecmat(%x: tensor<4xf32>, %w: tensor<8x4xf32>) {
  // expected-error @below {{needs a vector shaped as the matrix' first dimensions}}
  %0 = seq.vecmat %x, %w : tensor<4xf32>, tensor<8x4xf32> -> tensor<8xf32>
  return
}

// -----

func.func @dot(%x: tensor<4xf32>) {
  // expected-error @below {{must have the result type 'f32', found 'f64'}}
  %0 = seq.dot %x, %x : tensor<4xf32> -> f64
  return
}

// -----

// seq.powers, constraint 1.
func.func @powers_of_another_type(%e: f64, %decays: tensor<4xf32>) {
  // expected-error @below {{base is a number like those of values}}
  "seq.powers"(%e, %decays) : (f64, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @powers_of_a_matrix(%e: f32, %decays: tensor<4x4xf32>) {
  // expected-error @below {{must be 1D tensor of floating-point values}}
  %0 = seq.powers %e of %decays : tensor<4x4xf32>
  return
}

// -----

// seq.extract, constraint 1.
func.func @extract_rank(%x: tensor<4xf32>) {
  // expected-error @below {{needs at most 1 positions, found 2}}
  %0 = seq.extract %x[0, 0] : tensor<4xf32> -> f32
  return
}

// -----

func.func @extract_range(%x: tensor<4xf32>) {
  // expected-error @below {{position 4 is outside a dimension of 4}}
  %0 = seq.extract %x[4] : tensor<4xf32> -> f32
  return
}

// -----

// seq.extract, constraint 2.
func.func @extract_result(%x: tensor<4x8xf32>) {
  // expected-error @below {{must have the result type 'tensor<8xf32>', found 'tensor<4xf32>'}}
  %0 = seq.extract %x[1] : tensor<4x8xf32> -> tensor<4xf32>
  return
}

// -----

func.func @broadcast(%x: tensor<8xf32>) {
  // expected-error @below {{result without dims [0] must be the operand}}
  %0 = seq.broadcast %x dims [0] : tensor<8xf32> -> tensor<8x4xf32>
  return
}

// -----

func.func @reduce(%x: tensor<8xf32>) {
  // expected-error @below {{needs increasing dims within rank 1, found [1]}}
  %0 = seq.reduce add %x dims [1] : tensor<8xf32> -> f32
  return
}

// -----

func.func @insert(%x: tensor<8x4xf32>, %r: tensor<8xf32>, %i: index) {
  // expected-error @below {{needs a row of type 'tensor<4xf32>', found 'tensor<8xf32>'}}
  %0 = seq.insert %r into %x[%i] : tensor<8xf32> into tensor<8x4xf32>
  return
}

// -----

// seq.affine, constraint 2.
func.func @affine(%x: f32) {
  // expected-error @below {{takes exp(decay) over plus_times only, found max_plus}}
  %0 = seq.affine exp(%x) * %x + %x {semiring = #seq<semiring max_plus>} : f32
  return
}

// -----

// seq.affine, constraint 3.
func.func @affine_log_matrix(%a: tensor<4x4xf32>, %s: tensor<4xf32>) {
  // expected-error @below {{takes exp(decay) of numbers only, found a matrix}}
  %0 = "seq.affine"(%a, %s, %s) {log_decay, full}
      : (tensor<4x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

// seq.affine, constraint 2.
func.func @affine_decay(%a: tensor<8xf32>, %s: tensor<4x8xf32>) {
  // expected-error @below {{needs a decay with leading dimensions of 'tensor<4x8xf32>', found 'tensor<8xf32>'}}
  %0 = seq.affine %a * %s + %s : tensor<8xf32>, tensor<4x8xf32>
  return
}

// -----

// seq.affine, constraint 2.
func.func @affine_matrix(%a: tensor<4x8xf32>, %s: tensor<4xf32>) {
  // expected-error @below {{needs a square matrix over the first dimension of 'tensor<4xf32>', found 'tensor<4x8xf32>'}}
  %0 = seq.affine matrix(%a) * %s + %s : tensor<4x8xf32>, tensor<4xf32>
  return
}

// -----

// seq.complex_affine, constraint 2.
func.func @complex_affine(%a: tensor<4xf32>, %s: tensor<8xf32>) {
  // expected-error @below {{needs a decay with leading dimensions of 'tensor<8xf32>', found 'tensor<4xf32>'}}
  %0, %1 = seq.complex_affine (%a, %a) * (%s, %s) + (%s, %s)
      : tensor<4xf32>, tensor<8xf32>
  return
}

// -----

func.func @complex_affine_parts(%s: f32) {
  // expected-error @below {{needs a real and an imaginary part of each}}
  %0, %1 = seq.complex_affine (%s, %s) * (%s) + (%s, %s) : f32
  return
}

// -----

// seq.matrix, constraint 1.
func.func @matrix(%a: tensor<4x3xf32>, %s: tensor<4xf32>) {
  // expected-error @below {{needs a square matrix of floats over the first dimension of 'tensor<4xf32>', found 'tensor<4x3xf32>'}}
  %0 = seq.matrix %a * %s : tensor<4x3xf32>, tensor<4xf32>
  return
}

// -----

// seq.matrix, constraint 2.
func.func @matrix_rows(%a: tensor<4x4xf32>, %s: tensor<4xf32>, %e: tensor<3xf32>) {
  // expected-error @below {{rows are numbers for the matrix' rows}}
  %0 = "seq.matrix"(%a, %s, %e)
      : (tensor<4x4xf32>, tensor<4xf32>, tensor<3xf32>) -> tensor<4xf32>
  return
}

// -----

// seq.scaled_affine, constraint 1.
func.func @scaled_affine_alone(%m: f32) {
  // expected-error @below {{needs one sum at least, found none}}
  %0 = seq.scaled_affine exp(%m) * (%m) + exp(%m) * () : f32
  return
}

// -----

// seq.scaled_affine, constraint 2.
func.func @scaled_affine(%m: tensor<8xf32>, %s: tensor<4x8xf32>) {
  // expected-error @below {{needs an exponent with leading dimensions of 'tensor<4x8xf32>', found 'tensor<8xf32>'}}
  %0, %1 = seq.scaled_affine exp(%m) * (%m, %s) + exp(%m) * (%s)
      : tensor<8xf32>, tensor<4x8xf32>
  return
}

// -----

func.func @scaled_affine_values(%m: f32, %s: f32) {
  // expected-error @below {{needs an exponent, sums, and as many values and types as those, found 2 carries, 2 values and 2 types}}
  %0, %1 = seq.scaled_affine exp(%m) * (%m, %s) + exp(%m) * (%s, %s) : f32, f32
  return
}

// -----

// seq.dplr_affine, constraint 1.
func.func @dplr_affine_integers(%w: i32, %r: tensor<4xi32>) {
  // expected-error @below {{operand #0 must be floating-point or tensor of floating-point values, but got 'i32'}}
  %0 = seq.dplr_affine (%w + %r x %r) * %r + %r x %w : i32, tensor<4xi32>
  return
}

// -----

// seq.dplr_affine, constraint 2.
func.func @dplr_affine(%w: tensor<8xf32>, %r: tensor<4xf32>, %v: tensor<8xf32>,
                       %s: tensor<4x8xf32>) {
  // expected-error @below {{needs a decay for each row of 'tensor<4x8xf32>' or for all of them, found 'tensor<8xf32>'}}
  %0 = seq.dplr_affine (%w + %r x %r) * %s + %r x %v
      : tensor<8xf32>, tensor<4x8xf32>
  return
}

// -----

// seq.dplr_affine, constraint 3.
func.func @dplr_affine_value(%w: f32, %r: tensor<4xf32>, %s: tensor<4x8xf32>) {
  // expected-error @below {{value is a row of the state}}
  %0 = "seq.dplr_affine"(%w, %r, %r, %s, %r, %r)
      : (f32, tensor<4xf32>, tensor<4xf32>, tensor<4x8xf32>, tensor<4xf32>,
         tensor<4xf32>) -> tensor<4x8xf32>
  return
}

// -----

// seq.matmul, constraint 1.
func.func @matmul(%a: tensor<4x3xf32>, %b: tensor<4x3xf32>) {
  // expected-error @below {{needs a left matrix whose last dimension is the right one's first, found 'tensor<4x3xf32>' and 'tensor<4x3xf32>'}}
  %0 = seq.matmul %a, %b
      : tensor<4x3xf32>, tensor<4x3xf32> -> tensor<4x3xf32>
  return
}

// -----

// seq.matmul, constraint 2.
func.func @matmul_result(%a: tensor<4x3xf32>, %b: tensor<3x4xf32>) {
  // expected-error @below {{must have the result type 'tensor<4x4xf32>', found 'tensor<3x3xf32>'}}
  %0 = seq.matmul %a, %b : tensor<4x3xf32>, tensor<3x4xf32> -> tensor<3x3xf32>
  return
}

// -----

// seq.pack, constraint 1.
func.func @pack(%w: tensor<12x16xf32>) {
  // expected-error @below {{must have the result type 'tensor<2x16x8xf32>', found 'tensor<1x16x8xf32>'}}
  %0 = seq.pack %w lanes 8 contracted 1
      : tensor<12x16xf32> -> tensor<1x16x8xf32>
  return
}

// -----

// seq.pack, constraint 2.
func.func @pack_quads(%w: tensor<12x16xf32>) {
  // expected-error @below {{in quads needs i8 and one contracted dimension, found 'f32' and 1}}
  %0 = seq.pack %w lanes 8 contracted 1 quads
      : tensor<12x16xf32> -> tensor<2x4x32xf32>
  return
}

// -----

// seq.narrow, constraint 1.
func.func @narrow(%w: tensor<12x16xf32>) {
  // expected-error @below {{rounds f32 to bf16, f16 or i8 of the same shape, found 'tensor<12x16xf32>' to 'tensor<12x16xi16>'}}
  %0 = seq.narrow %w contracted 1 : tensor<12x16xf32> -> tensor<12x16xi16>
  return
}

// -----

// seq.narrow, constraint 2.
func.func @narrow_all(%w: tensor<12x16xf32>) {
  // expected-error @below {{needs 0 <= contracted < rank 2, found 2}}
  %0 = seq.narrow %w contracted 2 : tensor<12x16xf32> -> tensor<12x16xi8>
  return
}

// -----

// seq.row_scale, constraint 1.
func.func @row_scale(%w: tensor<12x16xf32>) {
  // expected-error @below {{needs a matrix of f32 and gives its leading dimensions, found 'tensor<12x16xf32>' with 1 contracted, and 'tensor<16xf32>'}}
  %0 = seq.row_scale %w contracted 1 : tensor<12x16xf32> -> tensor<16xf32>
  return
}

// -----

// A packed input holds what the body sees, or a narrower type than its f32.
func.func @packed(%w: tensor<2x16x8xf64>, %y: tensor<1x12xf32>) {
  %c1 = arith.constant 1 : index
  // expected-error @below {{packed input 0 of type 'tensor<2x16x8xf64>' must hold 'f32', bf16, f16 or i8}}
  %0 = seq.scan domain() time(%t = %c1)
      ins(%m = %w[:, :, :] packed 8 as tensor<12x16xf32> : tensor<2x16x8xf64>)
      outs(%y[%t, :] : tensor<1x12xf32>) {
    %v = arith.constant dense<1.0> : tensor<16xf32>
    %0 = seq.matvec %m, %v : tensor<12x16xf32>, tensor<16xf32> -> tensor<12xf32>
    seq.yield outs(%0 : tensor<12xf32>)
  }
  return
}

// -----

// expected-error @below {{initialiser must yield 'tensor<4xf32>', found 'tensor<2xf32>'}}
seq.weight @w : tensor<4xf32> {
  %0 = arith.constant dense<1.0> : tensor<2xf32>
  seq.yield outs(%0 : tensor<2xf32>)
}

// -----

func.func @load_weight() {
  // expected-error @below {{needs a seq.weight named @nothing}}
  %0 = seq.load_weight @nothing : tensor<4xf32>
  return
}

// -----

// The algebra's sums and products are of floats.
func.func @reduce_integers(%x: tensor<4xi32>) {
  // expected-error @below {{needs operands of one float type, found 'tensor<4xi32>'}}
  %0 = seq.reduce add %x dims [0] : tensor<4xi32> -> i32
  return
}

// -----

func.func @matvec_types(%w: tensor<4x8xf64>, %x: tensor<8xf32>) {
  // expected-error @below {{needs operands of one float type, found 'tensor<4x8xf64>', 'tensor<8xf32>'}}
  %0 = seq.matvec %w, %x : tensor<4x8xf64>, tensor<8xf32> -> tensor<4xf64>
  return
}
