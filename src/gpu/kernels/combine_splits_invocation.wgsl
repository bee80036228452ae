// Combine splits, by one invocation for 16 dimensions of a head: for adapters that compute on the CPU, where a
// barrier is dear.
//
// Dispatch: one invocation a row, query head and block of 16 dimensions, in workgroups of 32.

@compute @workgroup_size(32)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let vec4s = head_dim / 4u;
  let blocks = (vec4s + 3u) / 4u;
  let index = (group.y * groups.x + group.x) * 32u + local;
  let head = index / blocks;
  if (head >= step.row_count * head_count) {
    return;
  }
  let first = index % blocks * 4u;
  let splits = splits_of(head);
  var largest = LOWEST;
  for (var split = 0u; split < splits; split++) {
    largest = max(largest, weights_of(head, split).x);
  }
  // Dimensions behind the last stand for it: computed, but not written.
  let last = vec4s - 1u;
  var sum0 = vec4<f32>();
  var sum1 = vec4<f32>();
  var sum2 = vec4<f32>();
  var sum3 = vec4<f32>();
  var total = 0.0;
  for (var split = 0u; split < splits; split++) {
    let weights = weights_of(head, split);
    let factor = exp(weights.x - largest);
    let part = part_of(head, split);
    total = fma(factor, weights.y, total);
    sum0 = fma(vec4(factor), partials[part + first], sum0);
    sum1 = fma(vec4(factor), partials[part + min(first + 1u, last)], sum1);
    sum2 = fma(vec4(factor), partials[part + min(first + 2u, last)], sum2);
    sum3 = fma(vec4(factor), partials[part + min(first + 3u, last)], sum3);
  }
  let out = head * vec4s + first;
  attended[out] = sum0 / total;
  if (first + 1u < vec4s) {
    attended[out + 1u] = sum1 / total;
  }
  if (first + 2u < vec4s) {
    attended[out + 2u] = sum2 / total;
  }
  if (first + 3u < vec4s) {
    attended[out + 3u] = sum3 / total;
  }
}
