import { GlanceError } from '../model/errors.ts';

/**
 * A picture as a page has it: a file, an address, or an element that shows it. A video gives the frame that it
 * stands at.
 */
export type PictureSource =
  | Blob
  | string
  | URL
  | HTMLImageElement
  | HTMLCanvasElement
  | HTMLVideoElement
  | ImageBitmap;

/** A picture to be asked about, with the name that it is shown under. */
export interface NamedPicture {
  readonly name: string;
  readonly file: Blob;
}

/**
 * The file of a picture. Elements' pictures are fetched once more, which the browser's cache answers, for their
 * pixels know neither EXIF nor their full size; where that is not allowed they are drawn.
 *
 * @param source text that begins with `#` or `.` is a selector, other text an address
 * @param root where elements are looked for
 * @throws GlanceError `invalid-argument` for what names no picture, `file-unreachable`, `picture-unreadable`
 */
export async function pictureFrom(source: PictureSource, root: ParentNode = document): Promise<NamedPicture> {
  if (source instanceof Blob) return { name: nameOfFile(source), file: source };
  if (typeof source === 'string' && /^[#.]/.test(source)) return pictureFrom(elementOf(source, root), root);
  if (typeof source === 'string' || source instanceof URL) return fetchPicture(source);
  if (source instanceof HTMLImageElement) return pictureOfImage(source);
  if (source instanceof HTMLVideoElement) {
    return { name: 'Video', file: await drawn(source, source.videoWidth, source.videoHeight) };
  }
  if (source instanceof HTMLCanvasElement || source instanceof ImageBitmap) {
    return { name: 'Picture', file: await drawn(source, source.width, source.height) };
  }
  throw noPicture(String(source));
}

function elementOf(selector: string, root: ParentNode): PictureSource {
  let found: Element | null;
  try {
    found = root.querySelector(selector);
  } catch {
    found = null;
  }
  const element = found instanceof HTMLPictureElement ? found.querySelector('img') : found;
  const isPicture =
    element instanceof HTMLImageElement ||
    element instanceof HTMLCanvasElement ||
    element instanceof HTMLVideoElement;
  if (!isPicture) throw noPicture(selector);
  return element;
}

async function pictureOfImage(image: HTMLImageElement): Promise<NamedPicture> {
  await settled(image);
  const name = image.alt || nameOfAddress(image.currentSrc);
  try {
    if (image.currentSrc === '') throw new Error('it has no address');
    return { name, file: (await fetchPicture(image.currentSrc)).file };
  } catch (cause) {
    if (image.naturalWidth > 0) {
      return { name, file: await drawn(image, image.naturalWidth, image.naturalHeight) };
    }
    throw new GlanceError(
      'picture-unreadable',
      'The picture on this page could not be shown. Load the page again.',
      { cause },
    );
  }
}

/** Waits for a picture that is still coming. `decode()` would wait for the page to be drawn, which hidden tabs are not. */
async function settled(image: HTMLImageElement): Promise<void> {
  if (image.complete) return;
  await new Promise<void>((resolve) => {
    for (const type of ['load', 'error']) image.addEventListener(type, () => resolve(), { once: true });
  });
}

/** Servers of other origins are told neither who asks nor where. */
async function fetchPicture(address: string | URL): Promise<NamedPicture> {
  if (!URL.canParse(address, document.baseURI)) throw noPicture(String(address));
  const url = new URL(address, document.baseURI);
  const own = url.origin === location.origin;
  try {
    const response = await fetch(url, {
      credentials: own ? 'same-origin' : 'omit',
      referrerPolicy: own ? 'same-origin' : 'no-referrer',
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return { name: nameOfAddress(url.href), file: await response.blob() };
  } catch (cause) {
    throw new GlanceError(
      'file-unreachable',
      'The picture could not be loaded. Its server has to let this page read it (CORS).',
      { cause, details: { address: url.protocol === 'data:' ? 'data:' : url.href, reason: String(cause) } },
    );
  }
}

async function drawn(source: CanvasImageSource, width: number, height: number): Promise<Blob> {
  try {
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext('2d')!.drawImage(source, 0, 0);
    return await canvas.convertToBlob();
  } catch (cause) {
    throw new GlanceError(
      'picture-unreadable',
      'This picture cannot be read: it is empty, or comes from another site that does not let this page read it (CORS).',
      { cause, details: { reason: String(cause) } },
    );
  }
}

function nameOfFile(file: Blob): string {
  return file instanceof File && file.name !== '' ? file.name : 'Picture';
}

function nameOfAddress(address: string): string {
  if (!/^https?:/.test(address)) return 'Picture';
  const last = new URL(address).pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last) || 'Picture';
  } catch {
    return last;
  }
}

function noPicture(source: string): GlanceError {
  return new GlanceError(
    'invalid-argument',
    `"${source}" names no picture. Give an address, a file, or the selector of an img, canvas or video.`,
    { details: { argument: 'image' } },
  );
}
