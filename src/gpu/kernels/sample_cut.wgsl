// Sample, second step with top-k, top-p or min-p. Nearly always the tokens that can be drawn are few: those at
// or above a threshold are collected into a list and sorted, and the cuts are made there. Where they are more than
// the list holds, or their weights do not reach top-p, the cuts are found by bisection over the keys, for which
// the whole vocabulary is swept again and again. No result depends on the order in which invocations run.
//
// Bindings as in sample_group.wgsl; results as in sample_scan.wgsl.
// Dispatch: one workgroup of `width`.

const CAPACITY = 512u;
// Slices whose likeliest token is collected for top-p alone. In the mean 355 tokens come with 192 of 256 slices,
// 304 with all of 64; nearly always they hold it.
const NUCLEUS_SLICES = 192u;

// Tokens at or above the threshold, as they come, then sorted.
var<workgroup> found: atomic<u32>;
var<workgroup> found_tokens: array<vec2<u32>, CAPACITY>;
var<workgroup> sorted: array<vec2<u32>, CAPACITY>;
// Slices that have some of them.
var<workgroup> near: atomic<u32>;
var<workgroup> near_slices: array<u32, slice_count>;
var<workgroup> slice_tops: array<u32, slice_count>;
// Values that thread 0 or the one that knows hands to all.
var<workgroup> shared_key: u32;
var<workgroup> shared_count: u32;
var<workgroup> shared_kept: u32;

fn cuts_k() -> bool {
  return draw.top_k != 0u && draw.top_k < vocab_size;
}

// The count-th largest of the slices' likeliest tokens, so that at least `count` tokens are at or above it;
// the lowest key if there are fewer slices.
fn threshold_of(count: u32, local: u32) -> u32 {
  if (local == 0u) {
    shared_key = EXCLUDED + 1u;
  }
  workgroupBarrier();
  for (var s = local; s < slice_count; s += width) {
    let key = slice_tops[s];
    var before = 0u;
    for (var other = 0u; other < slice_count; other++) {
      let there = slice_tops[other];
      before += u32(there > key || (there == key && other < s));
    }
    if (before == count - 1u && key != EXCLUDED) {
      shared_key = key;
    }
  }
  return workgroupUniformLoad(&shared_key);
}

// Collects all tokens at or above the threshold; how many they are, of which the list holds CAPACITY.
fn collect(threshold: u32, local: u32) -> u32 {
  for (var s = local; s < slice_count; s += width) {
    if (slice_tops[s] >= threshold) {
      near_slices[atomicAdd(&near, 1u)] = s;
    }
  }
  workgroupBarrier();
  if (local == 0u) {
    shared_count = atomicLoad(&near);
  }
  let near_count = workgroupUniformLoad(&shared_count);
  // The slice's own deal: `width` is a multiple of `lanes`.
  let first = local / lanes * slice_count * lanes + local % lanes;
  let stride = width * slice_count;
  for (var i = 0u; i < near_count; i++) {
    for (var id = first + near_slices[i] * lanes; id < vocab_size; id += stride) {
      let key = keys[id];
      // A loop for once or not at all: see sample_scan.wgsl.
      for (var hit = key >= threshold; hit; hit = false) {
        let at = atomicAdd(&found, 1u);
        if (at < CAPACITY) {
          found_tokens[at] = vec2<u32>(key, id);
        }
      }
    }
  }
  workgroupBarrier();
  if (local == 0u) {
    shared_count = atomicLoad(&found);
  }
  return workgroupUniformLoad(&shared_count);
}

// Sorts the list, likeliest first, of equal ones the smaller id.
fn sort_list(count: u32, local: u32) {
  for (var i = local; i < count; i += width) {
    let own = found_tokens[i];
    var before = 0u;
    for (var other = 0u; other < count; other++) {
      let there = found_tokens[other];
      before += u32(there.x > own.x || (there.x == own.x && there.y < own.y));
    }
    sorted[before] = own;
  }
  workgroupBarrier();
}

