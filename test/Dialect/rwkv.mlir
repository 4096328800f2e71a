// The layers of RWKV.
// RUN: seq-opt %s | seq-opt | FileCheck %s

// CHECK-LABEL: func @v4
func.func @v4(
    %x: tensor<?x?x8xf32>,
    %mix_r: tensor<8xf32>,
    %mix_k: tensor<8xf32>,
    %mix_v: tensor<8xf32>,
    %w_r: tensor<8x8xf32>,
    %w_k: tensor<8x8xf32>,
    %w_v: tensor<8x8xf32>,
    %w_o: tensor<8x8xf32>,
    %decay: tensor<8xf32>,
    %bonus: tensor<8xf32>,
    %shift0: tensor<?x8xf32>,
    %numerator0: tensor<?x8xf32>,
    %denominator0: tensor<?x8xf32>,
    %exponent0: tensor<?x8xf32>)
    -> (tensor<?x?x8xf32>,
        tensor<?x8xf32>,
        tensor<?x8xf32>,
        tensor<?x8xf32>,
        tensor<?x8xf32>) {
  // CHECK: seq.rwkv4_time_mix x(%{{.+}}) mix_r(%{{.+}}) {{.*}}bonus(%{{.+}}) shift0(%{{.+}}) numerator0(%{{.+}}) denominator0(%{{.+}}) exponent0(%{{.+}}) : (
  %y, %shift, %numerator, %denominator, %exponent = seq.rwkv4_time_mix x(%x)
      mix_r(%mix_r) mix_k(%mix_k) mix_v(%mix_v) w_r(%w_r) w_k(%w_k) w_v(%w_v)
      w_o(%w_o) decay(%decay) bonus(%bonus) shift0(%shift0)
      numerator0(%numerator0) denominator0(%denominator0)
      exponent0(%exponent0)
      : (tensor<?x?x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<8xf32>, tensor<8xf32>, tensor<?x8xf32>, tensor<?x8xf32>,
         tensor<?x8xf32>, tensor<?x8xf32>)
      -> (tensor<?x?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>,
          tensor<?x8xf32>, tensor<?x8xf32>)
  return %y, %shift, %numerator, %denominator, %exponent
      : tensor<?x?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>,
        tensor<?x8xf32>, tensor<?x8xf32>
}

// CHECK-LABEL: func @v51
func.func @v51(
    %x: tensor<?x?x8xf32>,
    %mix_r: tensor<8xf32>,
    %mix_k: tensor<8xf32>,
    %mix_v: tensor<8xf32>,
    %w_r: tensor<8x8xf32>,
    %w_k: tensor<8x8xf32>,
    %w_v: tensor<8x8xf32>,
    %w_o: tensor<8x8xf32>,
    %decay: tensor<2xf32>,
    %bonus: tensor<2xf32>,
    %norm_weight: tensor<8xf32>,
    %norm_bias: tensor<8xf32>,
    %shift0: tensor<?x8xf32>,
    %state0: tensor<?x2x4x4xf32>)
    -> (tensor<?x?x8xf32>,
        tensor<?x8xf32>,
        tensor<?x2x4x4xf32>) {
  // CHECK: seq.rwkv5_time_mix x(%{{.+}}) mix_r(%{{.+}}) mix_k(%{{.+}}) mix_v(%{{.+}}) w_r(%{{.+}}) w_k(%{{.+}}) w_v(%{{.+}}) w_o(%{{.+}}) {{.*}}state0(%{{.+}}) : (
  %y, %shift, %state = seq.rwkv5_time_mix x(%x) mix_r(%mix_r) mix_k(%mix_k)
      mix_v(%mix_v) w_r(%w_r) w_k(%w_k) w_v(%w_v) w_o(%w_o) decay(%decay)
      bonus(%bonus) norm_weight(%norm_weight) norm_bias(%norm_bias)
      shift0(%shift0) state0(%state0)
      : (tensor<?x?x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<2xf32>, tensor<2xf32>, tensor<8xf32>, tensor<8xf32>,
         tensor<?x8xf32>, tensor<?x2x4x4xf32>)
      -> (tensor<?x?x8xf32>, tensor<?x8xf32>, tensor<?x2x4x4xf32>)
  return %y, %shift, %state
      : tensor<?x?x8xf32>, tensor<?x8xf32>, tensor<?x2x4x4xf32>
}

