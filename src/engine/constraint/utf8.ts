/** Sets of characters as sequences of bytes, as UTF-8 writes them. */
import type { CharacterSet } from './character_set.ts';

/** One byte's first and last value at each place. */
export type ByteSequence = readonly (readonly [first: number, last: number])[];

/** Last code points that take one, two, three and four bytes. */
const LAST_OF_LENGTH = [0x7f, 0x7ff, 0xffff, 0x10ffff] as const;

/**
 * Byte sequences that together are all characters of a set and nothing else: each place of a sequence may have
 * any value of its range, whatever the others have.
 */
export function byteSequences(set: CharacterSet): ByteSequence[] {
  return set.flatMap(([first, last]) => ofRange(first, last));
}

function ofRange(first: number, last: number): ByteSequence[] {
  const border = LAST_OF_LENGTH.find((end) => first <= end && end < last);
  if (border !== undefined) return [...ofRange(first, border), ...ofRange(border + 1, last)];
  const [from, to] = [encode(first), encode(last)];
  for (let place = 1; place < from.length; place++) {
    // What the bytes from this place on can hold, 6 bits each.
    const rest = 64 ** (from.length - place);
    if (Math.floor(first / rest) === Math.floor(last / rest)) continue;
    const head = first % rest === 0 ? first : Math.ceil(first / rest) * rest;
    const tail = (last + 1) % rest === 0 ? last : Math.floor(last / rest) * rest - 1;
    if (head > first) return [...ofRange(first, head - 1), ...ofRange(head, last)];
    if (tail < last) return [...ofRange(first, tail), ...ofRange(tail + 1, last)];
  }
  return [from.map((byte, i) => [byte, to[i]!] as const)];
}

function encode(codePoint: number): number[] {
  return [...new TextEncoder().encode(String.fromCodePoint(codePoint))];
}

/** Bytes that no text has in UTF-8 (RFC 3629, section 1). */
export function isNeverInUtf8(byte: number): boolean {
  return byte === 0xc0 || byte === 0xc1 || byte > 0xf4;
}
