// Sample, first step: the logits of a row become keys, and each slice of the vocabulary is looked through.
// logit' = logit + bias, then the penalties (TokenHistory of the engine), then the mask.
//
// results   [8]: id, status, .. of each row; those of the row before are read
// ids       [8]: the rows' own tokens; rows after the first are drafts
// logits    [rows, stride], f32 as bits
// counts    [vocabulary]: bit 31 says that the prompt has the token, the others how often it was drawn
// mask      [vocabulary / 32]: bits of the tokens that may be drawn
// bias      [vocabulary], f32
// keys      [vocabulary], in the order of the processed logits
// slices    [slice_count]
// Dispatch: one workgroup of `lanes` a slice. Slices are dealt out like cards: each takes `lanes` tokens in turn, so
// that neighbours, which are often likely together, spread over many of them.

override vocab_size: u32;
override slice_count: u32;
override lanes: u32;

struct Params {
  row: u32,
  // Where the row's logits begin.
  first_logit: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<uniform> draw: Draw;
@group(0) @binding(2) var<storage, read> results: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> ids: array<u32>;
@group(0) @binding(4) var<storage, read> logits: array<u32>;
@group(0) @binding(5) var<storage, read> counts: array<u32>;
@group(0) @binding(6) var<storage, read> mask: array<u32>;
@group(0) @binding(7) var<storage, read> bias: array<f32>;
@group(0) @binding(8) var<storage, read_write> keys: array<u32>;
@group(0) @binding(9) var<storage, read_write> slices: array<Slice>;

const MAX_LANES = 64u;
var<workgroup> lane_best: array<vec2<u32>, MAX_LANES>;
var<workgroup> lane_bad: array<u32, MAX_LANES>;
var<workgroup> lane_sums: array<f32, MAX_LANES>;

fn processed_key(id: u32, bits: u32) -> u32 {
  if ((draw.flags & FLAG_MASK) != 0u && ((mask[id / 32u] >> (id % 32u)) & 1u) == 0u) {
    return EXCLUDED;
  }
  var logit = bitcast<f32>(bits);
  if ((draw.flags & FLAG_BIAS) != 0u) {
    logit += bias[id];
  }
  if ((draw.flags & FLAG_PENALTIES) != 0u) {
    let seen = counts[id];
    if (seen != 0u && draw.repetition_penalty != 1.0) {
      logit = select(logit * draw.repetition_penalty, logit / draw.repetition_penalty, logit > 0.0);
    }
    let drawn = seen & 0x7fffffffu;
    if (drawn != 0u) {
      logit -= fma(draw.frequency_penalty, f32(drawn), draw.presence_penalty);
    }
  }
  return key_of(clamp(logit, LOWEST, -LOWEST));
}

@compute @workgroup_size(lanes)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let slice = group.x;
  let row = params.row;
  if (row > 0u && (results[row - 1u].y != DRAWN || results[row - 1u].x != ids[row])) {
    if (local == 0u) {
      slices[slice].state = SKIPPED;
    }
    return;
  }

  let first_logit = params.first_logit;
  let flags = draw.flags & (FLAG_MASK | FLAG_BIAS | FLAG_PENALTIES);
  var best = vec2<u32>(EXCLUDED, 0xffffffffu);
  var bad = 0u;
  let first = slice * lanes + local;
  let stride = slice_count * lanes;
  for (var id = first; id < vocab_size; id += stride) {
    let bits = logits[first_logit + id];
    // Infinite or not a number. Asked of the bits: of numbers, compilers may take it as settled.
    bad |= u32((bits & 0x7f800000u) == 0x7f800000u);
    var key: u32;
    if (flags == 0u) {
      key = key_of(clamp(bitcast<f32>(bits), LOWEST, -LOWEST));
    } else {
      key = processed_key(id, bits);
    }
    keys[id] = key;
    best = better(best, vec2<u32>(key, id));
  }
  lane_best[local] = best;
  lane_bad[local] = bad;
  workgroupBarrier();
  for (var lane = 0u; lane < lanes; lane++) {
    best = better(best, lane_best[lane]);
    bad |= lane_bad[lane];
  }
  let state = select(DRAWN, NO_NUMBER, bad != 0u);
  let all_k = draw.top_k == 0u || draw.top_k >= vocab_size;
  let race = (draw.flags & FLAG_RACE) != 0u;
  let weigh = (draw.flags & FLAG_CUT) != 0u && all_k && draw.top_p < 1.0;
  if (!race && !weigh) {
    if (local == 0u) {
      slices[slice] = Slice(best.x, best.y, 0.0, 0.0, state);
    }
    return;
  }

  let top_value = value_of(best.x);
  var winner = vec2<u32>(0u, 0xffffffffu);
  var sum = 0.0;
  let hash_key = row_key(row);
  for (var id = first; id < vocab_size; id += stride) {
    let key = keys[id];
    if (key == EXCLUDED) {
      continue;
    }
    let weight = log_weight(key, top_value);
    if (weight < NEGLIGIBLE) {
      continue;
    }
    if (race) {
      winner = better(winner, vec2<u32>(key_of(race_score(draw_hash(hash_key, id), weight)), id));
    } else {
      sum += exp(weight);
    }
  }
  workgroupBarrier();
  lane_best[local] = winner;
  lane_sums[local] = sum;
  workgroupBarrier();
  if (local == 0u) {
    sum = 0.0;
    for (var lane = 0u; lane < lanes; lane++) {
      winner = better(winner, lane_best[lane]);
      sum += lane_sums[lane];
    }
    let score = value_of(max(winner.x, key_of(LOWEST)));
    slices[slice] = Slice(best.x, select(best.y, winner.y, race), score, sum, state);
  }
}