// CHECK-LABEL: func @v52
func.func @v52(
    %x: tensor<?x?x8xf32>,
    %mix_r: tensor<8xf32>,
    %mix_k: tensor<8xf32>,
    %mix_v: tensor<8xf32>,
    %mix_g: tensor<8xf32>,
    %w_r: tensor<8x8xf32>,
    %w_k: tensor<8x8xf32>,
    %w_v: tensor<8x8xf32>,
    %w_g: tensor<8x8xf32>,
    %w_o: tensor<8x8xf32>,
    %decay: tensor<2x4xf32>,
    %bonus: tensor<2x4xf32>,
    %norm_weight: tensor<8xf32>,
    %norm_bias: tensor<8xf32>,
    %shift0: tensor<?x8xf32>,
    %state0: tensor<?x2x4x4xf32>)
    -> (tensor<?x?x8xf32>,
        tensor<?x8xf32>,
        tensor<?x2x4x4xf32>) {
  // CHECK: seq.rwkv5_time_mix {{.*}}mix_g(%{{.+}}) {{.*}}w_g(%{{.+}}) {{.*}}{epsilon = 1.250000e-01 : f64} : (
  %y, %shift, %state = seq.rwkv5_time_mix x(%x) mix_r(%mix_r) mix_k(%mix_k)
      mix_v(%mix_v) mix_g(%mix_g) w_r(%w_r) w_k(%w_k) w_v(%w_v) w_g(%w_g)
      w_o(%w_o) decay(%decay) bonus(%bonus) norm_weight(%norm_weight)
      norm_bias(%norm_bias) shift0(%shift0) state0(%state0) {epsilon = 0.125 :
      f64}
      : (tensor<?x?x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>,
         tensor<8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>, tensor<2x4xf32>, tensor<2x4xf32>,
         tensor<8xf32>, tensor<8xf32>, tensor<?x8xf32>, tensor<?x2x4x4xf32>)
      -> (tensor<?x?x8xf32>, tensor<?x8xf32>, tensor<?x2x4x4xf32>)
  return %y, %shift, %state
      : tensor<?x?x8xf32>, tensor<?x8xf32>, tensor<?x2x4x4xf32>
}

// CHECK-LABEL: func @v6
func.func @v6(
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
  // CHECK: seq.rwkv6_time_mix {{.*}}mix1(%{{.+}}) mix2(%{{.+}}) {{.*}}bonus(%{{.+}}) {{.*}}{epsilon = 1.250000e-01 : f64} : (
  %y, %shift, %state = seq.rwkv6_time_mix x(%x) mix_x(%mix_x) mix_w(%mix_w)
      mix_k(%mix_k) mix_v(%mix_v) mix_r(%mix_r) mix_g(%mix_g) mix1(%mix1)
      mix2(%mix2) w_r(%w_r) w_k(%w_k) w_v(%w_v) w_g(%w_g) w_o(%w_o) w0(%w0)
      w1(%w1) w2(%w2) bonus(%bonus) norm_weight(%norm_weight)
      norm_bias(%norm_bias) shift0(%shift0) state0(%state0)
      {epsilon = 0.125 : f64}
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

// CHECK-LABEL: func @v7
func.func @v7(
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
    %w1: tensor<3x8xf32>,
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
  // CHECK: seq.rwkv7_time_mix {{.*}}v_first(%{{.+}}) v0(%{{.+}}) v1(%{{.+}}) v2(%{{.+}}) k_k(%{{.+}}) {{.*}}{epsilon = 1.250000e-01 : f64} : (
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
         tensor<3x8xf32>, tensor<8x3xf32>, tensor<8xf32>, tensor<2x8xf32>,
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

// CHECK-LABEL: func @channel4
func.func @channel4(
    %x: tensor<?x?x8xf32>,
    %mix_k: tensor<8xf32>,
    %mix_r: tensor<8xf32>,
    %w_k: tensor<20x8xf32>,
    %w_v: tensor<8x20xf32>,
    %w_r: tensor<8x8xf32>,
    %shift0: tensor<?x8xf32>)
    -> (tensor<?x?x8xf32>,
        tensor<?x8xf32>) {
  // CHECK: seq.rwkv_channel_mix {{.*}}mix_r(%{{.+}}) {{.*}}w_r(%{{.+}}) {{.*}}{mix = #seq.update_gate<opens_for_new>} : (
  %y, %shift = seq.rwkv_channel_mix x(%x) mix_k(%mix_k) mix_r(%mix_r)
      w_k(%w_k) w_v(%w_v) w_r(%w_r) shift0(%shift0) {mix =
      #seq.update_gate<opens_for_new>}
      : (tensor<?x?x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<20x8xf32>,
         tensor<8x20xf32>, tensor<8x8xf32>, tensor<?x8xf32>)
      -> (tensor<?x?x8xf32>, tensor<?x8xf32>)
  return %y, %shift
      : tensor<?x?x8xf32>, tensor<?x8xf32>
}

// CHECK-LABEL: func @channel7
func.func @channel7(
    %x: tensor<?x?x8xf32>,
    %mix_k: tensor<8xf32>,
    %w_k: tensor<20x8xf32>,
    %w_v: tensor<8x20xf32>,
    %shift0: tensor<?x8xf32>)
    -> (tensor<?x?x8xf32>,
        tensor<?x8xf32>) {
  // CHECK: seq.rwkv_channel_mix x(%{{.+}}) mix_k(%{{.+}}) w_k(%{{.+}}) w_v(%{{.+}}) shift0(%{{.+}}) {mix = #seq.update_gate<keeps_old>} : (
  %y, %shift = seq.rwkv_channel_mix x(%x) mix_k(%mix_k) w_k(%w_k) w_v(%w_v)
      shift0(%shift0) {mix = #seq.update_gate<keeps_old>}
      : (tensor<?x?x8xf32>, tensor<8xf32>, tensor<20x8xf32>,
         tensor<8x20xf32>, tensor<?x8xf32>)
      -> (tensor<?x?x8xf32>, tensor<?x8xf32>)
  return %y, %shift
      : tensor<?x?x8xf32>, tensor<?x8xf32>
}
