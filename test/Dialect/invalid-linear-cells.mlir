// Every constraint of the cells that are linear in their state (the selective scan,
// linear attention, RWKV), broken once.
// RUN: seq-opt %s -split-input-file -verify-diagnostics

// seq.selective_scan, constraint 1.
func.func @selective_states(%u: tensor<1x?x8xf32>, %a: tensor<8x?xf32>,
                            %b: tensor<1x?x4xf32>) {
  // expected-error @below {{needs a static number of states, found 'tensor<8x?xf32>'}}
  %y, %h = seq.selective_scan u(%u) delta(%u) a(%a) b(%b) c(%b)
      : (tensor<1x?x8xf32>, tensor<1x?x8xf32>, tensor<8x?xf32>,
         tensor<1x?x4xf32>, tensor<1x?x4xf32>)
      -> (tensor<1x?x8xf32>, tensor<1x8x4xf32>)
  return
}

// -----

// seq.selective_scan, constraint 2.
func.func @selective_types(%u: tensor<1x?x8xf32>, %a: tensor<8x4xf64>,
                           %b: tensor<1x?x4xf32>) {
  // expected-error @below {{needs one element type, found 'tensor<1x?x8xf32>' and 'tensor<8x4xf64>'}}
  %y, %h = seq.selective_scan u(%u) delta(%u) a(%a) b(%b) c(%b)
      : (tensor<1x?x8xf32>, tensor<1x?x8xf32>, tensor<8x4xf64>,
         tensor<1x?x4xf32>, tensor<1x?x4xf32>)
      -> (tensor<1x?x8xf32>, tensor<1x8x4xf32>)
  return
}

// -----

// seq.linear_attention, constraint 1.
func.func @attention_heads(%q: tensor<1x?x3x4xf32>, %k: tensor<1x?x2x4xf32>,
                           %v: tensor<1x?x2x8xf32>) {
  // expected-error @below {{needs a multiple of 2 heads of queries, found 3}}
  %y, %S = seq.linear_attention q(%q) k(%k) v(%v)
      : (tensor<1x?x3x4xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2x8xf32>)
      -> (tensor<1x?x3x8xf32>, tensor<1x2x4x8xf32>)
  return
}

// -----

// seq.linear_attention, constraint 1.
func.func @attention_decay(%k: tensor<1x?x2x4xf32>, %v: tensor<1x?x2x8xf32>,
                           %g: tensor<1x?xf32>) {
  // expected-error @below {{needs a decay [H], [B, T, H] or [B, T, H, K], found 'tensor<1x?xf32>'}}
  %y, %S = seq.linear_attention q(%k) k(%k) v(%v) decay(%g)
      : (tensor<1x?x2x4xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2x8xf32>, tensor<1x?xf32>)
      -> (tensor<1x?x2x8xf32>, tensor<1x2x4x8xf32>)
  return
}

// -----

// seq.linear_attention, constraint 1.
func.func @attention_state(%k: tensor<1x?x2x4xf32>, %v: tensor<1x?x2x8xf32>,
                           %S0: tensor<1x2x8x4xf32>) {
  // expected-error @below {{state must have the shape of 'tensor<1x2x4x8xf32>', found 'tensor<1x2x8x4xf32>'}}
  %y, %S = seq.linear_attention q(%k) k(%k) v(%v) state(%S0)
      : (tensor<1x?x2x4xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2x8xf32>, tensor<1x2x8x4xf32>)
      -> (tensor<1x?x2x8xf32>, tensor<1x2x4x8xf32>)
  return
}

// -----

// seq.linear_attention, constraint 2.
func.func @attention_types(%k: tensor<1x?x2x4xf32>, %v: tensor<1x?x2x8xf64>) {
  // expected-error @below {{needs one element type, found 'tensor<1x?x2x4xf32>' and 'tensor<1x?x2x8xf64>'}}
  %y, %S = seq.linear_attention q(%k) k(%k) v(%v)
      : (tensor<1x?x2x4xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2x8xf64>)
      -> (tensor<1x?x2x8xf32>, tensor<1x2x4x8xf32>)
  return
}

// -----

// seq.linear_attention, constraint 3.
func.func @attention_normaliser(%k: tensor<1x?x2x4xf32>, %v: tensor<1x?x2x8xf32>,
                                %z0: tensor<1x2x4xf32>) {
  // expected-error @below {{has a normaliser, which belongs to 'normalised'}}
  %y, %S = seq.linear_attention q(%k) k(%k) v(%v) normaliser(%z0)
      : (tensor<1x?x2x4xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2x8xf32>, tensor<1x2x4xf32>)
      -> (tensor<1x?x2x8xf32>, tensor<1x2x4x8xf32>)
  return
}

