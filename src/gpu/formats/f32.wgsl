// F32: a chunk is four floats.

@group(1) @binding(0) var<storage, read> weights: array<vec4<f32>>;

const CHUNK_VEC4S = 1u;

fn read_chunk(chunk: u32) -> array<vec4<f32>, CHUNK_VEC4S> {
  return array<vec4<f32>, CHUNK_VEC4S>(weights[chunk]);
}
