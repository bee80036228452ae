/** Turning picture files into pixels, in a worker: no DOM, nothing that blocks a page. */
import { GlanceError, throwIfAborted } from '../model/errors.ts';
import { assertUsableSides } from '../model/vision_geometry.ts';
import { unreadableError } from './blob_reader.ts';
import { type PictureHeader, type PictureSize, readHeader } from './header.ts';
import type { PictureFormat } from './signature.ts';

/** Up to this area a picture is decoded at full size, in pixels (4 bytes each). */
export const FULL_DECODE_PIXELS = 50_000_000;
/** Up to this area a picture is decoded and halved by the browser; beyond, it is refused. */
export const MAX_SOURCE_PIXELS = 300_000_000;

/** Colours stay as they are in the file until they meet the white background: one rounding, not two. */
const EXACT_COLOURS: ImageBitmapOptions = { premultiplyAlpha: 'none' };

/**
 * Decodes at half size: at this factor the bilinear filter is the plain mean of four pixels. Only one
 * side is named, so that the browser keeps the aspect ratio even where it knows of a rotation that we do
 * not. Colours are premultiplied because Chromium needs half the memory then, about 5 bytes a pixel.
 */
function halved(width: number): ImageBitmapOptions {
  return { resizeWidth: Math.ceil(width / 2), resizeQuality: 'low', premultiplyAlpha: 'premultiply' };
}

/** Canvas width that every browser grants, in pixels. */
const MAX_TILE_WIDTH = 4096;
/** About this many pixels are read back from the canvas at once. */
const STRIP_PIXELS = 1 << 20;

/** A decoded picture. Whoever holds it must `close()` the bitmap. */
export interface DecodedPicture {
  bitmap: ImageBitmap;
  /** Sides as shown (after rotation), in pixels; the bitmap has half of them if the picture was huge. */
  sourceWidth: number;
  sourceHeight: number;
}

/**
 * Checks all that can be known of a picture file before it is decoded, from its first bytes. Cheap enough
 * for a page.
 *
 * @returns the format and the sides in pixels as shown (after rotation).
 * @throws GlanceError `picture-empty`, `picture-unreadable`, `picture-unsupported`, `picture-zero-sized`,
 * `picture-too-long` or `picture-too-large`.
 */
export async function inspectPicture(blob: Blob): Promise<{ format: PictureFormat } & PictureSize> {
  if (blob.size === 0) {
    throw new GlanceError('picture-empty', 'This file is empty. Choose another picture.');
  }
  const { format, width, height } = requirePicture(await readHeader(blob));
  assertUsableSides(height, width);
  const details = { format, width, height };
  if (width * height > MAX_SOURCE_PIXELS) throw tooLargeError(details);
  return details;
}

/**
 * Decodes a picture file: JPEG, PNG, WebP, AVIF, GIF (first frame), BMP, and HEIC where the browser can.
 * EXIF orientation is applied; colour profiles are not, as the reference ignores them too. A file that is
 * cut off is refused or shown in part as the browser sees fit (Chromium refuses).
 *
 * @throws GlanceError `picture-empty`, `picture-unreadable`, `picture-unsupported`, `picture-zero-sized`,
 * `picture-too-long`, `picture-too-large` or `aborted`.
 */
export async function decodePicture(blob: Blob, signal?: AbortSignal): Promise<DecodedPicture> {
  throwIfAborted(signal);
  const details = await inspectPicture(blob);
  const { format, width, height } = details;
  throwIfAborted(signal);
  const huge = width * height > FULL_DECODE_PIXELS;
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(blob.slice(0, blob.size, `image/${format}`), {
      imageOrientation: 'from-image',
      colorSpaceConversion: 'none',
      ...(huge ? halved(width) : EXACT_COLOURS),
    });
  } catch (cause) {
    if (/alloc|memory/i.test(String(cause))) throw tooLargeError(details, cause);
    if (format === 'heic') throw unsupportedError('HEIC', cause);
    throw unreadableError(`the browser could not decode this ${format} of ${width} x ${height}`, cause);
  }
  if (signal?.aborted) bitmap.close();
  throwIfAborted(signal);
  if (!huge) return { bitmap, sourceWidth: bitmap.width, sourceHeight: bitmap.height };
  const turned = bitmap.width > bitmap.height !== width > height;
  return { bitmap, sourceWidth: turned ? height : width, sourceHeight: turned ? width : height };
}

