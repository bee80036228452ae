// Combine splits, by a workgroup a head.
//
// Dispatch: one workgroup of 128 a row and query head.

const WIDTH = 128u;

// Largest m, then factors exp(m - M) of a tile of splits, then sums of weights.
var<workgroup> factors: array<f32, WIDTH>;
var<workgroup> sums: array<vec4<f32>, WIDTH>;

@compute @workgroup_size(128)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let head = group.y * groups.x + group.x;
  if (head >= step.row_count * head_count) {
    return;
  }
  let vec4s = head_dim / 4u;
  let splits = splits_of(head);
  // Invocations that have any.
  let busy = min(splits, WIDTH);

  var own = LOWEST;
  for (var split = local; split < splits; split += WIDTH) {
    own = max(own, weights_of(head, split).x);
  }
  factors[local] = own;
  workgroupBarrier();
  var largest = LOWEST;
  for (var i = 0u; i < busy; i++) {
    largest = max(largest, factors[i]);
  }
  workgroupBarrier();

  // An invocation has four dimensions and every so-many-th split.
  let split_group = local / vec4s;
  let split_groups = WIDTH / vec4s;
  var sum = vec4<f32>();
  var weight = 0.0;
  for (var first = 0u; first < splits; first += WIDTH) {
    if (first + local < splits) {
      let weights = weights_of(head, first + local);
      let factor = exp(weights.x - largest);
      factors[local] = factor;
      weight = fma(factor, weights.y, weight);
    }
    workgroupBarrier();
    if (split_group < split_groups) {
      for (var i = split_group; i < min(WIDTH, splits - first); i += split_groups) {
        sum = fma(vec4(factors[i]), partials[part_of(head, first + i) + local % vec4s], sum);
      }
    }
    workgroupBarrier();
  }
  factors[local] = weight;
  sums[local] = sum;
  workgroupBarrier();
  if (local >= vec4s) {
    return;
  }
  var total = 0.0;
  for (var i = 0u; i < busy; i++) {
    total += factors[i];
  }
  var result = vec4<f32>();
  for (var i = 0u; i < split_groups; i++) {
    result += sums[i * vec4s + local];
  }
  attended[head * vec4s + local] = result / total;
}
