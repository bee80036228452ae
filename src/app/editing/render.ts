/** Turning and cropping, as pixels. */
import { PageError } from '../page_error.ts';
import { fetchPictureReader } from '../pictures.ts';
import { words } from '../words/index.ts';
import { cropOf, editedSize, type PictureEdit, type Rect, type Size } from './geometry.ts';

/** No published model looks at more of one picture, in pixels; browsers grant canvases of this size. */
const MAX_PIXELS = 16_777_216;

/** Up to this area what came as JPEG is kept without a further loss; larger ones would be many megabytes. */
const LOSSLESS_PIXELS = 4_000_000;

/** Of what is encoded as JPEG again. */
const JPEG_QUALITY = 0.95;

/**
 * A picture turned and cropped, on white where it is transparent, with the colours that a model would be given:
 * EXIF orientation is applied, colour profiles are not.
 *
 * @param file the original
 * @returns a PNG, or a JPEG where the original is a large one; without any metadata of the original
 * @throws GlanceError with a `picture-` code, or `file-unreachable` if the page has not been loaded whole.
 */
export async function renderEdit(file: Blob, edit: PictureEdit): Promise<Blob> {
  const { decodePicture, isSvg, rasterizeSvg } = await fetchPictureReader();
  const bitmap = (await isSvg(file)) ? await rasterizeSvg(file) : (await decodePicture(file)).bitmap;
  try {
    // A huge picture is decoded at half of its size; rectangles are in pixels of the whole.
    const source = await sourceSize(file, bitmap);
    const size = fitted(editedSize(source, edit));
    const canvas = new OffscreenCanvas(size.width, size.height);
    draw(canvas, bitmap, source, edit);
    const isLossy = file.type === 'image/jpeg' && size.width * size.height > LOSSLESS_PIXELS;
    const blob = await canvas.convertToBlob(
      isLossy ? { type: 'image/jpeg', quality: JPEG_QUALITY } : { type: 'image/png' },
    );
    canvas.width = 0;
    return blob;
  } catch (cause) {
    const { width, height } = bitmap;
    throw new PageError('picture-too-large', words.files.tooLargeToEdit(width, height), {
      cause,
      details: { width, height },
    });
  } finally {
    bitmap.close();
  }
}

async function sourceSize(file: Blob, bitmap: ImageBitmap): Promise<Size> {
  const { inspectPicture, isSvg } = await fetchPictureReader();
  if (await isSvg(file)) return { width: bitmap.width, height: bitmap.height };
  const { width, height } = await inspectPicture(file);
  // What is known of a rotation only after decoding counts.
  return bitmap.width > bitmap.height === width > height
    ? { width, height }
    : { width: height, height: width };
}

function fitted({ width, height }: Size): Size {
  const scale = Math.min(1, Math.sqrt(MAX_PIXELS / (width * height)));
  return { width: Math.max(1, Math.floor(width * scale)), height: Math.max(1, Math.floor(height * scale)) };
}

function draw(canvas: OffscreenCanvas, bitmap: ImageBitmap, source: Size, edit: PictureEdit): void {
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  if (context === null) throw new Error('no 2-D canvas');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  const crop: Rect = cropOf(source, edit);
  const scale = canvas.width / crop.width;
  context.imageSmoothingEnabled = scale !== 1 || bitmap.width !== source.width;
  context.imageSmoothingQuality = 'high';
  context.scale(scale, canvas.height / crop.height);
  context.translate(-crop.x, -crop.y);
  // The turned picture's corner at the origin again.
  const { width, height } = source;
  if (edit.turns === 1) context.translate(height, 0);
  else if (edit.turns === 2) context.translate(width, height);
  else if (edit.turns === 3) context.translate(0, width);
  // Whole numbers, so that pixels fall onto pixels.
  const [a, b] = [
    [1, 0],
    [0, 1],
    [-1, 0],
    [0, -1],
  ][edit.turns % 4] as [number, number];
  context.transform(a, b, -b, a, 0, 0);
  context.drawImage(bitmap, 0, 0, width, height);
}
