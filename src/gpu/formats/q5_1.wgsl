// Q5_1: weight = scale * q + minimum, both f16, for 32 of them. A chunk is a block.

@group(1) @binding(0) var<storage, read> quants: array<vec4<u32>>;
// Of each block: scale and minimum, then the fifth bits.
@group(1) @binding(1) var<storage, read> scales: array<vec2<u32>>;

const CHUNK_VEC4S = 8u;

fn read_chunk(chunk: u32) -> array<vec4<f32>, CHUNK_VEC4S> {
  let packed = scales[chunk];
  let quant = unpack_fives(quants[chunk], packed.y);
  let scale = unpack_halves(packed.x);
  return array<vec4<f32>, CHUNK_VEC4S>(
    scale.x * byte_floats(quant.low.x) + scale.y,
    scale.x * byte_floats(quant.low.y) + scale.y,
    scale.x * byte_floats(quant.low.z) + scale.y,
    scale.x * byte_floats(quant.low.w) + scale.y,
    scale.x * byte_floats(quant.high.x) + scale.y,
    scale.x * byte_floats(quant.high.y) + scale.y,
    scale.x * byte_floats(quant.high.z) + scale.y,
    scale.x * byte_floats(quant.high.w) + scale.y,
  );
}
