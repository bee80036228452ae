// BF16: a chunk is eight numbers, each the upper 16 bits of an f32.

@group(1) @binding(0) var<storage, read> numbers: array<vec4<u32>>;

const CHUNK_VEC4S = 2u;

fn read_chunk(chunk: u32) -> array<vec4<f32>, CHUNK_VEC4S> {
  let words = numbers[chunk];
  let even = bitcast<vec4<f32>>(words << vec4<u32>(16u));
  let odd = bitcast<vec4<f32>>(words & vec4<u32>(0xffff0000u));
  return array<vec4<f32>, CHUNK_VEC4S>(
    vec4<f32>(even.x, odd.x, even.y, odd.y),
    vec4<f32>(even.z, odd.z, even.w, odd.w),
  );
}
