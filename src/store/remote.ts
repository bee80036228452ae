/** Asking servers for files and parts of them, and telling failures that pass from those that stay. */
import { GlanceError, throwIfAborted } from '../model/errors.ts';
import type { TransferTrouble } from '../model/storage.ts';
import { fileNameOf } from '../weights/byte_source.ts';
import { PolicyWatch, policyError } from '../weights/policy_watch.ts';
import { isTransient, parseRetryAfter } from './backoff.ts';
import { type LfsPointer, parsePointer, pointerUrl } from './hub.ts';
import type { RemoteFile } from './manifest.ts';
import { readPieces } from './stream_bytes.ts';

/** A failure that may be over at the next try. */
export class Passing extends Error {
  readonly trouble: TransferTrouble;
  readonly retryAfterMs: number | null;

  constructor(
    trouble: TransferTrouble,
    message: string,
    retryAfterMs: number | null = null,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.trouble = trouble;
    this.retryAfterMs = retryAfterMs;
  }
}

/** No answer came: the connection failed, or the server lets no page of another site read what it says. */
export class Unanswered extends Passing {}

/** The server's file is not (or no longer) the one whose chunks are being asked for. */
export class Changed extends Error {}

/** The server answers a request for a range with the whole file. */
export class RangesIgnored extends Error {}

/** What a server tells before a download, and whether it sends ranges. */
export interface Description extends RemoteFile {
  readonly ranges: boolean;
}

/** An answer whose bytes can be read until it stalls. */
export interface OpenBody {
  /** As far as the server lets pages read it. */
  etag: string | null;
  /** Of the whole file; null if the server does not let pages know. */
  totalBytes: number | null;
  /** Of this answer, as far as the server lets pages know; else what was asked for, or infinite for a whole file. */
  byteLength: number;
  /** It is a part of the file. */
  partial: boolean;
  /** The next bytes, until the next call; null at the end. @throws Passing if the connection breaks or stalls */
  read(): Promise<Uint8Array | null>;
  /** Ends the connection. */
  close(): void;
}

interface Ask {
  url: string;
  method?: 'GET' | 'HEAD';
  range?: { start: number; length: number };
  stallMs: number;
  signal: AbortSignal;
}

/** Received at once, at most. */
const RECEIVE_BYTES = 256 * 1024;

/** A server's pointers are far smaller; a file that is none may be huge. */
const MAX_POINTER_BYTES = 1024;

/**
 * Size, hash and ETag of a file: on a hub from its LFS pointer, elsewhere from the answer to a request for
 * one byte.
 *
 * @param publishes whether a hash is known to be published: then none is made do without
 * @throws Passing, GlanceError `file-unreachable`, `download-failed` if the server does not tell the size,
 * `aborted`
 */
export async function describeRemote(
  url: string,
  stallMs: number,
  signal: AbortSignal,
  publishes = false,
): Promise<Description> {
  const pointer = await readPointer(url, stallMs, signal).catch(publishes ? null : unanswered);
  if (pointer !== null && pointer !== 'unanswered') return describePointer(url, pointer);
  const plain = await describePlain(url, stallMs, signal);
  if (pointer === null) return plain;
  // So there is a server. Of what it does not have, many let other sites not even read that.
  const again = await readPointer(url, stallMs, signal).catch(unanswered);
  return again === null || again === 'unanswered' ? plain : describePointer(url, again);
}

function unanswered(error: unknown): 'unanswered' {
  if (error instanceof Unanswered) return 'unanswered';
  throw error;
}

function describePointer(url: string, { sizeBytes, sha256 }: LfsPointer): Description {
  return checkedSize(url, { sizeBytes, sha256, etag: null, ranges: true });
}

