// Q5_0: weight = scale * (q - 16) with one f16 scale for 32 of them. A chunk is a block.

@group(1) @binding(0) var<storage, read> quants: array<vec4<u32>>;
// A block's fifth bits in each word.
@group(1) @binding(1) var<storage, read> fifths: array<u32>;
// A pair of scales in each word.
@group(1) @binding(2) var<storage, read> scales: array<u32>;

const CHUNK_VEC4S = 8u;

fn read_chunk(chunk: u32) -> array<vec4<f32>, CHUNK_VEC4S> {
  var weights = unpack_fives(quants[chunk], fifths[chunk]);
  let scale = unpack_halves(scales[chunk >> 1u])[chunk & 1u];
  for (var i = 0u; i < CHUNK_VEC4S; i++) {
    weights[i] = scale * (weights[i] - 16.0);
  }
  return weights;
}
