// Q8_0: weight = scale * q with a signed byte q and one f16 scale for 32 of them. A chunk is half a block.

@group(1) @binding(0) var<storage, read> quants: array<vec4<u32>>;
// A pair of scales in each word.
@group(1) @binding(1) var<storage, read> scales: array<u32>;

const CHUNK_VEC4S = 4u;

fn signed_bytes(word: u32) -> vec4<f32> {
  return vec4<f32>((vec4<i32>(bitcast<i32>(word)) << vec4<u32>(24u, 16u, 8u, 0u)) >> vec4<u32>(24u));
}

fn read_chunk(chunk: u32) -> array<vec4<f32>, CHUNK_VEC4S> {
  let words = quants[chunk];
  let block = chunk >> 1u;
  let scale = unpack_half(scales[block >> 1u], block & 1u);
  return array<vec4<f32>, CHUNK_VEC4S>(
    scale * signed_bytes(words.x),
    scale * signed_bytes(words.y),
    scale * signed_bytes(words.z),
    scale * signed_bytes(words.w),
  );
}