// The tokens that are kept so far: those with a larger key than `key`, and with that key the ids up to `id`.
struct Kept {
  key: u32,
  id: u32,
}

// Three numbers that cut the range from low to high, which is longer than 1, into about equal parts.
fn quarters(low: u32, high: u32) -> vec3<u32> {
  let length = high - low;
  return low + max(vec3<u32>(length / 4u, length / 2u, length / 2u + length / 4u), vec3<u32>(1u));
}

// Ranks of ids among tokens with equal keys, smaller ids higher.
const FIRST_ID_RANK = 0xfffffffeu;

// Steps of the cut.
const TOP_K = 0u;
const TOP_K_TIES = 1u;
const TOP_P_SHARE = 2u;
const TOP_P = 3u;
const TOP_P_TIES = 4u;
const STEPS = 5u;

// Which tokens of the whole vocabulary top-k and top-p keep; min-p is left to the caller.
//
// floor_key: tokens below it are not drawn
// total: the weight of all tokens, where top-p is a share of it
fn cut(floor_key: u32, total: f32, top: u32, local: u32) -> Kept {
  let top_value = value_of(top);
  var kept = Kept(floor_key, 0xffffffffu);
  var share = total;
  // Tokens of the key that was found last are still needed, and all that have it, as far as known.
  var needed = 0.0;
  var tied = 0.0;
  for (var step = 0u; step < STEPS; step++) {
    let ties = step == TOP_K_TIES || step == TOP_P_TIES;
    let weighted = step == TOP_P || step == TOP_P_SHARE;
    if (select(draw.top_p >= 1.0, !cuts_k(), step <= TOP_P_SHARE)
      || (step == TOP_P_SHARE && draw.top_p >= 1.0)
      || (ties && tied <= needed)) {
      continue;
    }
    var goal = select(f32(draw.top_k), draw.top_p * share, weighted);
    // What is at or above `low` reaches the goal, or `low` is where the kept tokens end; at `high` it does not.
    var low = kept.key;
    var high = top + 1u;
    if (ties) {
      goal = needed;
      low = FIRST_ID_RANK - (vocab_size - 1u);
      high = FIRST_ID_RANK + 1u;
    }
    var reached = -1.0;
    var above = 0.0;
    while (high - low > 1u || step == TOP_P_SHARE) {
      var bounds = vec3<u32>(low);
      if (step != TOP_P_SHARE) {
        bounds = quarters(low, high);
      }
      var part = vec3<f32>(0.0);
      for (var id = local; id < vocab_size; id += width) {
        let key = keys[id];
        if (key < kept.key || (key == kept.key && id > kept.id) || (ties && key != kept.key)) {
          continue;
        }
        let rank = select(key, FIRST_ID_RANK - id, ties);
        if (rank >= bounds.x) {
          var weight = 1.0;
          if (weighted) {
            weight = exp(log_weight(key, top_value));
          }
          part += select(vec3<f32>(0.0), vec3<f32>(weight), vec3<u32>(rank) >= bounds);
        }
      }
      let mass = sum_all(vec4<f32>(part, 0.0), local);
      if (step == TOP_P_SHARE) {
        share = mass.x;
        break;
      }
      if (mass.z >= goal) {
        low = bounds.z;
        reached = mass.z;
      } else if (mass.y >= goal) {
        low = bounds.y;
        reached = mass.y;
        high = bounds.z;
        above = mass.z;
      } else if (mass.x >= goal) {
        low = bounds.x;
        reached = mass.x;
        high = bounds.y;
        above = mass.y;
      } else {
        high = bounds.x;
        above = mass.x;
      }
    }
    if (ties) {
      kept.id = FIRST_ID_RANK - low;
    } else if (step != TOP_P_SHARE) {
      kept.id = select(0xffffffffu, kept.id, low == kept.key);
      kept.key = low;
      var weight = 1.0;
      if (weighted) {
        weight = exp(log_weight(low, top_value));
      }
      needed = max(ceil((goal - above) / weight), 1.0);
      tied = select(round((reached - above) / weight), f32(vocab_size), reached < 0.0);
    }
  }
  return kept;
}

