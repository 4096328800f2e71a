// Every constraint of the cells whose gates see no state, of the linear layers, of
// xLSTM's and of hidden Markov models, broken once.
// RUN: seq-opt %s -split-input-file -verify-diagnostics

// seq.min_gru, constraint 1.
func.func @min_gru_shape(%x: tensor<?x1x16xf32>, %w: tensor<3x8x16xf32>) {
  // expected-error @below {{w must have the shape of 'tensor<2x8x16xf32>', found 'tensor<3x8x16xf32>'}}
  %r0, %r1 = seq.min_gru x(%x) w(%w)
      : (tensor<?x1x16xf32>, tensor<3x8x16xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.min_gru, constraint 1.
func.func @min_gru_static(%x: tensor<?x1x16xf32>, %w: tensor<2x?x16xf32>) {
  // expected-error @below {{needs static input and hidden sizes, found 'tensor<?x1x16xf32>' and 'tensor<2x?x16xf32>'}}
  %r0, %r1 = seq.min_gru x(%x) w(%w)
      : (tensor<?x1x16xf32>, tensor<2x?x16xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.min_gru, constraint 2.
func.func @min_gru_gates(%x: tensor<?x1x16xf32>, %w: tensor<2x8x16xf32>) {
  // expected-error @below {{gate_order must be a permutation of zh, found "zr"}}
  %r0, %r1 = seq.min_gru x(%x) w(%w) {gate_order = "zr"}
      : (tensor<?x1x16xf32>, tensor<2x8x16xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.min_lstm, constraint 1.
func.func @min_lstm_types(%x: tensor<?x1x16xf32>, %w: tensor<3x8x16xf64>) {
  // expected-error @below {{needs one element type, found 'tensor<?x1x16xf32>' and 'tensor<3x8x16xf64>'}}
  %r0, %r1 = seq.min_lstm x(%x) w(%w)
      : (tensor<?x1x16xf32>, tensor<3x8x16xf64>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.min_lstm, constraint 2.
func.func @min_lstm_gates(%x: tensor<?x1x16xf32>, %w: tensor<3x8x16xf32>) {
  // expected-error @below {{gate_order must be a permutation of fih, found "fi"}}
  %r0, %r1 = seq.min_lstm x(%x) w(%w) {gate_order = "fi"}
      : (tensor<?x1x16xf32>, tensor<3x8x16xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.qrnn, constraint 1.
func.func @qrnn_shape(%x: tensor<?x1x16xf32>, %w: tensor<3x8x2x16xf32>) {
  // expected-error @below {{w must have the shape of 'tensor<2x8x2x16xf32>', found 'tensor<3x8x2x16xf32>'}}
  %r0, %r1, %r2 = seq.qrnn x(%x) w(%w) {gate_order = "zf"}
      : (tensor<?x1x16xf32>, tensor<3x8x2x16xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x1x16xf32>)
  return
}

// -----

// seq.qrnn, constraint 1.
func.func @qrnn_taps(%x: tensor<?x1x16xf32>, %w: tensor<2x8x0x16xf32>) {
  // expected-error @below {{needs static input and hidden sizes and at least one tap, found 'tensor<?x1x16xf32>' and 'tensor<2x8x0x16xf32>'}}
  %r0, %r1 = seq.qrnn x(%x) w(%w) {gate_order = "zf"}
      : (tensor<?x1x16xf32>, tensor<2x8x0x16xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.qrnn, constraint 2.
func.func @qrnn_gates(%x: tensor<?x1x16xf32>, %w: tensor<3x8x2x16xf32>) {
  // expected-error @below {{gate_order must be a permutation of zfo, found "zfi"}}
  %r0, %r1, %r2 = seq.qrnn x(%x) w(%w) {gate_order = "zfi"}
      : (tensor<?x1x16xf32>, tensor<3x8x2x16xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x1x16xf32>)
  return
}

// -----

// seq.qrnn, constraint 3.
func.func @qrnn_past(%x: tensor<?x1x16xf32>, %w: tensor<2x8x1x16xf32>,
                     %p: tensor<1x1x16xf32>) {
  // expected-error @below {{needs a third result, the past, with more than one tap and only then, as the operand past, found 1 taps}}
  %r0, %r1 = seq.qrnn x(%x) w(%w) past(%p) {gate_order = "zf"}
      : (tensor<?x1x16xf32>, tensor<2x8x1x16xf32>, tensor<1x1x16xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.diagonal_ssm, constraint 1.
func.func @ssm_shape(%x: tensor<?x1x8xf32>, %ar: tensor<8x4xf32>,
                     %ai: tensor<8x4xf32>, %d: tensor<4xf32>,
                     %cr: tensor<8x4xf32>, %ci: tensor<8x4xf32>) {
  // expected-error @below {{delta must have the shape of 'tensor<8xf32>', found 'tensor<4xf32>'}}
  %r0, %r1, %r2 = seq.diagonal_ssm x(%x) a(%ar, %ai) delta(%d) c(%cr, %ci)
      {discretisation = #seq.discretisation<zero_order_hold>}
      : (tensor<?x1x8xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<4xf32>,
         tensor<8x4xf32>, tensor<8x4xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8x4xf32>, tensor<1x8x4xf32>)
  return
}

// -----

// seq.diagonal_ssm, constraint 2.
func.func @ssm_delta(%x: tensor<?x1x8xf32>, %ar: tensor<8x4xf32>,
                     %ai: tensor<8x4xf32>, %cr: tensor<8x4xf32>,
                     %ci: tensor<8x4xf32>) {
  // expected-error @below {{needs delta except with 'given', found none with 'zero_order_hold'}}
  %r0, %r1, %r2 = seq.diagonal_ssm x(%x) a(%ar, %ai) c(%cr, %ci)
      {discretisation = #seq.discretisation<zero_order_hold>}
      : (tensor<?x1x8xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>,
         tensor<8x4xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8x4xf32>, tensor<1x8x4xf32>)
  return
}

// -----

// seq.diagonal_ssm, constraint 2.
func.func @ssm_given(%x: tensor<?x1x8xf32>, %ar: tensor<8x4xf32>,
                     %ai: tensor<8x4xf32>, %d: tensor<8xf32>,
                     %cr: tensor<8x4xf32>, %ci: tensor<8x4xf32>) {
  // expected-error @below {{needs delta except with 'given', found it with 'given'}}
  %r0, %r1, %r2 = seq.diagonal_ssm x(%x) a(%ar, %ai) delta(%d) c(%cr, %ci)
      {discretisation = #seq.discretisation<given>}
      : (tensor<?x1x8xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<8xf32>,
         tensor<8x4xf32>, tensor<8x4xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8x4xf32>, tensor<1x8x4xf32>)
  return
}

// -----

// seq.diagonal_ssm, constraint 3.
func.func @ssm_input(%x: tensor<?x1x8xf32>, %ar: tensor<4xf32>,
                     %ai: tensor<4xf32>, %cr: tensor<8x4xf32>,
                     %ci: tensor<8x4xf32>) {
  // expected-error @below {{needs b where all channels share the states, found none}}
  %r0, %r1, %r2 = seq.diagonal_ssm x(%x) a(%ar, %ai) c(%cr, %ci)
      {discretisation = #seq.discretisation<given>}
      : (tensor<?x1x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<8x4xf32>,
         tensor<8x4xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x4xf32>, tensor<1x4xf32>)
  return
}

// -----

// seq.diagonal_ssm, constraint 3.
func.func @ssm_parts(%x: tensor<?x1x8xf32>, %a: tensor<8x4xf32>) {
  // expected-error @below {{needs b_real and b_imag together, found 1 of them}}
  %r0, %r1, %r2 = "seq.diagonal_ssm"(%x, %a, %a, %a, %a, %a)
      <{discretisation = #seq.discretisation<given>,
        operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 0, 1, 1, 0, 0, 0>}>
      : (tensor<?x1x8xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>,
         tensor<8x4xf32>, tensor<8x4xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8x4xf32>, tensor<1x8x4xf32>)
  return
}

// -----

// seq.diagonal_ssm, constraint 4.
func.func @ssm_skip(%x: tensor<?x1x8xf32>, %ar: tensor<4xf32>,
                    %ai: tensor<4xf32>, %br: tensor<4x8xf32>,
                    %bi: tensor<4x8xf32>, %cr: tensor<3x4xf32>,
                    %ci: tensor<3x4xf32>, %s: tensor<8xf32>) {
  // expected-error @below {{needs as many outputs as inputs for skip, found 3 and 8}}
  %r0, %r1, %r2 = seq.diagonal_ssm x(%x) a(%ar, %ai) b(%br, %bi) c(%cr, %ci)
      skip(%s) {discretisation = #seq.discretisation<given>}
      : (tensor<?x1x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4x8xf32>,
         tensor<4x8xf32>, tensor<3x4xf32>, tensor<3x4xf32>, tensor<8xf32>)
      -> (tensor<?x1x3xf32>, tensor<1x4xf32>, tensor<1x4xf32>)
  return
}

// -----

// seq.linear_rnn, constraint 1.
func.func @linear_rnn_shape(%x: tensor<?x1x4xf32>, %a: tensor<8x4xf32>,
                            %b: tensor<8x4xf32>) {
  // expected-error @below {{a must have the shape of 'tensor<8x8xf32>', found 'tensor<8x4xf32>'}}
  %r0, %r1 = seq.linear_rnn x(%x) a(%a) b(%b)
      : (tensor<?x1x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.slstm, constraint 1.
func.func @slstm_heads(%x: tensor<?x1x16xf32>, %w: tensor<4x8x16xf32>,
                       %r: tensor<4x3x4x4xf32>) {
  // expected-error @below {{needs a number of heads that divides 8 units, found 3}}
  %r0, %r1, %r2, %r3, %r4 = seq.slstm x(%x) w(%w) r(%r)
      {forget_gate = #seq.forget_gate<sigmoid>}
      : (tensor<?x1x16xf32>, tensor<4x8x16xf32>, tensor<4x3x4x4xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>,
          tensor<1x8xf32>)
  return
}

// -----

// seq.slstm, constraint 1.
func.func @slstm_shape(%x: tensor<?x1x16xf32>, %w: tensor<4x8x16xf32>,
                       %r: tensor<4x2x8x8xf32>) {
  // expected-error @below {{r must have the shape of 'tensor<4x2x4x4xf32>', found 'tensor<4x2x8x8xf32>'}}
  %r0, %r1, %r2, %r3, %r4 = seq.slstm x(%x) w(%w) r(%r)
      {forget_gate = #seq.forget_gate<sigmoid>}
      : (tensor<?x1x16xf32>, tensor<4x8x16xf32>, tensor<4x2x8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>,
          tensor<1x8xf32>)
  return
}

// -----

// seq.slstm, constraint 2.
func.func @slstm_gates(%x: tensor<?x1x16xf32>, %w: tensor<4x8x16xf32>,
                       %r: tensor<4x1x8x8xf32>) {
  // expected-error @below {{gate_order must be a permutation of zifo, found "ifgo"}}
  %r0, %r1, %r2, %r3, %r4 = seq.slstm x(%x) w(%w) r(%r)
      {forget_gate = #seq.forget_gate<sigmoid>, gate_order = "ifgo"}
      : (tensor<?x1x16xf32>, tensor<4x8x16xf32>, tensor<4x1x8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>,
          tensor<1x8xf32>)
  return
}

// -----

// seq.slstm, constraint 3.
func.func @slstm_states(%x: tensor<?x1x16xf32>, %w: tensor<4x8x16xf32>,
                        %r: tensor<4x1x8x8xf32>, %s: tensor<1x8xf32>) {
  // expected-error @below {{needs c0, n0 and m0 together, found 1 of them}}
  %r0, %r1, %r2, %r3, %r4 = seq.slstm x(%x) w(%w) r(%r) c0(%s)
      {forget_gate = #seq.forget_gate<sigmoid>}
      : (tensor<?x1x16xf32>, tensor<4x8x16xf32>, tensor<4x1x8x8xf32>,
         tensor<1x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>,
          tensor<1x8xf32>)
  return
}

// -----

// seq.mlstm, constraint 1.
func.func @mlstm_shape(%q: tensor<1x?x2x4xf32>, %k: tensor<1x?x2x4xf32>,
                       %v: tensor<1x?x2x8xf32>, %i: tensor<1x?x4xf32>,
                       %f: tensor<1x?x2xf32>) {
  // expected-error @below {{input must have the shape of 'tensor<1x?x2xf32>', found 'tensor<1x?x4xf32>'}}
  %r0, %r1, %r2, %r3 = seq.mlstm q(%q) k(%k) v(%v) input(%i) forget(%f)
      {forget_gate = #seq.forget_gate<sigmoid>}
      : (tensor<1x?x2x4xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2x8xf32>,
         tensor<1x?x4xf32>, tensor<1x?x2xf32>)
      -> (tensor<1x?x2x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4xf32>,
          tensor<1x2xf32>)
  return
}

// -----

// seq.mlstm, constraint 2.
func.func @mlstm_states(%q: tensor<1x?x2x4xf32>, %k: tensor<1x?x2x4xf32>,
                        %v: tensor<1x?x2x8xf32>, %i: tensor<1x?x2xf32>,
                        %f: tensor<1x?x2xf32>, %C: tensor<1x2x4x8xf32>,
                        %n: tensor<1x2x4xf32>) {
  // expected-error @below {{needs state, normaliser and exponent together, found 2 of them}}
  %r0, %r1, %r2, %r3 = seq.mlstm q(%q) k(%k) v(%v) input(%i) forget(%f)
      state(%C) normaliser(%n) {forget_gate = #seq.forget_gate<sigmoid>}
      : (tensor<1x?x2x4xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2x8xf32>,
         tensor<1x?x2xf32>, tensor<1x?x2xf32>, tensor<1x2x4x8xf32>,
         tensor<1x2x4xf32>)
      -> (tensor<1x?x2x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4xf32>,
          tensor<1x2xf32>)
  return
}

// -----

// seq.hmm_forward, constraint 1.
func.func @hmm_shape(%e: tensor<?x1x4xf32>, %m: tensor<4x5xf32>) {
  // expected-error @below {{transitions must have the shape of 'tensor<4x4xf32>', found 'tensor<4x5xf32>'}}
  %r0, %r1 = seq.hmm_forward emissions(%e) transitions(%m)
      : (tensor<?x1x4xf32>, tensor<4x5xf32>)
      -> (tensor<?x1xf32>, tensor<1x4xf32>)
  return
}

// -----

// seq.hmm_forward, constraint 1.
func.func @hmm_static(%e: tensor<?x1x?xf32>, %m: tensor<4x4xf32>) {
  // expected-error @below {{needs emissions [T, B, N] with a static N, found 'tensor<?x1x?xf32>'}}
  %r0, %r1 = seq.hmm_forward emissions(%e) transitions(%m)
      : (tensor<?x1x?xf32>, tensor<4x4xf32>)
      -> (tensor<?x1xf32>, tensor<1x4xf32>)
  return
}

// -----

// seq.viterbi, constraint 1.
func.func @viterbi_shape(%e: tensor<?x1x4xf32>, %m: tensor<4x4xf32>,
                         %s: tensor<4x1xf32>) {
  // expected-error @below {{initial must have the shape of 'tensor<1x4xf32>' because of emissions, found 'tensor<4x1xf32>'}}
  %r0, %r1 = seq.viterbi emissions(%e) transitions(%m) initial(%s)
      : (tensor<?x1x4xf32>, tensor<4x4xf32>, tensor<4x1xf32>)
      -> (tensor<?x1xi32>, tensor<1x4xf32>)
  return
}

// -----

// seq.viterbi, constraint 1.
func.func @viterbi_tags(%e: tensor<?x1x4xf32>, %m: tensor<4x4xf32>) {
  // expected-error @below {{needs tags of i32, found 'tensor<?x1xi64>'}}
  %r0, %r1 = seq.viterbi emissions(%e) transitions(%m)
      : (tensor<?x1x4xf32>, tensor<4x4xf32>)
      -> (tensor<?x1xi64>, tensor<1x4xf32>)
  return
}

// -----

// seq.min_gru, constraint 1.
func.func @min_gru_dynamic(%x: tensor<?x1x16xf32>, %w: tensor<?x8x16xf32>) {
  // expected-error @below {{needs static extents of w, found 'tensor<?x8x16xf32>'}}
  %r0, %r1 = seq.min_gru x(%x) w(%w)
      : (tensor<?x1x16xf32>, tensor<?x8x16xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.min_gru, constraint 1.
func.func @min_gru_lengths(%x: tensor<?x1x16xf32>, %w: tensor<2x8x16xf32>,
                           %n: tensor<1xf32>) {
  // expected-error @below {{needs lengths of integers, found 'tensor<1xf32>'}}
  %r0, %r1 = seq.min_gru x(%x) w(%w) lengths(%n)
      : (tensor<?x1x16xf32>, tensor<2x8x16xf32>, tensor<1xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.min_lstm, constraint 1.
func.func @min_lstm_dynamic(%x: tensor<?x1x16xf32>, %w: tensor<3x8x16xf32>,
                            %b: tensor<?x8xf32>) {
  // expected-error @below {{needs static extents of bias, found 'tensor<?x8xf32>'}}
  %r0, %r1 = seq.min_lstm x(%x) w(%w) bias(%b)
      : (tensor<?x1x16xf32>, tensor<3x8x16xf32>, tensor<?x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.min_lstm, constraint 1.
func.func @min_lstm_lengths(%x: tensor<?x1x16xf32>, %w: tensor<3x8x16xf32>,
                            %n: tensor<1xf32>) {
  // expected-error @below {{needs lengths of integers, found 'tensor<1xf32>'}}
  %r0, %r1 = seq.min_lstm x(%x) w(%w) lengths(%n)
      : (tensor<?x1x16xf32>, tensor<3x8x16xf32>, tensor<1xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.qrnn, constraint 1.
func.func @qrnn_dynamic(%x: tensor<?x1x16xf32>, %w: tensor<?x8x1x16xf32>) {
  // expected-error @below {{needs static extents of w, found 'tensor<?x8x1x16xf32>'}}
  %r0, %r1 = seq.qrnn x(%x) w(%w) {gate_order = "zf"}
      : (tensor<?x1x16xf32>, tensor<?x8x1x16xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.qrnn, constraint 1: one bit counts no steps.
func.func @qrnn_bits(%x: tensor<?x1x16xf32>, %w: tensor<2x8x1x16xf32>,
                     %n: tensor<1xi1>) {
  // expected-error @below {{needs lengths of integers, found 'tensor<1xi1>'}}
  %r0, %r1 = seq.qrnn x(%x) w(%w) lengths(%n) {gate_order = "zf"}
      : (tensor<?x1x16xf32>, tensor<2x8x1x16xf32>, tensor<1xi1>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.qrnn, constraint 3: the rows of the past are known.
func.func @qrnn_past(%x: tensor<?x1x16xf32>, %w: tensor<2x8x3x16xf32>,
                     %p: tensor<?x1x16xf32>) {
  // expected-error @below {{needs past of 2 rows, found 'tensor<?x1x16xf32>'}}
  %r0, %r1, %r2 = seq.qrnn x(%x) w(%w) past(%p) {gate_order = "zf"}
      : (tensor<?x1x16xf32>, tensor<2x8x3x16xf32>, tensor<?x1x16xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<2x1x16xf32>)
  return
}

// -----

// seq.qrnn, constraint 1.
func.func @qrnn_lengths(%x: tensor<?x1x16xf32>, %w: tensor<2x8x1x16xf32>,
                        %n: tensor<1xf32>) {
  // expected-error @below {{needs lengths of integers, found 'tensor<1xf32>'}}
  %r0, %r1 = seq.qrnn x(%x) w(%w) lengths(%n) {gate_order = "zf"}
      : (tensor<?x1x16xf32>, tensor<2x8x1x16xf32>, tensor<1xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.slstm, constraint 1.
func.func @slstm_dynamic(%x: tensor<?x1x16xf32>, %w: tensor<4x8x16xf32>,
                         %r: tensor<?x2x4x4xf32>) {
  // expected-error @below {{needs static extents of r, found 'tensor<?x2x4x4xf32>'}}
  %r0, %r1, %r2, %r3, %r4 = seq.slstm x(%x) w(%w) r(%r)
      {forget_gate = #seq.forget_gate<sigmoid>}
      : (tensor<?x1x16xf32>, tensor<4x8x16xf32>, tensor<?x2x4x4xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>,
          tensor<1x8xf32>)
  return
}

// -----

// seq.slstm, constraint 1.
func.func @slstm_lengths(%x: tensor<?x1x16xf32>, %w: tensor<4x8x16xf32>,
                         %r: tensor<4x2x4x4xf32>, %n: tensor<1xf32>) {
  // expected-error @below {{needs lengths of integers, found 'tensor<1xf32>'}}
  %r0, %r1, %r2, %r3, %r4 = seq.slstm x(%x) w(%w) r(%r) lengths(%n)
      {forget_gate = #seq.forget_gate<sigmoid>}
      : (tensor<?x1x16xf32>, tensor<4x8x16xf32>, tensor<4x2x4x4xf32>,
         tensor<1xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>,
          tensor<1x8xf32>)
  return
}

// -----

// seq.mlstm, constraint 1.
func.func @mlstm_dynamic(%q: tensor<1x?x2x?xf32>, %k: tensor<1x?x2x4xf32>,
                         %v: tensor<1x?x2x8xf32>, %g: tensor<1x?x2xf32>) {
  // expected-error @below {{needs static extents of q from dimension 2 on, found 'tensor<1x?x2x?xf32>'}}
  %r0, %r1, %r2, %r3 = seq.mlstm q(%q) k(%k) v(%v) input(%g) forget(%g)
      {forget_gate = #seq.forget_gate<sigmoid>}
      : (tensor<1x?x2x?xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2x8xf32>,
         tensor<1x?x2xf32>, tensor<1x?x2xf32>)
      -> (tensor<1x?x2x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4xf32>,
          tensor<1x2xf32>)
  return
}

// -----

// seq.diagonal_ssm, constraint 1.
func.func @ssm_dynamic(%x: tensor<?x1x8xf32>, %ar: tensor<8x4xf32>,
                       %ai: tensor<8x?xf32>, %cr: tensor<8x4xf32>,
                       %ci: tensor<8x4xf32>) {
  // expected-error @below {{needs static extents of a_imag, found 'tensor<8x?xf32>'}}
  %r0, %r1, %r2 = seq.diagonal_ssm x(%x) a(%ar, %ai) c(%cr, %ci)
      {discretisation = #seq.discretisation<given>}
      : (tensor<?x1x8xf32>, tensor<8x4xf32>, tensor<8x?xf32>, tensor<8x4xf32>,
         tensor<8x4xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8x4xf32>, tensor<1x8x4xf32>)
  return
}

// -----

// seq.linear_rnn, constraint 1.
func.func @linear_rnn_dynamic(%x: tensor<?x1x4xf32>, %a: tensor<8x?xf32>,
                              %b: tensor<8x4xf32>) {
  // expected-error @below {{needs static extents of a, found 'tensor<8x?xf32>'}}
  %r0, %r1 = seq.linear_rnn x(%x) a(%a) b(%b)
      : (tensor<?x1x4xf32>, tensor<8x?xf32>, tensor<8x4xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.hmm_forward, constraint 1.
func.func @hmm_dynamic(%e: tensor<?x1x4xf32>, %m: tensor<?x4xf32>) {
  // expected-error @below {{needs static extents of transitions, found 'tensor<?x4xf32>'}}
  %r0, %r1 = seq.hmm_forward emissions(%e) transitions(%m)
      : (tensor<?x1x4xf32>, tensor<?x4xf32>)
      -> (tensor<?x1xf32>, tensor<1x4xf32>)
  return
}

// -----

// seq.viterbi, constraint 1.
func.func @viterbi_signed(%e: tensor<?x1x4xf32>, %m: tensor<4x4xf32>) {
  // expected-error @below {{needs tags of i32, found 'tensor<?x1xui32>'}}
  %r0, %r1 = seq.viterbi emissions(%e) transitions(%m)
      : (tensor<?x1x4xf32>, tensor<4x4xf32>)
      -> (tensor<?x1xui32>, tensor<1x4xf32>)
  return
}

// -----

// seq.hmm_forward, constraint 1: a tag at least.
func.func @hmm_no_tags(%e: tensor<?x1x0xf32>, %m: tensor<0x0xf32>) {
  // expected-error @below {{needs extents above 0 of transitions, found 'tensor<0x0xf32>'}}
  %r0, %r1 = seq.hmm_forward emissions(%e) transitions(%m)
      : (tensor<?x1x0xf32>, tensor<0x0xf32>)
      -> (tensor<?x1xf32>, tensor<1x0xf32>)
  return
}

// -----

// seq.viterbi, constraint 1: a tag at least.
func.func @viterbi_no_tags(%e: tensor<?x1x0xf32>, %m: tensor<0x0xf32>) {
  // expected-error @below {{needs extents above 0 of transitions, found 'tensor<0x0xf32>'}}
  %r0, %r1 = seq.viterbi emissions(%e) transitions(%m)
      : (tensor<?x1x0xf32>, tensor<0x0xf32>)
      -> (tensor<?x1xi32>, tensor<1x0xf32>)
  return
}

// -----

// seq.min_gru, constraint 1: one batch in all operands.
func.func @min_gru_two_batches(%x: tensor<?x?x16xf32>, %w: tensor<2x8x16xf32>,
                               %h: tensor<2x8xf32>) {
  // expected-error @below {{result h must have the shape of 'tensor<2x8xf32>' because of h0, found 'tensor<3x8xf32>'}}
  %r0, %r1 = seq.min_gru x(%x) w(%w) h0(%h)
      : (tensor<?x?x16xf32>, tensor<2x8x16xf32>, tensor<2x8xf32>)
      -> (tensor<?x?x8xf32>, tensor<3x8xf32>)
  return
}
