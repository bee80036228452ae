// Project, where 32 lanes share a unit of 4 rows as in project_lanes.wgsl, but their sums meet by exchange within
// subgroups: partners at distance 1, 2, 4, .. add each other's, so every lane ends with the same sum. A subgroup of
// more than 32 holds several units, which such distances keep apart. What subgroups of fewer than 32 have meets in
// workgroup memory. Invocations are taken to lie in subgroups in the order of their indices, as they do wherever
// workgroups have one dimension.
//
// Dispatch: two units a workgroup of 64.

// Whether subgroups may have fewer than 32 invocations.
override small_subgroups: bool;

const UNITS = 2u;
const LANES = 32u;

var<workgroup> products: array<vec4<f32>, UNITS * LANES>;
var<workgroup> squares: array<f32, UNITS * LANES>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_size) subgroup_size: u32,
) {
  let results = unit_results();
  let lane = local % LANES;
  let first = ((group.y * groups.x + group.x) * UNITS + local / LANES) * results;
  var sums = walk(first, lane, LANES);

  // Lanes whose sums have met.
  let width = min(subgroup_size, LANES);
  for (var v = 0u; v < row_capacity; v++) {
    var rows = sums[v].rows;
    var square_sum = sums[v].squares;
    for (var distance = 1u; distance < width; distance *= 2u) {
      rows += subgroupShuffleXor(rows, distance);
      if (normalised) {
        square_sum += subgroupShuffleXor(square_sum, distance);
      }
    }
    if (small_subgroups) {
      products[local] = rows;
      if (normalised) {
        squares[local] = square_sum;
      }
      workgroupBarrier();
      rows = vec4<f32>();
      square_sum = 0.0;
      for (var i = local - lane; i < local - lane + LANES; i += width) {
        rows += products[i];
        if (normalised) {
          square_sum += squares[i];
        }
      }
      workgroupBarrier();
    }
    if (lane < results) {
      finish(v, first + lane, rows[lane], rows[(lane + results) % UNIT_ROWS], square_sum);
    }
  }
}