/** By the answer to a request for one byte. */
async function describePlain(url: string, stallMs: number, signal: AbortSignal): Promise<Description> {
  const probe = await ask({ url, range: { start: 0, length: 1 }, stallMs, signal }).catch(
    (error: unknown) => {
      // An empty file has no first byte.
      if (error instanceof Changed) return null;
      throw error;
    },
  );
  const ranges = probe?.response.status === 206;
  const etag = probe?.response.headers.get('etag') ?? null;
  const known = probe && (ranges ? totalOf(probe.response) : lengthOf(probe.response));
  probe?.close();
  const sizeBytes = known ?? (await askSize(url, stallMs, signal));
  if (sizeBytes === null) {
    throw new GlanceError(
      'download-failed',
      `The server does not say how large ${fileNameOf(url)} is, so it cannot be kept safely. Download it with the browser and open it as a file.`,
      { details: { file: fileNameOf(url), unsized: true } },
    );
  }
  return checkedSize(url, { sizeBytes, sha256: null, etag, ranges });
}

/** By an answer without its body. An address that is signed for `GET` allows no `HEAD`. */
async function askSize(url: string, stallMs: number, signal: AbortSignal): Promise<number | null> {
  const head = await ask({ url, method: 'HEAD', stallMs, signal }).catch((error: unknown) => {
    // Nor may it say so to other sites.
    if (error instanceof Unanswered) return null;
    if (error instanceof GlanceError && error.code === 'file-unreachable') return null;
    throw error;
  });
  const { response, close } = head ?? (await ask({ url, stallMs, signal }));
  close();
  return lengthOf(response);
}

function checkedSize(url: string, description: Description): Description {
  if (description.sizeBytes > 0) return description;
  throw new GlanceError('file-unreachable', `${fileNameOf(url)} is empty on its server. Check the address.`, {
    details: { file: fileNameOf(url) },
  });
}

/** Null if there is no hub, or if it shows something else there: small files lie in no LFS. */
async function readPointer(
  fileUrl: string,
  stallMs: number,
  signal: AbortSignal,
): Promise<LfsPointer | null> {
  const url = pointerUrl(fileUrl);
  if (url === null) return null;
  let body: OpenBody & { response: Response };
  try {
    body = await ask({ url, stallMs, signal });
  } catch (error) {
    // A mirror without pointers; whether the file itself is there will be seen.
    if (error instanceof GlanceError && error.code === 'file-unreachable') return null;
    throw error;
  }
  try {
    const bytes = new Uint8Array(MAX_POINTER_BYTES);
    let length = 0;
    for (let piece = await body.read(); piece !== null; piece = await body.read()) {
      if (length + piece.length > bytes.length) return null;
      bytes.set(piece, length);
      length += piece.length;
    }
    return parsePointer(new TextDecoder().decode(bytes.subarray(0, length)));
  } finally {
    body.close();
  }
}

/**
 * Asks for a part of a file.
 *
 * @param expected what the file is known to be
 * @throws Passing, Changed, RangesIgnored, GlanceError `file-unreachable`, `aborted`
 */
export async function openRange(
  url: string,
  range: { start: number; length: number },
  expected: RemoteFile,
  stallMs: number,
  signal: AbortSignal,
): Promise<OpenBody> {
  const body = await ask({ url, range, stallMs, signal });
  const { status, headers } = body.response;
  try {
    if (status !== 206) {
      // A file of a single chunk may be sent whole.
      const whole = range.start === 0 && range.length === expected.sizeBytes;
      if (!whole) throw new RangesIgnored();
      checkUnchanged(body, expected);
      return { ...body, totalBytes: lengthOf(body.response) };
    }
    const sent = /^bytes (\d+)-(\d+)\//.exec(headers.get('content-range') ?? '');
    const byteLength = sent === null ? range.length : Number(sent[2]) + 1 - range.start;
    // Less than was asked for is allowed (RFC 9110, 15.3.7).
    if (sent !== null && (Number(sent[1]) !== range.start || byteLength < 1 || byteLength > range.length)) {
      if (body.totalBytes !== null && body.totalBytes !== expected.sizeBytes) throw new Changed();
      throw new Passing('connection', 'the server sent another part than was asked for');
    }
    checkUnchanged(body, expected);
    return { ...body, byteLength };
  } catch (error) {
    body.close();
    throw error;
  }
}

/** Asks for the whole file, for servers that send no ranges. Throws as {@link openRange}. */
export async function openWhole(
  url: string,
  expected: RemoteFile,
  stallMs: number,
  signal: AbortSignal,
): Promise<OpenBody> {
  const body = await ask({ url, stallMs, signal });
  try {
    const length = lengthOf(body.response);
    const whole = { ...body, totalBytes: length };
    checkUnchanged(whole, expected);
    return whole;
  } catch (error) {
    body.close();
    throw error;
  }
}

