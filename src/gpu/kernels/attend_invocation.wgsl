// Attend, by one invocation a piece of work: for adapters that compute on the CPU, where a barrier is dear. Reading
// memory is what takes the time there, so keys are taken four at a time, each a component of the vectors of scores.
//
// Dispatch: one invocation a piece of work, in workgroups of 32.

const BLOCKS = SPLIT / 4u;

// Where four neighbouring keys of a split begin, in vec4s. Keys behind the last stand for it, with no weight.
fn block_of(work: Work, block: u32) -> vec4<u32> {
  let first = work.first_key + block * head_dim;
  let last = work.first_key + (work.key_count - 1u) * (head_dim / 4u);
  return min(vec4(first) + vec4(0u, 1u, 2u, 3u) * (head_dim / 4u), vec4(last));
}

fn largest_of(scores: vec4<f32>) -> f32 {
  return max(max(scores.x, scores.y), max(scores.z, scores.w));
}

fn sum_of(weights: vec4<f32>) -> f32 {
  return (weights.x + weights.y) + (weights.z + weights.w);
}

@compute @workgroup_size(32)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = (group.y * groups.x + group.x) * 32u + local;
  if (index >= work_count()) {
    return;
  }
  let work = work_of(index);
  if (work.key_count == 0u) {
    return;
  }
  let vec4s = head_dim / 4u;
  let blocks = (work.key_count + 3u) / 4u;
  let query0 = query_of(work, 0u);
  let query1 = query_of(work, 1u);
  let query2 = query_of(work, 2u);
  let query3 = query_of(work, 3u);

  // Of each head the scores of its keys, then their weights.
  var weights0: array<vec4<f32>, BLOCKS>;
  var weights1: array<vec4<f32>, BLOCKS>;
  var weights2: array<vec4<f32>, BLOCKS>;
  var weights3: array<vec4<f32>, BLOCKS>;
  var largest = vec4(LOWEST);
  let scale = inverseSqrt(f32(head_dim));
  for (var block = 0u; block < blocks; block++) {
    let at = block_of(work, block);
    var scores0 = vec4<f32>();
    var scores1 = vec4<f32>();
    var scores2 = vec4<f32>();
    var scores3 = vec4<f32>();
    for (var i = 0u; i < vec4s; i++) {
      let a = keys[at.x + i];
      let b = keys[at.y + i];
      let c = keys[at.z + i];
      let d = keys[at.w + i];
      let query = heads[query0 + i];
      scores0 += vec4(dot(query, a), dot(query, b), dot(query, c), dot(query, d));
      if (heads_at_once > 1u) {
        let query = heads[query1 + i];
        scores1 += vec4(dot(query, a), dot(query, b), dot(query, c), dot(query, d));
      }
      if (heads_at_once > 2u) {
        let query = heads[query2 + i];
        scores2 += vec4(dot(query, a), dot(query, b), dot(query, c), dot(query, d));
      }
      if (heads_at_once > 3u) {
        let query = heads[query3 + i];
        scores3 += vec4(dot(query, a), dot(query, b), dot(query, c), dot(query, d));
      }
    }
    let real = vec4(block * 4u) + vec4(0u, 1u, 2u, 3u) < vec4(work.key_count);
    scores0 = select(vec4(LOWEST), scores0 * scale, real);
    scores1 = select(vec4(LOWEST), scores1 * scale, real);
    scores2 = select(vec4(LOWEST), scores2 * scale, real);
    scores3 = select(vec4(LOWEST), scores3 * scale, real);
    weights0[block] = scores0;
    weights1[block] = scores1;
    weights2[block] = scores2;
    weights3[block] = scores3;
    largest = max(
      largest,
      vec4(largest_of(scores0), largest_of(scores1), largest_of(scores2), largest_of(scores3)),
    );
  }
  var total = vec4<f32>();
  for (var block = 0u; block < blocks; block++) {
    weights0[block] = exp(weights0[block] - largest.x);
    total.x += sum_of(weights0[block]);
    if (heads_at_once > 1u) {
      weights1[block] = exp(weights1[block] - largest.y);
      total.y += sum_of(weights1[block]);
    }
    if (heads_at_once > 2u) {
      weights2[block] = exp(weights2[block] - largest.z);
      total.z += sum_of(weights2[block]);
    }
    if (heads_at_once > 3u) {
      weights3[block] = exp(weights3[block] - largest.w);
      total.w += sum_of(weights3[block]);
    }
  }

  let part0 = part_of(work, 0u);
  let part1 = part_of(work, 1u);
  let part2 = part_of(work, 2u);
  let part3 = part_of(work, 3u);
  let head_total = work.end_head - work.first_head;
  // Eight dimensions at a time.
  for (var i = 0u; i < vec4s; i += 2u) {
    var sum0 = array<vec4<f32>, 2>();
    var sum1 = array<vec4<f32>, 2>();
    var sum2 = array<vec4<f32>, 2>();
    var sum3 = array<vec4<f32>, 2>();
    for (var block = 0u; block < blocks; block++) {
      let at = block_of(work, block) + i;
      let low = mat4x4(values[at.x], values[at.y], values[at.z], values[at.w]);
      let high = mat4x4(values[at.x + 1u], values[at.y + 1u], values[at.z + 1u], values[at.w + 1u]);
      let weight = weights0[block];
      sum0[0] += low * weight;
      sum0[1] += high * weight;
      if (heads_at_once > 1u) {
        let weight = weights1[block];
        sum1[0] += low * weight;
        sum1[1] += high * weight;
      }
      if (heads_at_once > 2u) {
        let weight = weights2[block];
        sum2[0] += low * weight;
        sum2[1] += high * weight;
      }
      if (heads_at_once > 3u) {
        let weight = weights3[block];
        sum3[0] += low * weight;
        sum3[1] += high * weight;
      }
    }
    partials[part0 + i] = sum0[0];
    partials[part0 + i + 1u] = sum0[1];
    if (head_total > 1u) {
      partials[part1 + i] = sum1[0];
      partials[part1 + i + 1u] = sum1[1];
    }
    if (head_total > 2u) {
      partials[part2 + i] = sum2[0];
      partials[part2 + i + 1u] = sum2[1];
    }
    if (head_total > 3u) {
      partials[part3 + i] = sum3[0];
      partials[part3 + i + 1u] = sum3[1];
    }
  }
  for (var head = 0u; head < head_total; head++) {
    partials[part_of(work, head) + vec4s] = vec4(largest[head], total[head], 0.0, 0.0);
  }
}
