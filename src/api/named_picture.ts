/** Fetching a picture that a request names by the address of a server. */

/** A file this long is no picture that anybody would ask about. */
export const MAX_PICTURE_BYTES = 64 << 20;

/** What a server sent. */
export interface NamedPicture {
  status: number;
  /** Null if it is longer than {@link MAX_PICTURE_BYTES}, whatever the server said. */
  blob: Blob | null;
}

/**
 * Fetches a picture from a server that lets other sites read it (CORS). The server learns the IP
 * address and the origin that asks, but not the page, and gets no cookies.
 *
 * @throws TypeError if it cannot be reached or does not allow that
 */
export async function fetchNamedPicture(url: string, signal?: AbortSignal): Promise<NamedPicture> {
  const response = await fetch(url, {
    signal: signal ?? null,
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
  });
  if (!response.ok) return { status: response.status, blob: new Blob() };
  return { status: response.status, blob: await readBody(response, MAX_PICTURE_BYTES) };
}

/**
 * Whether an address stands in a request as a value of its own: nothing else is fetched for it.
 *
 * @param body JSON
 */
export function isNamedIn(body: string | null, url: string): boolean {
  let named = false;
  try {
    JSON.parse(body ?? '', (_, value: unknown) => {
      named ||= value === url;
      return value;
    });
  } catch {
    return false;
  }
  return named;
}

/** What a server sends; null, and the rest unread, where that is longer than allowed, whatever it said. */
export async function readBody(response: Response, mostBytes: number): Promise<Blob | null> {
  const type = response.headers.get('content-type') ?? '';
  const reader = response.body?.getReader();
  if (reader === undefined) return new Blob([], { type });
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let bytes = Number(response.headers.get('content-length'));
  if (bytes <= mostBytes) bytes = 0;
  while (bytes <= mostBytes) {
    const { done, value } = await reader.read();
    if (done) return new Blob(pieces, { type });
    pieces.push(value);
    bytes += value.length;
  }
  await reader.cancel();
  return null;
}
