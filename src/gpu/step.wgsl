// What is the same for every kernel of one step of the token loop (step.ts).
struct Step {
  // Tokens that run together, and those that the cache held before them.
  row_count: u32,
  past: u32,
  // Tokens that the cache can hold.
  capacity: u32,
  // Stretches of the cache that attention is split into.
  split_count: u32,
}
