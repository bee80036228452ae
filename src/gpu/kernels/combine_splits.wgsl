// Combine splits: from the parts that `attend` left to the attention's result,
// sum over splits of exp(m - M) * sums, divided by the sum of exp(m - M) * weights, with M the largest m.
//
// partials  [rows, q heads, split_count, head_dim + 4]: sums, m, the sum of weights, two unused
// attended  [rows, q heads, head_dim], f32
//
// `head` numbers the query heads of all rows. What combines one follows in combine_splits_invocation.wgsl or
// combine_splits_lanes.wgsl, as do the dispatch shapes.

override head_dim: u32;
override head_count: u32;

// SPLIT_KEYS of step.ts.
const SPLIT = 64u;
const LOWEST = -3.4e38;

@group(0) @binding(1) var<uniform> step: Step;
@group(0) @binding(2) var<storage, read> partials: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> attended: array<vec4<f32>>;

// Splits that have keys which the head's row sees; the others were not written.
fn splits_of(head: u32) -> u32 {
  return (step.past + head / head_count) / SPLIT + 1u;
}

// Where a head's part of a split begins, in vec4s.
fn part_of(head: u32, split: u32) -> u32 {
  return (head * step.split_count + split) * (head_dim / 4u + 1u);
}

// m and the sum of weights.
fn weights_of(head: u32, split: u32) -> vec2<f32> {
  return partials[part_of(head, split) + head_dim / 4u].xy;
}