function requirePicture(header: PictureHeader): Extract<PictureHeader, { kind: 'picture' }> {
  switch (header.kind) {
    case 'picture':
      return header;
    case 'svg':
      throw new GlanceError(
        'picture-unsupported',
        'SVG pictures are drawn by the page before they are asked about: call rasterizeSvg() and pass the ImageBitmap.',
        { details: { format: 'SVG' } },
      );
    case 'foreign':
      if (header.video) {
        throw new GlanceError(
          'picture-unsupported',
          'This is a video, not a picture. Take a still picture from it and choose that.',
          { details: { format: header.name } },
        );
      }
      throw unsupportedError(header.name);
    case 'unknown':
      throw unreadableError('the first bytes are those of no known picture format');
  }
}

function unsupportedError(name: string, cause?: unknown): GlanceError {
  return new GlanceError(
    'picture-unsupported',
    `This is a ${name} file, which this browser cannot decode. Save it as JPEG or PNG and choose that.`,
    { cause, details: { format: name } },
  );
}

function tooLargeError(
  details: { format: string; width: number; height: number },
  cause?: unknown,
): GlanceError {
  const { width, height } = details;
  return new GlanceError(
    'picture-too-large',
    `This picture is ${width} by ${height} pixels, more than this browser can take. Make it smaller (a few thousand pixels a side are plenty) and try again.`,
    { cause, details },
  );
}

/**
 * The pixels of a bitmap over white, in strips from top to bottom, so that no second full copy of a large
 * picture is needed.
 *
 * @returns Pieces of [rows, bitmap.width, 4], RGBA, 0..255. A piece is only valid until the next.
 */
export function* readStrips(bitmap: ImageBitmap): Generator<Uint8ClampedArray> {
  const { width, height } = bitmap;
  const stripRows = Math.min(height, Math.max(1, Math.floor(STRIP_PIXELS / width)));
  const tileWidth = Math.min(width, MAX_TILE_WIDTH);
  const context = new OffscreenCanvas(tileWidth, stripRows).getContext('2d', {
    // An opaque canvas in main memory: exact blending, and no way to the GPU and back.
    alpha: false,
    willReadFrequently: true,
  });
  if (context === null) {
    throw new GlanceError(
      'runtime-unavailable',
      'This browser gave no canvas to decode pictures on. Reload the page.',
    );
  }
  context.fillStyle = '#fff';
  context.imageSmoothingEnabled = false;
  try {
    const strip = width > tileWidth ? new Uint8ClampedArray(stripRows * width * 4) : null;
    for (let top = 0; top < height; top += stripRows) {
      const rows = Math.min(stripRows, height - top);
      for (let left = 0; left < width; left += tileWidth) {
        const columns = Math.min(tileWidth, width - left);
        context.fillRect(0, 0, columns, rows);
        context.drawImage(bitmap, left, top, columns, rows, 0, 0, columns, rows);
        const tile = context.getImageData(0, 0, columns, rows).data;
        if (strip === null) {
          yield tile;
        } else {
          for (let row = 0; row < rows; row++) {
            const from = row * columns * 4;
            strip.set(tile.subarray(from, from + columns * 4), (row * width + left) * 4);
          }
        }
      }
      if (strip !== null) yield strip.subarray(0, rows * width * 4);
    }
  } finally {
    // Gives the canvas memory back now instead of at some later collection.
    context.canvas.width = 0;
    context.canvas.height = 0;
  }
}
