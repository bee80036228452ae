import type { PictureInput } from '../model/chat.ts';
import { throwIfAborted } from '../model/errors.ts';
import { targetSize } from '../model/vision_geometry.ts';
import { type DecodedPicture, decodePicture, inspectPicture, readStrips } from './decode.ts';
import type { PatchOptions } from './patchify.ts';
import { BicubicResizer } from './resize.ts';
import { Sha256 } from './sha256.ts';

/** How a picture is prepared; everything comes from the model's vision config, the budget also from the request. */
export interface PrepareOptions extends Pick<PatchOptions, 'patchSize' | 'mergeSize'> {
  /** Area limits after resizing, in pixels. */
  minPixels: number;
  maxPixels: number;
}

/** Number of patches along time, rows and columns, before merging. */
export type GridThw = [temporal: 1, height: number, width: number];

/** A picture at the size at which it is cut into patches (`patchify`), which take eight times its memory. */
export interface PreparedPicture {
  /** [height, width, 3], 0..255. */
  rgb: Uint8Array<ArrayBuffer>;
  gridThw: GridThw;
  /** Sides after resizing, in pixels. */
  width: number;
  height: number;
  /** Sides as decoded and rotated, in pixels. */
  sourceWidth: number;
  sourceHeight: number;
  /** SHA-256 of the resized pixels and their size, in hexadecimal: equal pictures share cached work. */
  hash: string;
}

/** Other messages to the worker (abort above all) get a turn at least this often. */
const YIELD_AFTER_MS = 30;

/**
 * The grid that a picture will have, told from its header, for those who may not need the picture itself.
 *
 * @throws GlanceError with one of the `picture-` codes (see {@link inspectPicture} and {@link targetSize}).
 */
export async function inspectGrid(input: PictureInput, options: PrepareOptions): Promise<GridThw> {
  const { width, height } = input instanceof Blob ? await inspectPicture(input) : input;
  return gridOf(height, width, options);
}

function gridOf(sourceHeight: number, sourceWidth: number, options: PrepareOptions): GridThw {
  const { patchSize, mergeSize } = options;
  const [height, width] = targetSize(sourceHeight, sourceWidth, {
    ...options,
    factor: patchSize * mergeSize,
  });
  return [1, height / patchSize, width / patchSize];
}

/**
 * Decodes and resizes a picture. Runs in a worker. An `ImageBitmap` stays open and remains the
 * caller's to close.
 *
 * @throws GlanceError with one of the `picture-` codes (see {@link decodePicture} and
 * {@link targetSize}), or `aborted`.
 */
export async function preparePicture(
  input: PictureInput,
  options: PrepareOptions,
  signal?: AbortSignal,
): Promise<PreparedPicture> {
  throwIfAborted(signal);
  if (!(input instanceof Blob)) {
    return prepareDecoded(
      { bitmap: input, sourceWidth: input.width, sourceHeight: input.height },
      options,
      signal,
    );
  }
  const decoded = await decodePicture(input, signal);
  try {
    return await prepareDecoded(decoded, options, signal);
  } finally {
    decoded.bitmap.close();
  }
}

async function prepareDecoded(
  { bitmap, sourceWidth, sourceHeight }: DecodedPicture,
  options: PrepareOptions,
  signal: AbortSignal | undefined,
): Promise<PreparedPicture> {
  const gridThw = gridOf(sourceHeight, sourceWidth, options);
  const height = gridThw[1] * options.patchSize;
  const width = gridThw[2] * options.patchSize;
  const resizer = new BicubicResizer(bitmap.width, bitmap.height, width, height);
  let lastYield = performance.now();
  for (const strip of readStrips(bitmap)) {
    resizer.pushRows(strip, 4);
    if (performance.now() - lastYield > YIELD_AFTER_MS) {
      await new Promise((resolve) => setTimeout(resolve));
      throwIfAborted(signal);
      lastYield = performance.now();
    }
  }
  const rgb = resizer.finish();
  const hash = new Sha256()
    .update(rgb)
    .update(new TextEncoder().encode(`${width}x${height}`))
    .hex();
  return { rgb, gridThw, width, height, sourceWidth, sourceHeight, hash };
}
