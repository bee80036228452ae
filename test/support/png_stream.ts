/** Writes PNGs row by row, in Node and in a browser, so that tests can have very large ones. */

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = CRC_TABLE[(c ^ byte) & 0xff]! ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

function chunk(type: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12 + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, body.length);
  bytes.set(
    Uint8Array.from(type, (letter) => letter.charCodeAt(0)),
    4,
  );
  bytes.set(body, 8);
  view.setUint32(8 + body.length, crc32(bytes.subarray(4, 8 + body.length)));
  return bytes;
}

/** Signature and IHDR chunk of an 8-bit RGB picture. */
export function pngHeader(width: number, height: number): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 2, 0, 0, 0], 8);
  const ihdr = chunk('IHDR', header);
  const bytes = new Uint8Array(8 + ihdr.length);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  bytes.set(ihdr, 8);
  return bytes;
}

/**
 * An 8-bit RGB PNG.
 *
 * @param row - Fills `rgb` [width, 3] with a row; it still holds the row before.
 */
export async function makePng(
  width: number,
  height: number,
  row: (y: number, rgb: Uint8Array) => void,
): Promise<Blob> {
  const deflate = new CompressionStream('deflate');
  const compressed = new Response(deflate.readable).arrayBuffer();
  const writer = deflate.writable.getWriter();
  const rowsAtOnce = Math.max(1, Math.floor(4_000_000 / (width * 3 + 1)));
  const current = new Uint8Array(width * 3);
  for (let top = 0; top < height; top += rowsAtOnce) {
    const rows = Math.min(rowsAtOnce, height - top);
    const piece = new Uint8Array(rows * (width * 3 + 1));
    for (let y = 0; y < rows; y++) {
      row(top + y, current);
      piece.set(current, y * (width * 3 + 1) + 1);
    }
    await writer.write(piece);
  }
  await writer.close();
  const data = chunk('IDAT', new Uint8Array(await compressed));
  return new Blob([pngHeader(width, height), data, chunk('IEND', new Uint8Array(0))]);
}
