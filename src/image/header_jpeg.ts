import { type BlobReader, unreadableError } from './blob_reader.ts';
import type { PictureSize } from './header.ts';
import { asciiAt } from './signature.ts';

/** More segments before the frame header than any camera writes. */
const MAX_SEGMENTS = 10_000;
/** A damaged or hostile file may hold anything between segments; we look this far for the next marker. */
const MAX_STRAY_BYTES = 64 * 1024;

/** Start-of-frame markers: C0 to CF without DHT (C4), JPG (C8) and DAC (CC). */
function isStartOfFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** Markers without a length: TEM and RST0 to RST7, and SOI where it is repeated. */
function standsAlone(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}

/**
 * JPEG (ITU-T T.81): segments are walked until the frame header; a rotation by a quarter turn in the EXIF
 * data before it exchanges the sides.
 *
 * @throws GlanceError `picture-unreadable` if the compressed data or the end come before a frame header.
 */
export async function readJpegSize(reader: BlobReader): Promise<PictureSize> {
  let at = 2;
  let quarterTurn = false;
  for (let segment = 0; segment < MAX_SEGMENTS; segment++) {
    at = await findMarker(reader, at);
    const marker = (await reader.read(at, 1)).getUint8(0);
    at += 1;
    if (standsAlone(marker)) continue;
    if (marker === 0xd9 || marker === 0xda) break;
    const length = (await reader.read(at, 2)).getUint16(0);
    if (isStartOfFrame(marker)) {
      const view = await reader.read(at + 3, 4);
      const [height, width] = [view.getUint16(0), view.getUint16(2)];
      return quarterTurn ? { width: height, height: width } : { width, height };
    }
    if (marker === 0xe1) {
      const orientation = exifOrientation(await reader.readUpTo(at + 2, length - 2));
      if (orientation !== null) quarterTurn = orientation >= 5;
    }
    at += length;
  }
  throw unreadableError('a JPEG without a frame header');
}

/** Offset of the byte after the next FF that is followed by neither FF (fill) nor 00 (data). */
async function findMarker(reader: BlobReader, from: number): Promise<number> {
  for (let at = from; at < from + MAX_STRAY_BYTES; at++) {
    const view = await reader.read(at, 2);
    if (view.getUint8(0) === 0xff && view.getUint8(1) !== 0xff && view.getUint8(1) !== 0) return at + 1;
  }
  throw unreadableError('a JPEG whose segments do not follow each other');
}

/**
 * The orientation in an EXIF segment (tag 0x0112 of the first directory of its TIFF structure).
 *
 * @param bytes - The segment's content, from `Exif\0\0` on.
 * @returns 1 to 8, or null if there is none; 5 to 8 exchange the sides.
 */
export function exifOrientation(bytes: Uint8Array): number | null {
  if (asciiAt(bytes, 0, 6) !== 'Exif\0\0' || bytes.length < 14) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + 6, bytes.length - 6);
  const littleEndian = view.getUint16(0) === 0x4949;
  const directory = view.getUint32(4, littleEndian);
  if (directory + 2 > view.byteLength) return null;
  const entries = view.getUint16(directory, littleEndian);
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + entry * 12;
    if (at + 12 > view.byteLength) return null;
    if (view.getUint16(at, littleEndian) !== 0x0112) continue;
    const orientation = view.getUint16(at + 8, littleEndian);
    return orientation >= 1 && orientation <= 8 ? orientation : null;
  }
  return null;
}
