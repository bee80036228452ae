// Q5_0: weight = scale * (q - 16) with one f16 scale for 32 of them. A chunk is a block.

@group(1) @binding(0) var<storage, read> quants: array<vec4<u32>>;
// A block's fifth bits in each word.
@group(1) @binding(1) var<storage, read> fifths: array<u32>;
// A pair of scales in each word.
@group(1) @binding(2) var<storage, read> scales: array<u32>;

const CHUNK_VEC4S = 8u;

fn read_chunk(chunk: u32) -> array<vec4<f32>, CHUNK_VEC4S> {
  let quant = unpack_fives(quants[chunk], fifths[chunk]);
  let scale = unpack_half(scales[chunk >> 1u], chunk & 1u);
  return array<vec4<f32>, CHUNK_VEC4S>(
    scale * (byte_floats(quant.low.x) - 16.0),
    scale * (byte_floats(quant.low.y) - 16.0),
    scale * (byte_floats(quant.low.z) - 16.0),
    scale * (byte_floats(quant.low.w) - 16.0),
    scale * (byte_floats(quant.high.x) - 16.0),
    scale * (byte_floats(quant.high.y) - 16.0),
    scale * (byte_floats(quant.high.z) - 16.0),
    scale * (byte_floats(quant.high.w) - 16.0),
  );
}
