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
// Dispatch: `lanes` invocations a slice, `group_slices` slices a workgroup. Slices are dealt out like cards: each takes
// `lanes` tokens in turn, so that neighbours, which are often likely together, spread over many of them.

override vocab_size: u32;
override slice_count: u32;
override lanes: u32;
override group_slices: u32;

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

// Of each invocation: its best key and id, whether it met what is no number, and its sum's bits.
var<workgroup> parts: array<vec4<u32>, lanes * group_slices>;

// Infinite or not a number. Asked of the bits: of numbers, compilers may take it as settled.
fn is_no_number(bits: u32) -> bool {
  return (bits & 0x7f800000u) == 0x7f800000u;
}

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

@compute @workgroup_size(lanes * group_slices)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let slice = group.x * group_slices + local / lanes;
  let lane = local % lanes;
  let row = params.row;
  if (row > 0u && (results[row - 1u].y != DRAWN || results[row - 1u].x != ids[row])) {
    if (lane == 0u) {
      slices[slice].state = SKIPPED;
    }
    return;
  }

  let first_logit = params.first_logit;
  let as_it_is = (draw.flags & (FLAG_MASK | FLAG_BIAS | FLAG_PENALTIES)) == 0u;
  var best = vec2<u32>(EXCLUDED, 0xffffffffu);
  var bad = 0u;
  let first = slice * lanes + lane;
  let stride = slice_count * lanes;
  // Two loops of which one has nothing to do: a software adapter goes through both sides of an `if`, but not
  // through a loop that ends at once.
  for (var id = first; id < select(0u, vocab_size, as_it_is); id += stride) {
    let bits = logits[first_logit + id];
    bad |= u32(is_no_number(bits));
    let key = key_of_bits(bits);
    keys[id] = key;
    // Of equal ones the first stays.
    best = select(best, vec2<u32>(key, id), key > best.x);
  }
  for (var id = first; id < select(vocab_size, 0u, as_it_is); id += stride) {
    let bits = logits[first_logit + id];
    bad |= u32(is_no_number(bits));
    let key = processed_key(id, bits);
    keys[id] = key;
    best = select(best, vec2<u32>(key, id), key > best.x);
  }
  // The slice's first invocation.
  let leader = local - lane;
  if (lanes > 1u) {
    parts[local] = vec4<u32>(best, bad, 0u);
    workgroupBarrier();
    for (var i = leader; i < leader + lanes; i++) {
      best = better(best, parts[i].xy);
      bad |= parts[i].z;
    }
  }
  let state = select(DRAWN, NO_NUMBER, bad != 0u);
  let all_k = draw.top_k == 0u || draw.top_k >= vocab_size;
  let race = (draw.flags & FLAG_RACE) != 0u;
  let weigh = (draw.flags & FLAG_CUT) != 0u && all_k && draw.top_p < 1.0;
  if (!race && !weigh) {
    if (lane == 0u) {
      slices[slice] = Slice(best.x, best.y, 0.0, 0.0, state);
    }
    return;
  }

  let top_value = value_of(best.x);
  var winner = vec2<u32>(0u, 0xffffffffu);
  var sum = 0.0;
  let hash_key = row_key(row);
  for (var id = first; id < select(0u, vocab_size, race); id += stride) {
    let key = keys[id];
    if (key == EXCLUDED) {
      continue;
    }
    let weight = log_weight(key, top_value);
    if (weight >= NEGLIGIBLE) {
      let score = key_of(race_score(draw_hash(hash_key, id), weight));
      winner = select(winner, vec2<u32>(score, id), score > winner.x);
    }
  }
  for (var id = first; id < select(0u, vocab_size, weigh); id += stride) {
    let key = keys[id];
    if (key != EXCLUDED) {
      sum += exp(log_weight(key, top_value));
    }
  }
  if (lanes > 1u) {
    workgroupBarrier();
    parts[local] = vec4<u32>(winner, 0u, bitcast<u32>(sum));
    workgroupBarrier();
    sum = 0.0;
    for (var i = leader; i < leader + lanes; i++) {
      winner = better(winner, parts[i].xy);
      sum += bitcast<f32>(parts[i].w);
    }
  }
  if (lane == 0u) {
    let score = value_of(max(winner.x, key_of(LOWEST)));
    slices[slice] = Slice(best.x, select(best.y, winner.y, race), score, sum, state);
  }
}
