// Attend: softmax(q k / sqrt(head_dim)) v over the cache, split along its length (flash decoding, Dao et al. 2023).
//
// A piece of work is a split of SPLIT keys for one row and for a few of the query heads that share a key head
// (grouped-query attention, Ainslie et al. 2023), so that these read the keys and values once. It leaves the sum of
// exp(score - m) * v, not yet divided, with the largest score m and the sum of exp(score - m) of each head;
// combine_splits puts the splits together. Row r sees the keys up to its own, past + r; splits behind it are left
// alone.
//
// heads     [rows, q heads | k heads | v heads, head_dim], f32; only the queries are read
// keys      [kv_heads, capacity, head_dim]
// values    [kv_heads, capacity, head_dim]
// partials  [rows, q heads, split_count, head_dim + 4]: sums, m, the sum of weights, two unused
//
// What does a piece of work follows in attend_invocation.wgsl or attend_lanes.wgsl, as do the dispatch shapes.

override head_dim: u32;
override head_count: u32;
override kv_head_count: u32;
// Query heads in a piece of work, at most 4: one a component of a vec4 of scores.
override heads_at_once: u32;

// SPLIT_KEYS of step.ts.
const SPLIT = 64u;
// The lowest score: exp of it minus any real one is 0 (infinities may be assumed away by a compiler).
const LOWEST = -3.4e38;

@group(0) @binding(1) var<uniform> step: Step;
@group(0) @binding(2) var<storage, read> heads: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> keys: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> values: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> partials: array<vec4<f32>>;

struct Work {
  row: u32,
  split: u32,
  // Keys of the split that the row sees.
  key_count: u32,
  // The first of them in the cache, in vec4s.
  first_key: u32,
  // Query heads: the first, and the first that belongs to other work.
  first_head: u32,
  end_head: u32,
}

// Pieces of work for the heads of one group, and for a split of one row.
fn pieces_of_group() -> u32 {
  let group_size = head_count / kv_head_count;
  return (group_size + heads_at_once - 1u) / heads_at_once;
}

fn work_count() -> u32 {
  return step.row_count * kv_head_count * pieces_of_group() * step.split_count;
}

fn work_of(index: u32) -> Work {
  let group_size = head_count / kv_head_count;
  let piece = index / step.split_count % pieces_of_group();
  let row_group = index / step.split_count / pieces_of_group();
  let kv_head = row_group % kv_head_count;
  var work: Work;
  work.row = row_group / kv_head_count;
  work.split = index % step.split_count;
  let first = work.split * SPLIT;
  let end = step.past + work.row + 1u;
  work.key_count = min(SPLIT, max(end, first) - first);
  work.first_key = (kv_head * step.capacity + first) * (head_dim / 4u);
  work.first_head = kv_head * group_size + piece * heads_at_once;
  work.end_head = min(work.first_head + heads_at_once, (kv_head + 1u) * group_size);
  return work;
}

// Where a query head begins, in vec4s. Heads behind the work's last stand for it: computed, but not written.
fn query_of(work: Work, head: u32) -> u32 {
  let at = min(work.first_head + head, work.end_head - 1u);
  return (work.row * (head_count + 2u * kv_head_count) + at) * (head_dim / 4u);
}

// Where a query head's part of the split begins, in vec4s.
fn part_of(work: Work, head: u32) -> u32 {
  return ((work.row * head_count + work.first_head + head) * step.split_count + work.split) * (head_dim / 4u + 1u);
}
