// Attend, by a workgroup a piece of work, that meets in workgroup memory.
//
// Dispatch: one workgroup of 128 a piece of work. Work memory: 8 KiB and the queries.

// Lanes that share a key, a power of two; lanes times heads_at_once is at most 16.
override lanes: u32;

const WIDTH = 128u;

var<workgroup> queries: array<vec4<f32>, heads_at_once * (head_dim / 4u)>;
// First the parts of scores [heads_at_once, SPLIT, lanes + 1], the last column being there for the banks of memory;
// then sums of values [2 heads, 4 components, WIDTH].
var<workgroup> scratch: array<f32, 1280>;
// Of each key a component a head: scores, then weights.
var<workgroup> weights: array<vec4<f32>, SPLIT>;
// Largest scores of eight keys each, then sums of weights of each group of keys.
var<workgroup> tops: array<vec4<f32>, 32>;

fn score(head: u32, key: u32) -> f32 {
  var sum = 0.0;
  for (var lane = 0u; lane < lanes; lane++) {
    sum += scratch[(head * SPLIT + key) * (lanes + 1u) + lane];
  }
  return sum;
}

fn put_score(head: u32, key: u32, lane: u32, products: vec4<f32>) {
  scratch[(head * SPLIT + key) * (lanes + 1u) + lane] = (products.x + products.y) + (products.z + products.w);
}

fn put_sum(slot: u32, local: u32, sum: vec4<f32>) {
  let first = slot * 4u * WIDTH + local;
  scratch[first] = sum.x;
  scratch[first + WIDTH] = sum.y;
  scratch[first + 2u * WIDTH] = sum.z;
  scratch[first + 3u * WIDTH] = sum.w;
}

// The sums of `first_head` and the next, from all groups of keys.
fn write_sums(work: Work, first_head: u32, local: u32) {
  let vec4s = head_dim / 4u;
  let count = min(2u, work.end_head - work.first_head - first_head) * vec4s;
  for (var at = local; at < count; at += WIDTH) {
    let slot = at / vec4s;
    let i = at % vec4s;
    var sum = vec4<f32>();
    for (var group = 0u; group < WIDTH / vec4s; group++) {
      let first = slot * 4u * WIDTH + group * vec4s + i;
      sum += vec4(
        scratch[first],
        scratch[first + WIDTH],
        scratch[first + 2u * WIDTH],
        scratch[first + 3u * WIDTH],
      );
    }
    partials[part_of(work, first_head + slot) + i] = sum;
  }
}

@compute @workgroup_size(128)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = group.y * groups.x + group.x;
  if (index >= work_count()) {
    return;
  }
  let work = work_of(index);
  if (work.key_count == 0u) {
    return;
  }
  let vec4s = head_dim / 4u;
  for (var at = local; at < heads_at_once * vec4s; at += WIDTH) {
    queries[at] = heads[query_of(work, at / vec4s) + at % vec4s] * inverseSqrt(f32(head_dim));
  }
  workgroupBarrier();

  // Scores: neighbours read neighbouring parts of a key. Named sums, since an indexed array may leave the registers.
  let lane = local % lanes;
  for (var key = local / lanes; key < work.key_count; key += WIDTH / lanes) {
    var products0 = vec4<f32>();
    var products1 = vec4<f32>();
    var products2 = vec4<f32>();
    var products3 = vec4<f32>();
    for (var i = lane; i < vec4s; i += lanes) {
      let part = keys[work.first_key + key * vec4s + i];
      products0 = fma(queries[i], part, products0);
      if (heads_at_once > 1u) {
        products1 = fma(queries[vec4s + i], part, products1);
      }
      if (heads_at_once > 2u) {
        products2 = fma(queries[2u * vec4s + i], part, products2);
      }
      if (heads_at_once > 3u) {
        products3 = fma(queries[3u * vec4s + i], part, products3);
      }
    }
    put_score(0u, key, lane, products0);
    if (heads_at_once > 1u) {
      put_score(1u, key, lane, products1);
    }
    if (heads_at_once > 2u) {
      put_score(2u, key, lane, products2);
    }
    if (heads_at_once > 3u) {
      put_score(3u, key, lane, products3);
    }
  }
  workgroupBarrier();

  var scores = vec4(LOWEST);
  if (local < work.key_count) {
    scores.x = score(0u, local);
    if (heads_at_once > 1u) {
      scores.y = score(1u, local);
    }
    if (heads_at_once > 2u) {
      scores.z = score(2u, local);
    }
    if (heads_at_once > 3u) {
      scores.w = score(3u, local);
    }
  }
  if (local < SPLIT) {
    weights[local] = scores;
  }
  workgroupBarrier();
  if (local < SPLIT / 8u) {
    var top = weights[local * 8u];
    for (var i = 1u; i < 8u; i++) {
      top = max(top, weights[local * 8u + i]);
    }
    tops[local] = top;
  }
  workgroupBarrier();
  var largest = tops[0];
  for (var i = 1u; i < SPLIT / 8u; i++) {
    largest = max(largest, tops[i]);
  }
  if (local < work.key_count) {
    weights[local] = exp(scores - largest);
  }
  workgroupBarrier();

  // Values: an invocation has four dimensions and every so-many-th key.
  let key_group = local / vec4s;
  let key_groups = WIDTH / vec4s;
  var sum0 = vec4<f32>();
  var sum1 = vec4<f32>();
  var sum2 = vec4<f32>();
  var sum3 = vec4<f32>();
  var total = vec4<f32>();
  if (key_group < key_groups) {
    let i = local % vec4s;
    for (var key = key_group; key < work.key_count; key += key_groups) {
      let value = values[work.first_key + key * vec4s + i];
      let weight = weights[key];
      total += weight;
      sum0 = fma(vec4(weight.x), value, sum0);
      if (heads_at_once > 1u) {
        sum1 = fma(vec4(weight.y), value, sum1);
      }
      if (heads_at_once > 2u) {
        sum2 = fma(vec4(weight.z), value, sum2);
      }
      if (heads_at_once > 3u) {
        sum3 = fma(vec4(weight.w), value, sum3);
      }
    }
    if (i == 0u) {
      tops[key_group] = total;
    }
  }
  put_sum(0u, local, sum0);
  if (heads_at_once > 1u) {
    put_sum(1u, local, sum1);
  }
  workgroupBarrier();
  write_sums(work, 0u, local);
  if (local < work.end_head - work.first_head) {
    var weight_sum = 0.0;
    for (var i = 0u; i < key_groups; i++) {
      weight_sum += tops[i][local];
    }
    partials[part_of(work, local) + vec4s] = vec4(largest[local], weight_sum, 0.0, 0.0);
  }
  if (heads_at_once > 2u) {
    workgroupBarrier();
    put_sum(0u, local, sum2);
    put_sum(1u, local, sum3);
    workgroupBarrier();
    if (work.end_head > work.first_head + 2u) {
      write_sums(work, 2u, local);
    }
  }
}
