/**
 * Stands in for src/image/decode.ts where there is no browser: Node cannot decode pictures. Use with
 * `vi.mock`, so that everything after decoding is the real thing.
 */
import { decodeRgbPng, type RgbPicture } from './png.ts';

/** @param blob as `decodePicture` takes it */
export async function inspectPicture(blob: Blob): Promise<{ width: number; height: number }> {
  return decodeRgbPng(new Uint8Array(await blob.arrayBuffer()));
}

/** @param blob an 8-bit RGB PNG, as the fixtures are */
export async function decodePicture(
  blob: Blob,
): Promise<{ bitmap: RgbPicture & { close(): void }; sourceWidth: number; sourceHeight: number }> {
  const picture = decodeRgbPng(new Uint8Array(await blob.arrayBuffer()));
  return {
    bitmap: { ...picture, close: () => {} },
    sourceWidth: picture.width,
    sourceHeight: picture.height,
  };
}

/** Yields the whole picture at once, [height, width, 4]. */
export function* readStrips({ rgb, width, height }: RgbPicture): Generator<Uint8ClampedArray> {
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) rgba.set(rgb.subarray(i * 3, i * 3 + 3), i * 4);
  yield rgba;
}
