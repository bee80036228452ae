/** Pictures of a request: from addresses to files, and what `detail` means in pixels. */
import type { ChatMessage } from '../model/chat.ts';
import { detailPixels } from '../model/detail.ts';
import { abortedError } from '../model/errors.ts';
import type { ModelInfo } from '../model/request.ts';
import { RequestError } from './errors.ts';
import type { PictureReference, ReadMessage } from './messages.ts';
import { fetchNamedPicture, MAX_PICTURE_BYTES, type NamedPicture, readBody } from './named_picture.ts';

/** How much of an address an error repeats. */
const SHOWN_URL_LENGTH = 100;

type FetchNamed = (url: string, signal?: AbortSignal) => Promise<NamedPicture>;

/** Pictures under their addresses; each is fetched once. */
export type Pictures = ReadonlyMap<string, Blob>;

/**
 * Fetches every picture of a conversation: `data:` and `blob:` addresses, and those of servers that let other sites
 * read them (CORS). Servers learn the origin that asks, but not the page, and get no cookies.
 *
 * @param fetchNamed fetches from servers, which the worker that answers may not do itself
 * @throws RequestError `invalid_image_url`; GlanceError `aborted`
 */
export async function fetchPictures(
  messages: readonly ReadMessage[],
  signal?: AbortSignal,
  fetchNamed: FetchNamed = fetchNamedPicture,
): Promise<Pictures> {
  const references = new Map<string, PictureReference>();
  for (const { content } of messages) {
    if (typeof content === 'string') continue;
    for (const part of content) if (part.type === 'picture') references.set(part.url, part);
  }
  const fetched = [...references.values()].map(
    async (reference) => [reference.url, await fetchPicture(reference, fetchNamed, signal)] as const,
  );
  return new Map(await Promise.all(fetched));
}

/** Messages with their pictures in place, each with its budget for this model. */
export function placePictures(
  messages: readonly ReadMessage[],
  pictures: Pictures,
  info: ModelInfo,
): ChatMessage[] {
  return messages.map(({ content, ...message }) => ({
    ...message,
    content:
      typeof content === 'string'
        ? content
        : content.map((part) =>
            part.type === 'text'
              ? part
              : {
                  type: 'image',
                  image: pictures.get(part.url)!,
                  ...budget(part.maxPixels ?? budgetOf(part.detail, info)),
                },
          ),
  }));
}

function budget(maxPixels: number | null): { maxPixels?: number } {
  return maxPixels === null ? {} : { maxPixels };
}

/** The pixel budget that a level of detail stands for; null for the model's own. */
function budgetOf(detail: PictureReference['detail'], { vision, contextLength }: ModelInfo): number | null {
  return vision === null ? null : detailPixels(detail, vision, contextLength);
}

function fetchPicture(
  reference: PictureReference,
  fetchNamed: FetchNamed,
  signal: AbortSignal | undefined,
): Promise<Blob> {
  const { url, path } = reference;
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  switch (scheme) {
    case 'data':
      return Promise.resolve(decodeDataUrl(url, path));
    case 'blob':
      return download(reference, null, signal);
    case 'http':
    case 'https':
      return download(reference, fetchNamed, signal);
    default:
      throw unusable(
        path,
        `'${path}' must be an address that begins with https:, http:, data: or blob:, not '${shown(url)}'.`,
      );
  }
}

/** RFC 2397, with Base64 or percent-encoded. */
function decodeDataUrl(url: string, path: string): Blob {
  const comma = url.indexOf(',');
  const header = url.slice('data:'.length, Math.max(comma, 0));
  const data = url.slice(comma + 1);
  const type = header.split(';')[0]!.trim();
  try {
    if (comma < 0) throw new SyntaxError('no comma');
    const isBase64 = /;\s*base64\s*$/i.test(header);
    return new Blob([isBase64 ? fromBase64(data) : fromPercent(data)], { type });
  } catch (cause) {
    throw unusable(
      path,
      `'${path}' is a data: address that cannot be decoded. It should read data:image/png;base64, and then the picture in Base64.`,
      cause,
    );
  }
}

function fromBase64(data: string): Uint8Array<ArrayBuffer> {
  const percent = data.includes('%') ? decodeURIComponent(data) : data;
  // Some writers use the alphabet of addresses.
  const text = atob(percent.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function fromPercent(data: string): Uint8Array<ArrayBuffer> {
  const bytes = data.replace(/%([0-9a-f]{2})|[^%]+|%/gi, (piece, hex?: string) =>
    hex === undefined ? piece : String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Uint8Array.from(bytes, (letter) => letter.charCodeAt(0));
}

async function download(
  { url, path }: PictureReference,
  fetchNamed: FetchNamed | null,
  signal: AbortSignal | undefined,
): Promise<Blob> {
  try {
    const { status, blob } = await (fetchNamed ?? fetchOwn)(url, signal);
    if (status < 200 || status > 299) {
      throw unusable(path, `The picture at ${shown(url)} is not there: its server says ${status}.`);
    }
    if (blob === null) throw tooLong(url, path);
    return blob;
  } catch (cause) {
    if (signal?.aborted) throw abortedError();
    if (cause instanceof RequestError) throw cause;
    const why =
      fetchNamed === null
        ? 'It was given up (URL.revokeObjectURL), or belongs to another site.'
        : 'Its server cannot be reached, or does not let other sites read it (CORS). Give the picture itself, as a data: address.';
    throw unusable(path, `The picture at ${shown(url)} cannot be fetched. ${why}`, cause);
  }
}

/** A `blob:` address of the page. */
async function fetchOwn(url: string, signal: AbortSignal | undefined): Promise<NamedPicture> {
  const response = await fetch(url, { signal: signal ?? null });
  return { status: response.status, blob: await readBody(response, MAX_PICTURE_BYTES) };
}

function tooLong(url: string, path: string): RequestError {
  return unusable(path, `The file at ${shown(url)} is longer than ${MAX_PICTURE_BYTES >> 20} MiB.`);
}

function unusable(path: string, message: string, cause?: unknown): RequestError {
  return new RequestError('invalid_image_url', path, message, cause);
}

function shown(url: string): string {
  return url.length > SHOWN_URL_LENGTH ? `${url.slice(0, SHOWN_URL_LENGTH)}…` : url;
}