// -----

// seq.linear_attention, constraint 3.
func.func @attention_delta(%k: tensor<1x?x2x4xf32>, %v: tensor<1x?x2x8xf32>,
                           %b: tensor<1x?x2xf32>) {
  // expected-error @below {{cannot be normalised with beta}}
  %y, %S, %z = seq.linear_attention q(%k) k(%k) v(%v) beta(%b) {normalised}
      : (tensor<1x?x2x4xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2x8xf32>, tensor<1x?x2xf32>)
      -> (tensor<1x?x2x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4xf32>)
  return
}

// -----

// seq.rwkv4_time_mix, constraint 1.
func.func @rwkv4_shape(%x: tensor<?x1x8xf32>, %m: tensor<8xf32>, %w: tensor<8x8xf32>,
                       %d: tensor<7xf32>) {
  // expected-error @below {{decay must have the shape of 'tensor<8xf32>', found 'tensor<7xf32>'}}
  %y, %s, %a, %b, %c = seq.rwkv4_time_mix x(%x) mix_r(%m) mix_k(%m) mix_v(%m)
      w_r(%w) w_k(%w) w_v(%w) w_o(%w) decay(%d) bonus(%m)
      : (tensor<?x1x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<7xf32>, tensor<8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>,
          tensor<1x8xf32>)
  return
}

// -----

// seq.rwkv4_time_mix, constraint 2.
func.func @rwkv4_states(%x: tensor<?x1x8xf32>, %m: tensor<8xf32>, %w: tensor<8x8xf32>,
                        %a0: tensor<1x8xf32>) {
  // expected-error @below {{needs numerator0, denominator0 and exponent0 together, found 1 of them}}
  %y, %s, %a, %b, %c = seq.rwkv4_time_mix x(%x) mix_r(%m) mix_k(%m) mix_v(%m)
      w_r(%w) w_k(%w) w_v(%w) w_o(%w) decay(%m) bonus(%m) numerator0(%a0)
      : (tensor<?x1x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<8xf32>, tensor<8xf32>, tensor<1x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>,
          tensor<1x8xf32>)
  return
}

// -----

// seq.rwkv5_time_mix, constraint 1.
func.func @rwkv5_heads(%x: tensor<?x1x8xf32>, %m: tensor<8xf32>, %w: tensor<8x8xf32>,
                       %d: tensor<3xf32>) {
  // expected-error @below {{needs a number of heads that divides 8 channels in decay, found 'tensor<3xf32>'}}
  %y, %s, %S = seq.rwkv5_time_mix x(%x) mix_r(%m) mix_k(%m) mix_v(%m)
      w_r(%w) w_k(%w) w_v(%w) w_o(%w) decay(%d) bonus(%d) norm_weight(%m)
      norm_bias(%m)
      : (tensor<?x1x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<3xf32>, tensor<3xf32>, tensor<8xf32>, tensor<8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x2x4x4xf32>)
  return
}

// -----

// seq.rwkv5_time_mix, constraint 2.
func.func @rwkv5_gate(%x: tensor<?x1x8xf32>, %m: tensor<8xf32>, %w: tensor<8x8xf32>,
                      %d: tensor<2xf32>) {
  // expected-error @below {{needs mix_g and w_g together, found 1 of them}}
  %y, %s, %S = seq.rwkv5_time_mix x(%x) mix_r(%m) mix_k(%m) mix_v(%m) mix_g(%m)
      w_r(%w) w_k(%w) w_v(%w) w_o(%w) decay(%d) bonus(%d) norm_weight(%m)
      norm_bias(%m)
      : (tensor<?x1x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>,
         tensor<8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<8x8xf32>, tensor<2xf32>, tensor<2xf32>, tensor<8xf32>,
         tensor<8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x2x4x4xf32>)
  return
}

// -----

// seq.rwkv5_time_mix, constraint 3.
func.func @rwkv5_epsilon(%x: tensor<?x1x8xf32>, %m: tensor<8xf32>, %w: tensor<8x8xf32>,
                         %d: tensor<2xf32>) {
  // expected-error @below {{needs a positive epsilon, found 0.000000e+00}}
  %y, %s, %S = seq.rwkv5_time_mix x(%x) mix_r(%m) mix_k(%m) mix_v(%m)
      w_r(%w) w_k(%w) w_v(%w) w_o(%w) decay(%d) bonus(%d) norm_weight(%m)
      norm_bias(%m) {epsilon = 0.0 : f64}
      : (tensor<?x1x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<2xf32>, tensor<2xf32>, tensor<8xf32>, tensor<8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x2x4x4xf32>)
  return
}

