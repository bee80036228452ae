/** The fifth bits of a block's 32 elements, element j in bit j (Q5_0, Q5_1). */
export function fifthBits(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
