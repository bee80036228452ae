// Two IEEE 754 binary16 numbers, the first in the low bits, as f32.
//
// unpack2x16float() may take subnormal halves for zero, and a scale below 6.1e-5 is one. So the conversion is
// done on integers: fraction and exponent move to their places in an f32, whose exponent is biased by 112 more.
// A subnormal has no leading one: it gets that of 2^-14, which is then taken away again, so that every number on
// the way is a normal one. Infinities and NaNs do not occur in weights.
fn unpack_halves(pair: u32) -> vec2<f32> {
  let bits = vec2<u32>(pair, pair >> 16u);
  let magnitude = (bits & vec2<u32>(0x7fffu)) << vec2<u32>(13u);
  let normal = magnitude + vec2<u32>(0x38000000u);
  let subnormal = bitcast<vec2<u32>>(bitcast<vec2<f32>>(magnitude + vec2<u32>(0x38800000u)) - vec2<f32>(0x1p-14));
  let sign = (bits & vec2<u32>(0x8000u)) << vec2<u32>(16u);
  return bitcast<vec2<f32>>(select(normal, subnormal, magnitude < vec2<u32>(0x00800000u)) | sign);
}

// One of them.
fn unpack_half(pair: u32, index: u32) -> f32 {
  let bits = pair >> (16u * index);
  let magnitude = (bits & 0x7fffu) << 13u;
  let normal = magnitude + 0x38000000u;
  let subnormal = bitcast<u32>(bitcast<f32>(magnitude + 0x38800000u) - 0x1p-14);
  return bitcast<f32>(select(normal, subnormal, magnitude < 0x00800000u) | ((bits & 0x8000u) << 16u));
}