// -----

// seq.rwkv_channel_mix, constraint 1.
func.func @rwkv_channel_shape(%x: tensor<?x1x8xf32>, %m: tensor<8xf32>,
                              %k: tensor<32x8xf32>, %v: tensor<8x31xf32>) {
  // expected-error @below {{w_v must have the shape of 'tensor<8x32xf32>', found 'tensor<8x31xf32>'}}
  %y, %s = seq.rwkv_channel_mix x(%x) mix_k(%m) w_k(%k) w_v(%v)
      {mix = #seq.update_gate<keeps_old>}
      : (tensor<?x1x8xf32>, tensor<8xf32>, tensor<32x8xf32>, tensor<8x31xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.rwkv_channel_mix, constraint 2.
func.func @rwkv_channel_receptance(%x: tensor<?x1x8xf32>, %m: tensor<8xf32>,
                                   %k: tensor<32x8xf32>, %v: tensor<8x32xf32>) {
  // expected-error @below {{needs mix_r and w_r together, found 1 of them}}
  %y, %s = seq.rwkv_channel_mix x(%x) mix_k(%m) mix_r(%m) w_k(%k) w_v(%v)
      {mix = #seq.update_gate<keeps_old>}
      : (tensor<?x1x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<32x8xf32>,
         tensor<8x32xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.rwkv7_time_mix, constraint 1.
func.func @rwkv7_narrow(
    %x: tensor<?x?x8xf32>,
    %mix_r: tensor<8xf32>,
    %mix_w: tensor<8xf32>,
    %mix_k: tensor<8xf32>,
    %mix_v: tensor<8xf32>,
    %mix_a: tensor<8xf32>,
    %mix_g: tensor<8xf32>,
    %w_r: tensor<8x8xf32>,
    %w_k: tensor<8x8xf32>,
    %w_v: tensor<8x8xf32>,
    %w_o: tensor<8x8xf32>,
    %w0: tensor<8xf32>,
    %w1: tensor<2x8xf32>,
    %w2: tensor<8x3xf32>,
    %a0: tensor<8xf32>,
    %a1: tensor<2x8xf32>,
    %a2: tensor<8x2xf32>,
    %g1: tensor<5x8xf32>,
    %g2: tensor<8x5xf32>,
    %v_first: tensor<?x?x8xf32>,
    %v0: tensor<8xf32>,
    %v1: tensor<3x8xf32>,
    %v2: tensor<8x3xf32>,
    %k_k: tensor<8xf32>,
    %k_a: tensor<8xf32>,
    %r_k: tensor<2x4xf32>,
    %norm_weight: tensor<8xf32>,
    %norm_bias: tensor<8xf32>,
    %shift0: tensor<?x8xf32>,
    %state0: tensor<?x2x4x4xf32>)
    -> (tensor<?x?x8xf32>,
        tensor<?x8xf32>,
        tensor<?x2x4x4xf32>,
        tensor<?x?x8xf32>) {
  // expected-error @below {{w2 must have the shape of 'tensor<8x2xf32>', found 'tensor<8x3xf32>'}}
  %y, %shift, %state, %v = seq.rwkv7_time_mix x(%x) mix_r(%mix_r)
      mix_w(%mix_w) mix_k(%mix_k) mix_v(%mix_v) mix_a(%mix_a) mix_g(%mix_g)
      w_r(%w_r) w_k(%w_k) w_v(%w_v) w_o(%w_o) w0(%w0) w1(%w1) w2(%w2) a0(%a0)
      a1(%a1) a2(%a2) g1(%g1) g2(%g2) v_first(%v_first) v0(%v0) v1(%v1)
      v2(%v2) k_k(%k_k) k_a(%k_a) r_k(%r_k) norm_weight(%norm_weight)
      norm_bias(%norm_bias) shift0(%shift0) state0(%state0) {epsilon = 0.125 :
      f64}
      : (tensor<?x?x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>,
         tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8x8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8xf32>,
         tensor<2x8xf32>, tensor<8x3xf32>, tensor<8xf32>, tensor<2x8xf32>,
         tensor<8x2xf32>, tensor<5x8xf32>, tensor<8x5xf32>,
         tensor<?x?x8xf32>, tensor<8xf32>, tensor<3x8xf32>, tensor<8x3xf32>,
         tensor<8xf32>, tensor<8xf32>, tensor<2x4xf32>, tensor<8xf32>,
         tensor<8xf32>, tensor<?x8xf32>, tensor<?x2x4x4xf32>)
      -> (tensor<?x?x8xf32>, tensor<?x8xf32>, tensor<?x2x4x4xf32>,
          tensor<?x?x8xf32>)
  return %y, %shift, %state, %v
      : tensor<?x?x8xf32>, tensor<?x8xf32>, tensor<?x2x4x4xf32>,
        tensor<?x?x8xf32>
}

// -----

// seq.rwkv6_time_mix, constraint 1.
func.func @rwkv6_narrow(
    %x: tensor<?x?x8xf32>,
    %mix_x: tensor<8xf32>,
    %mix_w: tensor<8xf32>,
    %mix_k: tensor<8xf32>,
    %mix_v: tensor<8xf32>,
    %mix_r: tensor<8xf32>,
    %mix_g: tensor<8xf32>,
    %mix1: tensor<5x3x8xf32>,
    %mix2: tensor<5x3x8xf32>,
    %w_r: tensor<8x8xf32>,
    %w_k: tensor<8x8xf32>,
    %w_v: tensor<8x8xf32>,
    %w_g: tensor<8x8xf32>,
    %w_o: tensor<8x8xf32>,
    %w0: tensor<8xf32>,
    %w1: tensor<2x8xf32>,
    %w2: tensor<8x2xf32>,
    %bonus: tensor<2x4xf32>,
    %norm_weight: tensor<8xf32>,
    %norm_bias: tensor<8xf32>,
    %shift0: tensor<?x8xf32>,
    %state0: tensor<?x2x4x4xf32>)
    -> (tensor<?x?x8xf32>,
        tensor<?x8xf32>,
        tensor<?x2x4x4xf32>) {
  // expected-error @below {{mix2 must have the shape of 'tensor<5x8x3xf32>', found 'tensor<5x3x8xf32>'}}
  %y, %shift, %state = seq.rwkv6_time_mix x(%x) mix_x(%mix_x) mix_w(%mix_w)
      mix_k(%mix_k) mix_v(%mix_v) mix_r(%mix_r) mix_g(%mix_g) mix1(%mix1)
      mix2(%mix2) w_r(%w_r) w_k(%w_k) w_v(%w_v) w_g(%w_g) w_o(%w_o) w0(%w0)
      w1(%w1) w2(%w2) bonus(%bonus) norm_weight(%norm_weight)
      norm_bias(%norm_bias) shift0(%shift0) state0(%state0)
      {epsilon = 0.125 : f64}
      : (tensor<?x?x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>,
         tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<5x3x8xf32>,
         tensor<5x3x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>, tensor<8xf32>, tensor<2x8xf32>,
         tensor<8x2xf32>, tensor<2x4xf32>, tensor<8xf32>, tensor<8xf32>,
         tensor<?x8xf32>, tensor<?x2x4x4xf32>)
      -> (tensor<?x?x8xf32>, tensor<?x8xf32>, tensor<?x2x4x4xf32>)
  return %y, %shift, %state
      : tensor<?x?x8xf32>, tensor<?x8xf32>, tensor<?x2x4x4xf32>
}

// -----

// seq.rwkv6_time_mix, constraint 2.
func.func @rwkv6_epsilon(
    %x: tensor<?x?x8xf32>,
    %mix_x: tensor<8xf32>,
    %mix_w: tensor<8xf32>,
    %mix_k: tensor<8xf32>,
    %mix_v: tensor<8xf32>,
    %mix_r: tensor<8xf32>,
    %mix_g: tensor<8xf32>,
    %mix1: tensor<5x3x8xf32>,
    %mix2: tensor<5x8x3xf32>,
    %w_r: tensor<8x8xf32>,
    %w_k: tensor<8x8xf32>,
    %w_v: tensor<8x8xf32>,
    %w_g: tensor<8x8xf32>,
    %w_o: tensor<8x8xf32>,
    %w0: tensor<8xf32>,
    %w1: tensor<2x8xf32>,
    %w2: tensor<8x2xf32>,
    %bonus: tensor<2x4xf32>,
    %norm_weight: tensor<8xf32>,
    %norm_bias: tensor<8xf32>,
    %shift0: tensor<?x8xf32>,
    %state0: tensor<?x2x4x4xf32>)
    -> (tensor<?x?x8xf32>,
        tensor<?x8xf32>,
        tensor<?x2x4x4xf32>) {
  // expected-error @below {{needs a positive epsilon, found -1.000000e+00}}
  %y, %shift, %state = seq.rwkv6_time_mix x(%x) mix_x(%mix_x) mix_w(%mix_w)
      mix_k(%mix_k) mix_v(%mix_v) mix_r(%mix_r) mix_g(%mix_g) mix1(%mix1)
      mix2(%mix2) w_r(%w_r) w_k(%w_k) w_v(%w_v) w_g(%w_g) w_o(%w_o) w0(%w0)
      w1(%w1) w2(%w2) bonus(%bonus) norm_weight(%norm_weight)
      norm_bias(%norm_bias) shift0(%shift0) state0(%state0)
      {epsilon = -1.0 : f64}
      : (tensor<?x?x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>,
         tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<5x3x8xf32>,
         tensor<5x8x3xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>, tensor<8xf32>, tensor<2x8xf32>,
         tensor<8x2xf32>, tensor<2x4xf32>, tensor<8xf32>, tensor<8xf32>,
         tensor<?x8xf32>, tensor<?x2x4x4xf32>)
      -> (tensor<?x?x8xf32>, tensor<?x8xf32>, tensor<?x2x4x4xf32>)
  return %y, %shift, %state
      : tensor<?x?x8xf32>, tensor<?x8xf32>, tensor<?x2x4x4xf32>
}

// -----

// seq.selective_scan, constraint 1.
func.func @selective_dynamic(%u: tensor<1x?x8xf32>, %a: tensor<8x4xf32>,
                             %b: tensor<1x?x?xf32>) {
  // expected-error @below {{needs static extents of b from dimension 2 on, found 'tensor<1x?x?xf32>'}}
  %y, %h = seq.selective_scan u(%u) delta(%u) a(%a) b(%b) c(%b)
      : (tensor<1x?x8xf32>, tensor<1x?x8xf32>, tensor<8x4xf32>,
         tensor<1x?x?xf32>, tensor<1x?x?xf32>)
      -> (tensor<1x?x8xf32>, tensor<1x8x4xf32>)
  return
}

// -----

// seq.selective_scan, constraint 2.
func.func @selective_integers(%u: tensor<1x?x8xi32>, %a: tensor<8x4xi32>,
                              %b: tensor<1x?x4xi32>) {
  // expected-error @below {{needs floats, found 'tensor<1x?x8xi32>'}}
  %y, %h = seq.selective_scan u(%u) delta(%u) a(%a) b(%b) c(%b)
      : (tensor<1x?x8xi32>, tensor<1x?x8xi32>, tensor<8x4xi32>,
         tensor<1x?x4xi32>, tensor<1x?x4xi32>)
      -> (tensor<1x?x8xi32>, tensor<1x8x4xi32>)
  return
}

// -----

// seq.linear_attention, constraint 1.
func.func @attention_dynamic(%k: tensor<1x?x2x4xf32>, %v: tensor<1x?x2x8xf32>,
                             %g: tensor<1x?x2x?xf32>) {
  // expected-error @below {{needs static extents of decay from dimension 2 on, found 'tensor<1x?x2x?xf32>'}}
  %y, %S = seq.linear_attention q(%k) k(%k) v(%v) decay(%g)
      : (tensor<1x?x2x4xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2x8xf32>,
         tensor<1x?x2x?xf32>)
      -> (tensor<1x?x2x8xf32>, tensor<1x2x4x8xf32>)
  return
}

// -----

// seq.rwkv_channel_mix, constraint 1.
func.func @rwkv_channel_dynamic(%x: tensor<?x1x8xf32>, %m: tensor<8xf32>,
                                %k: tensor<4x8xf32>, %v: tensor<8x?xf32>) {
  // expected-error @below {{needs static extents of w_v, found 'tensor<8x?xf32>'}}
  %y, %s = seq.rwkv_channel_mix x(%x) mix_k(%m) w_k(%k) w_v(%v)
      {mix = #seq.update_gate<keeps_old>}
      : (tensor<?x1x8xf32>, tensor<8xf32>, tensor<4x8xf32>, tensor<8x?xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.diagonal_ssm, constraint 1: a state at least.
func.func @ssm_no_states(%x: tensor<?x1x5xf32>, %a: tensor<5x0xf32>,
                         %d: tensor<5xf32>) {
  // expected-error @below {{needs extents above 0 of a_real, found 'tensor<5x0xf32>'}}
  %y, %r, %i = seq.diagonal_ssm x(%x) a(%a, %a) delta(%d) c(%a, %a)
      {discretisation = #seq.discretisation<bilinear>}
      : (tensor<?x1x5xf32>, tensor<5x0xf32>, tensor<5x0xf32>, tensor<5xf32>,
         tensor<5x0xf32>, tensor<5x0xf32>)
      -> (tensor<?x1x5xf32>, tensor<1x5x0xf32>, tensor<1x5x0xf32>)
  return
}
