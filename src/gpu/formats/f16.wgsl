// F16: a chunk is eight halves.

@group(1) @binding(0) var<storage, read> halves: array<vec4<u32>>;

const CHUNK_VEC4S = 2u;

fn read_chunk(chunk: u32) -> array<vec4<f32>, CHUNK_VEC4S> {
  let words = halves[chunk];
  return array<vec4<f32>, CHUNK_VEC4S>(
    vec4<f32>(unpack_halves(words.x), unpack_halves(words.y)),
    vec4<f32>(unpack_halves(words.z), unpack_halves(words.w)),
  );
}
