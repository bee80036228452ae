// Rotate heads, by 32 lanes a head.
//
// Dispatch: one workgroup of 32 a row and head.

const LANES = 32u;

var<workgroup> squares: array<f32, LANES>;

@compute @workgroup_size(32)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let head = group.y * groups.x + group.x;
  if (head >= step.row_count * heads_of_row()) {
    return;
  }
  let first = head * head_dim;
  if (is_value(head)) {
    let place = place_in_cache(head);
    for (var i = lane; i < head_dim; i += LANES) {
      values[place + i] = heads[first + i];
    }
    return;
  }
  var sum = 0.0;
  for (var i = lane; i < head_dim; i += LANES) {
    sum = fma(heads[first + i], heads[first + i], sum);
  }
  squares[lane] = sum;
  workgroupBarrier();
  var total = 0.0;
  for (var i = 0u; i < LANES; i++) {
    total += squares[i];
  }
  rotate(head, total, lane, LANES);
}