function checkUnchanged({ etag, totalBytes }: OpenBody, expected: RemoteFile): void {
  if (totalBytes !== null && totalBytes !== expected.sizeBytes) throw new Changed();
  if (etag !== null && expected.etag !== null && etag !== expected.etag) throw new Changed();
}

async function ask({
  url,
  method = 'GET',
  range,
  stallMs,
  signal,
}: Ask): Promise<OpenBody & { response: Response }> {
  throwIfAborted(signal);
  const controller = new AbortController();
  const stop = () => controller.abort();
  signal.addEventListener('abort', stop, { once: true });
  let stalled = false;
  let answered = false;
  const watch = async <T>(work: Promise<T>): Promise<T> => {
    const timer = setTimeout(() => {
      stalled = true;
      controller.abort();
    }, stallMs);
    try {
      return await work;
    } catch (cause) {
      close();
      throwIfAborted(signal);
      if (stalled) throw new Passing('stalled', `nothing came for ${stallMs} ms`, null, cause);
      const Failure = answered ? Passing : Unanswered;
      throw new Failure(connectionTrouble(), 'the connection broke off', null, cause);
    } finally {
      clearTimeout(timer);
    }
  };
  const close = () => {
    signal.removeEventListener('abort', stop);
    controller.abort();
  };
  const policy = new PolicyWatch();
  const response = await watch(
    fetch(url, {
      method,
      signal: controller.signal,
      // What is kept here needs no second copy in the browser's cache, and must not come out of an old one.
      cache: 'no-store',
      credentials: 'omit',
      headers: range ? { range: `bytes=${range.start}-${range.start + range.length - 1}` } : {},
    }),
  )
    .catch(async (error: unknown) => {
      const refused = error instanceof Unanswered && (await policy.isRefused());
      throw refused ? policyError(fileNameOf(url), url, error) : error;
    })
    .finally(() => policy.end());
  answered = true;
  const failure = failureOf(url, response, range !== undefined);
  if (failure) {
    close();
    throw failure;
  }
  const pieces = response.body === null ? null : readPieces(response.body, response, RECEIVE_BYTES);
  return {
    response,
    etag: response.headers.get('etag'),
    totalBytes: totalOf(response),
    byteLength: range?.length ?? Number.POSITIVE_INFINITY,
    partial: response.status === 206,
    read: async () => pieces && watch(pieces.read()),
    close,
  };
}

function failureOf(url: string, response: Response, ranged: boolean): Error | null {
  const { status, headers } = response;
  const name = fileNameOf(url);
  if (ranged && status === 416) return new Changed();
  if (isTransient(status)) {
    const wait = parseRetryAfter(headers.get('retry-after'), Date.now());
    return new Passing('busy', `the server answered ${status}`, wait);
  }
  if (!response.ok) {
    const advice =
      status === 401 || status === 403
        ? 'It asks for permission: check that the file is public.'
        : 'Check the address.';
    return unreachable(name, `the server answered ${status}. ${advice}`, status);
  }
  // Static hosts answer a missing file with the site's own page and status 200.
  if (/^(text\/html|application\/xhtml\+xml)\b/i.test(headers.get('content-type') ?? '')) {
    return unreachable(
      name,
      'the server sent a web page instead of the file, so the file is probably not there. Check the address.',
      status,
    );
  }
  return null;
}

function unreachable(name: string, why: string, status: number): GlanceError {
  return new GlanceError('file-unreachable', `${name} could not be downloaded: ${why}`, {
    details: { file: name, status },
  });
}

/** `onLine` is only ever right when it is false. */
function connectionTrouble(): TransferTrouble {
  return navigator.onLine === false ? 'offline' : 'connection';
}

/** The whole file's size in a `Content-Range`. */
function totalOf({ headers }: Response): number | null {
  const total = /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1];
  return total === undefined ? null : Number(total);
}

/** The body's length, where it is that of the file. */
function lengthOf({ headers }: Response): number | null {
  const length = headers.get('content-length');
  return length === null || headers.has('content-encoding') ? null : Number(length);
}