@compute @workgroup_size(width)
fn main(@builtin(local_invocation_index) local: u32) {
  if (slices[0].state == SKIPPED) {
    if (local == 0u) {
      results[params.row] = vec4<u32>(0u, SKIPPED, 0u, 0u);
    }
    return;
  }
  let top = best_slice(local).x;
  if (ends_at_once(top, local)) {
    return;
  }
  let top_value = value_of(top);
  for (var s = local; s < slice_count; s += width) {
    slice_tops[s] = slices[s].top;
  }

  // Nothing below the floor matters: it is not drawn, and adds nothing to what top-p is a share of, which is
  // known already where it is the weight of all.
  let cuts_p = draw.top_p < 1.0;
  let nucleus = cuts_p && !cuts_k();
  let least = select(draw.least, NEGLIGIBLE, cuts_p && cuts_k());
  // Somewhat lower, because weights are compared again and exactly.
  let floor_value = top_value + least * draw.temperature * 1.00001 - abs(top_value) * 1e-6;
  let floor_key = key_of(max(floor_value, LOWEST));
  var threshold = floor_key;
  let slices_needed = select(draw.top_k, min(NUCLEUS_SLICES, slice_count), nucleus);
  if (slices_needed > 0u && slices_needed <= slice_count) {
    threshold = max(floor_key, threshold_of(slices_needed, local));
  } else {
    workgroupBarrier();
  }
  var total = 0.0;
  if (nucleus) {
    for (var s = local; s < slice_count; s += width) {
      if (slice_tops[s] != EXCLUDED) {
        total = fma(slices[s].sum, exp(log_weight(slice_tops[s], top_value)), total);
      }
    }
    total = sum_all(vec4<f32>(total), local).x;
  }

  // Of the sorted list, so many from its start; 0 if the list is not enough.
  var candidates = 0u;
  let count = collect(threshold, local);
  if (count <= CAPACITY) {
    sort_list(count, local);
    // One invocation adds up in the order of the list.
    if (local == 0u) {
      let most = select(count, min(count, draw.top_k), cuts_k());
      var kept = most;
      if (cuts_p) {
        var sum = 0.0;
        var share = total;
        if (!nucleus) {
          share = 0.0;
          for (var i = 0u; i < most; i++) {
            share += exp(log_weight(sorted[i].x, top_value));
          }
        }
        let goal = draw.top_p * share;
        kept = 0u;
        while (kept < most && sum < goal) {
          sum += exp(log_weight(sorted[kept].x, top_value));
          kept++;
        }
        kept = max(kept, 1u);
        if (sum < goal && threshold > floor_key && nucleus) {
          kept = 0u;
        }
      }
      shared_kept = kept;
    }
    candidates = workgroupUniformLoad(&shared_kept);
  }
  let swept = candidates == 0u;
  var kept = Kept(EXCLUDED + 1u, 0xffffffffu);
  if (swept) {
    kept = cut(floor_key, total, top, local);
    candidates = vocab_size;
  }

  let hash_key = row_key(params.row);
  var winner = vec2<u32>(0u, 0xffffffffu);
  for (var i = local; i < candidates; i += width) {
    var token: vec2<u32>;
    if (swept) {
      token = vec2<u32>(keys[i], i);
    } else {
      token = sorted[i];
    }
    if (token.x < kept.key || (token.x == kept.key && token.y > kept.id)) {
      continue;
    }
    let weight = log_weight(token.x, top_value);
    if (weight >= draw.least) {
      winner = better(winner, vec2<u32>(key_of(race_score(draw_hash(hash_key, token.y), weight)), token.y));
    }
  }
  hand_out(best_all(winner, local).y, u32(swept), local);
}
