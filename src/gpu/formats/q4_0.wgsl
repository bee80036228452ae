// Q4_0: weight = scale * (nibble - 8) with one f16 scale for 32 of them. A chunk is a block: the low nibbles of
// its 16 bytes are weights 0 to 15, the high ones 16 to 31.

@group(1) @binding(0) var<storage, read> quants: array<vec4<u32>>;
// A pair of scales in each word.
@group(1) @binding(1) var<storage, read> scales: array<u32>;

const CHUNK_VEC4S = 8u;

fn low_nibbles(word: u32) -> vec4<f32> {
  let nibbles = (vec4<u32>(word) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(0xfu);
  return vec4<f32>(bitcast<vec4<i32>>(nibbles)) - vec4<f32>(8.0);
}

fn read_chunk(chunk: u32) -> array<vec4<f32>, CHUNK_VEC4S> {
  let low = quants[chunk];
  let high = low >> vec4<u32>(4u);
  let scale = unpack_half(scales[chunk >> 1u], chunk & 1u);
  return array<vec4<f32>, CHUNK_VEC4S>(
    scale * low_nibbles(low.x),
    scale * low_nibbles(low.y),
    scale * low_nibbles(low.z),
    scale * low_nibbles(low.w),
    scale * low_nibbles(high.x),
    scale * low_nibbles(high.y),
    scale * low_nibbles(high.z),
    scale * low_nibbles(high.w),
  );
}
