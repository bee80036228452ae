// Attend, by one invocation a piece of work: for adapters that compute on the CPU, where a barrier is dear.
//
// Dispatch: one invocation a piece of work, in workgroups of 32.

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
  let query0 = query_of(work, 0u);
  let query1 = query_of(work, 1u);
  let query2 = query_of(work, 2u);
  let query3 = query_of(work, 3u);

  // Of each key a component a head: scores, then weights.
  var weights: array<vec4<f32>, SPLIT>;
  var largest = vec4(LOWEST);
  for (var key = 0u; key < work.key_count; key++) {
    var products0 = vec4<f32>();
    var products1 = vec4<f32>();
    var products2 = vec4<f32>();
    var products3 = vec4<f32>();
    for (var i = 0u; i < vec4s; i++) {
      let part = keys[work.first_key + key * vec4s + i];
      products0 = fma(heads[query0 + i], part, products0);
      if (heads_at_once > 1u) {
        products1 = fma(heads[query1 + i], part, products1);
      }
      if (heads_at_once > 2u) {
        products2 = fma(heads[query2 + i], part, products2);
      }
      if (heads_at_once > 3u) {
        products3 = fma(heads[query3 + i], part, products3);
      }
    }
    let scores = vec4(
      (products0.x + products0.y) + (products0.z + products0.w),
      (products1.x + products1.y) + (products1.z + products1.w),
      (products2.x + products2.y) + (products2.z + products2.w),
      (products3.x + products3.y) + (products3.z + products3.w),
    ) * inverseSqrt(f32(head_dim));
    weights[key] = scores;
    largest = max(largest, scores);
  }
  var total = vec4<f32>();
  for (var key = 0u; key < work.key_count; key++) {
    let weight = exp(weights[key] - largest);
    weights[key] = weight;
    total += weight;
  }

  let part0 = part_of(work, 0u);
  let part1 = part_of(work, 1u);
  let part2 = part_of(work, 2u);
  let part3 = part_of(work, 3u);
  let head_total = work.end_head - work.first_head;
  for (var i = 0u; i < vec4s; i++) {
    var sum0 = vec4<f32>();
    var sum1 = vec4<f32>();
    var sum2 = vec4<f32>();
    var sum3 = vec4<f32>();
    for (var key = 0u; key < work.key_count; key++) {
      let value = values[work.first_key + key * vec4s + i];
      let weight = weights[key];
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
    partials[part0 + i] = sum0;
    if (head_total > 1u) {
      partials[part1 + i] = sum1;
    }
    if (head_total > 2u) {
      partials[part2 + i] = sum2;
    }
    if (head_total > 3u) {
      partials[part3 + i] = sum3;
    }
  }
  for (var head = 0u; head < head_total; head++) {
    partials[part_of(work, head) + vec4s] = vec4(largest[head], total[head], 0.0, 0.0);
  }
}
