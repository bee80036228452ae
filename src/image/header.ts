/**
 * Sizes of pictures from their headers, read before anything is decoded, so that a picture which would
 * not fit is refused for the price of a few bytes.
 */
import { BlobReader, unreadableError } from './blob_reader.ts';
import { readIsoMediaSize } from './header_isobmff.ts';
import { readJpegSize } from './header_jpeg.ts';
import { detectSignature, type PictureFormat, SIGNATURE_BYTES, type Signature } from './signature.ts';

/** Sides in pixels as they will be shown, after rotation, where the format's header tells of one. */
export interface PictureSize {
  width: number;
  height: number;
}

/** What a file says of itself. */
export type PictureHeader =
  | ({ kind: 'picture'; format: PictureFormat } & PictureSize)
  | Exclude<Signature, { kind: 'picture' }>;

const SIZE_READERS: Record<PictureFormat, (reader: BlobReader) => Promise<PictureSize>> = {
  jpeg: readJpegSize,
  png: readPngSize,
  webp: readWebpSize,
  avif: readIsoMediaSize,
  heic: readIsoMediaSize,
  gif: readGifSize,
  bmp: readBmpSize,
};

/**
 * Reads the format and the size of a picture.
 *
 * @throws GlanceError `picture-unreadable` for a header that is cut off or contradicts its format.
 */
export async function readHeader(blob: Blob): Promise<PictureHeader> {
  const reader = new BlobReader(blob);
  const signature = detectSignature(await reader.readUpTo(0, SIGNATURE_BYTES));
  if (signature.kind !== 'picture') return signature;
  return { ...signature, ...(await SIZE_READERS[signature.format](reader)) };
}

/** PNG (ISO/IEC 15948): the IHDR chunk always comes first. */
async function readPngSize(reader: BlobReader): Promise<PictureSize> {
  const view = await reader.read(8, 16);
  if (view.getUint32(4) !== 0x49484452) throw unreadableError('a PNG without its IHDR chunk');
  return { width: view.getUint32(8), height: view.getUint32(12) };
}

/** WebP (RFC 9649): the canvas of an extended file, or the one bitstream of a simple one. */
async function readWebpSize(reader: BlobReader): Promise<PictureSize> {
  const kind = (await reader.read(12, 4)).getUint32(0);
  const view = await reader.read(12, kind === 0x5650384c ? 13 : 18);
  switch (kind) {
    case 0x56503858: {
      // "VP8X": two 24-bit sides, each less one.
      const width = view.getUint16(12, true) + (view.getUint8(14) << 16) + 1;
      const height = view.getUint16(15, true) + (view.getUint8(17) << 16) + 1;
      return { width, height };
    }
    case 0x5650384c: {
      // "VP8L": a signature byte, then two 14-bit sides, each less one.
      if (view.getUint8(8) !== 0x2f) throw unreadableError('a lossless WebP without its signature');
      const bits = view.getUint32(9, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
    }
    case 0x56503820:
      // "VP8 ": frame tag, start code, then two 14-bit sides with two bits of scaling above each.
      if (view.getUint8(11) !== 0x9d || view.getUint16(12) !== 0x012a) {
        throw unreadableError('a WebP without a key frame');
      }
      return { width: view.getUint16(14, true) & 0x3fff, height: view.getUint16(16, true) & 0x3fff };
    default:
      throw unreadableError('a WebP that starts with no picture');
  }
}

/** GIF: the logical screen. */
async function readGifSize(reader: BlobReader): Promise<PictureSize> {
  const view = await reader.read(6, 4);
  return { width: view.getUint16(0, true), height: view.getUint16(2, true) };
}

/** BMP: the size stands in the information header; a negative height means rows from top to bottom. */
async function readBmpSize(reader: BlobReader): Promise<PictureSize> {
  const headerBytes = (await reader.read(14, 4)).getUint32(0, true);
  if (headerBytes === 12) {
    const view = await reader.read(18, 4);
    return { width: view.getUint16(0, true), height: view.getUint16(2, true) };
  }
  if (headerBytes < 16 || headerBytes > 256) throw unreadableError('a BMP with an unknown header');
  const view = await reader.read(18, 8);
  return { width: view.getInt32(0, true), height: Math.abs(view.getInt32(4, true)) };
}
