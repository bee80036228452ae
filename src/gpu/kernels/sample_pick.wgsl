// Sample, second step where nothing is cut off: the likeliest token, or the winner of the slices' races.
//
// Bindings as in sample_group.wgsl; results as in sample_scan.wgsl.
// Dispatch: one workgroup of `width`.

@compute @workgroup_size(width)
fn main(@builtin(local_invocation_index) local: u32) {
  if (slices[0].state == SKIPPED) {
    if (local == 0u) {
      results[params.row] = vec4<u32>(0u, SKIPPED, 0u, 0u);
    }
    return;
  }
  let top = best_slice(local);
  if (ends_at_once(top.x, local)) {
    return;
  }
  if ((draw.flags & FLAG_RACE) == 0u) {
    hand_out(top.y, 0u, local);
    return;
  }
  var winner = vec2<u32>(0u, 0xffffffffu);
  for (var s = local; s < slice_count; s += width) {
    if (slices[s].top != EXCLUDED) {
      // The scores are relative to the slices' own likeliest tokens.
      let score = slices[s].score + log_weight(slices[s].top, value_of(top.x));
      winner = better(winner, vec2<u32>(key_of(score), slices[s].id));
    }
  }
  hand_out(best_all(winner, local).y, 0u, local);
}
