import { inflateSync } from 'node:zlib';

/** Pixels of a picture, [height, width, 3], 0..255. */
export interface RgbPicture {
  width: number;
  height: number;
  rgb: Uint8Array;
}

/**
 * Decodes the kind of PNG that fixtures are stored as: 8-bit RGB, not interlaced. Node has no decoder of
 * its own, and tests of what follows decoding should not need a browser.
 */
export function decodeRgbPng(file: Uint8Array): RgbPicture {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  if (view.getUint32(24) !== 0x08020000 || view.getUint8(28) !== 0) {
    throw new Error('a fixture is no 8-bit RGB PNG without interlacing');
  }
  const compressed: Uint8Array[] = [];
  for (let at = 8; at < file.length; at += 12 + view.getUint32(at)) {
    if (view.getUint32(at + 4) === 0x49444154)
      compressed.push(file.subarray(at + 8, at + 8 + view.getUint32(at)));
  }
  return { width, height, rgb: unfilter(inflateSync(Buffer.concat(compressed)), width * 3) };
}

/** Undoes PNG's row filters (ISO/IEC 15948, clause 9) for pixels of 3 bytes. */
function unfilter(data: Uint8Array, rowLength: number): Uint8Array {
  const rows = data.length / (rowLength + 1);
  const out = new Uint8Array(rows * rowLength);
  for (let row = 0; row < rows; row++) {
    const filter = data[row * (rowLength + 1)]!;
    for (let i = 0; i < rowLength; i++) {
      const at = row * rowLength + i;
      const left = i >= 3 ? out[at - 3]! : 0;
      const up = row > 0 ? out[at - rowLength]! : 0;
      const corner = i >= 3 && row > 0 ? out[at - rowLength - 3]! : 0;
      const predictions = [0, left, up, (left + up) >> 1, paeth(left, up, corner)];
      out[at] = data[row * (rowLength + 1) + 1 + i]! + predictions[filter]!;
    }
  }
  return out;
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const [toLeft, toUp, toCorner] = [left, up, corner].map((value) => Math.abs(estimate - value));
  if (toLeft! <= toUp! && toLeft! <= toCorner!) return left;
  return toUp! <= toCorner! ? up : corner;
}
