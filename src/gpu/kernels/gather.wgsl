// Gather: hidden[t] = w[ids[t]], the embedding of each token. Of a matrix in several parts each part is asked
// once and serves the tokens whose rows it has.
//
// weights  group 1, a format's planes [row_count, row_length]
// ids      [step.row_count] from the first on; rows of `hidden` beyond these repeat the last
// hidden   [.., row_length], f32
// Dispatch: one invocation a chunk of each token's row, in workgroups of 64.

override row_length: u32;

struct Params {
  // Rows of the matrix that this part holds.
  first_row: u32,
  row_count: u32,
  // Rows of `hidden` to write.
  token_count: u32,
  // Where in `hidden` the first token's row begins, in vec4s.
  first_vec4: u32,
  // The first token in `ids`.
  first_id: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<uniform> step: Step;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read_write> hidden: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let chunks_per_row = row_length / (CHUNK_VEC4S * 4u);
  let index = (group.y * groups.x + group.x) * 64u + local;
  let token = index / chunks_per_row;
  if (token >= params.token_count) {
    return;
  }
  let id = ids[params.first_id + min(token, step.row_count - 1u)];
  if (id < params.first_row || id - params.first_row >= params.row_count) {
    return;
  }
  var chunk = read_chunk((id - params.first_row) * chunks_per_row + index % chunks_per_row);
  let first = params.first_vec4 + index * CHUNK_VEC4S;
  for (var i = 0u; i < CHUNK_VEC4S; i++) {
    hidden[first + i] = chunk[i];
  }
}
