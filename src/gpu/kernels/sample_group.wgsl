// What the last step of sampling does with one workgroup: reductions whose order is fixed, and the end of a draw.
// Results of the reductions are uniform.

override vocab_size: u32;
override slice_count: u32;
override lanes: u32;
// Invocations of the workgroup, at most 256.
override width: u32;

struct Params {
  row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<uniform> draw: Draw;
@group(0) @binding(2) var<storage, read> slices: array<Slice>;
@group(0) @binding(3) var<storage, read> keys: array<u32>;
@group(0) @binding(4) var<storage, read_write> counts: array<u32>;
@group(0) @binding(5) var<storage, read_write> ids: array<u32>;
@group(0) @binding(6) var<storage, read_write> results: array<vec4<u32>>;

// Numbers are put together in runs of so many, then the runs.
const RUN = 16u;
// Of numbers the bits; room in a workgroup is scarce.
var<workgroup> parts: array<vec4<u32>, width>;
var<workgroup> whole: vec4<u32>;

fn sum_all(part: vec4<f32>, local: u32) -> vec4<f32> {
  parts[local] = bitcast<vec4<u32>>(part);
  workgroupBarrier();
  if (local % RUN == 0u) {
    var sum = part;
    for (var i = local + 1u; i < min(local + RUN, width); i++) {
      sum += bitcast<vec4<f32>>(parts[i]);
    }
    parts[local] = bitcast<vec4<u32>>(sum);
  }
  workgroupBarrier();
  if (local == 0u) {
    var sum = bitcast<vec4<f32>>(parts[0]);
    for (var i = RUN; i < width; i += RUN) {
      sum += bitcast<vec4<f32>>(parts[i]);
    }
    whole = bitcast<vec4<u32>>(sum);
  }
  return bitcast<vec4<f32>>(workgroupUniformLoad(&whole));
}

fn best_all(own: vec2<u32>, local: u32) -> vec2<u32> {
  parts[local] = vec4<u32>(own, 0u, 0u);
  workgroupBarrier();
  if (local % RUN == 0u) {
    var best = own;
    for (var i = local + 1u; i < min(local + RUN, width); i++) {
      best = better(best, parts[i].xy);
    }
    parts[local] = vec4<u32>(best, 0u, 0u);
  }
  workgroupBarrier();
  if (local == 0u) {
    var best = parts[0].xy;
    for (var i = RUN; i < width; i += RUN) {
      best = better(best, parts[i].xy);
    }
    whole = vec4<u32>(best, 0u, 0u);
  }
  return workgroupUniformLoad(&whole).xy;
}

// Rank of a slice with a logit that is no number: above all others.
const BAD = 0xffffffffu;

// The best slice by its likeliest token: that token's key (or BAD, or EXCLUDED) and id.
fn best_slice(local: u32) -> vec2<u32> {
  var best = vec2<u32>(EXCLUDED, 0xffffffffu);
  for (var s = local; s < slice_count; s += width) {
    let rank = select(slices[s].top, BAD, slices[s].state == NO_NUMBER);
    best = better(best, vec2<u32>(rank, slices[s].id));
  }
  return best_all(best, local);
}

// Whether a draw ends before it begins; says so then.
fn ends_at_once(top: u32, local: u32) -> bool {
  if (top != BAD && top != EXCLUDED) {
    return false;
  }
  if (local == 0u) {
    results[params.row] = vec4<u32>(0u, select(NONE_ALLOWED, NO_NUMBER, top == BAD), 0u, 0u);
  }
  return true;
}

// Hands out the token: to the step after this one, to the CPU, and to the penalties of later draws.
// `swept` tells how it was found, for tests.
fn hand_out(id: u32, swept: u32, local: u32) {
  if (local == 0u) {
    results[params.row] = vec4<u32>(id, DRAWN, swept, 0u);
    ids[0] = id;
    counts[id] += 1u;
  }
}
