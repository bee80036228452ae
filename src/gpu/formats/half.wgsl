// Two IEEE 754 binary16 numbers, the first in the low bits, as f32.
//
// unpack2x16float() may take subnormal halves for zero, and a scale below 6.1e-5 is one. So the conversion is
// done on integers: fraction and exponent move to their places in an f32, whose exponent is biased by 112 more;
// a subnormal is its fraction times 2^-24. Infinities and NaNs do not occur in weights.
fn unpack_halves(pair: u32) -> vec2<f32> {
  let bits = vec2<u32>(pair, pair >> 16u);
  let magnitude = bits & vec2<u32>(0x7fffu);
  let normal = (magnitude << vec2<u32>(13u)) + vec2<u32>(0x38000000u);
  let subnormal = bitcast<vec2<u32>>(vec2<f32>(magnitude) * 5.9604644775390625e-8);
  let sign = (bits & vec2<u32>(0x8000u)) << vec2<u32>(16u);
  return bitcast<vec2<f32>>(select(normal, subnormal, magnitude < vec2<u32>(0x400u)) | sign);
}
