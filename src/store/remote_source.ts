import { type ByteSource, truncatedError } from '../weights/byte_source.ts';
import { type Description, type OpenBody, openRange, openWhole, Passing, RangesIgnored } from './remote.ts';

/** Fetched at once, at least. */
const WINDOW_BYTES = 64 * 1024;

/**
 * A file on a server as a source of ranges, for a look into its header. The last window stays at hand.
 *
 * @param remote what the server said of the file
 * @param stallMs after which a silent connection is given up
 * @returns a source whose reading throws Passing, Changed, GlanceError `file-unreachable`, `file-truncated`,
 * `aborted`
 */
export function remoteSource(url: string, name: string, remote: Description, stallMs: number): ByteSource {
  let window = { start: 0, bytes: new Uint8Array(0) };
  let ranges = remote.ranges;
  const fetchWindow = async (start: number, length: number, signal: AbortSignal) => {
    if (ranges) {
      try {
        const bytes = new Uint8Array(length);
        for (let at = 0; at < length; ) {
          const range = { start: start + at, length: length - at };
          at += await collect(await openRange(url, range, remote, stallMs, signal), 0, bytes.subarray(at));
        }
        return bytes;
      } catch (error) {
        if (!(error instanceof RangesIgnored)) throw error;
        ranges = false;
      }
    }
    const bytes = new Uint8Array(length);
    await collect(await openWhole(url, remote, stallMs, signal), start, bytes);
    return bytes;
  };
  return {
    name,
    size: remote.sizeBytes,
    async read(offset, length, signal = new AbortController().signal) {
      if (offset + length > remote.sizeBytes) throw truncatedError(name, offset + length, remote.sizeBytes);
      const end = window.start + window.bytes.length;
      if (offset < window.start || offset + length > end) {
        const wanted = Math.min(Math.max(length, WINDOW_BYTES), remote.sizeBytes - offset);
        window = { start: offset, bytes: await fetchWindow(offset, wanted, signal) };
      }
      return window.bytes.slice(offset - window.start, offset - window.start + length);
    },
  };
}

/**
 * Fills `target` with the bytes that follow the first `skip`; the rest is not waited for.
 *
 * @returns how many came: servers may send less of a part than was asked for
 */
async function collect(body: OpenBody, skip: number, target: Uint8Array): Promise<number> {
  const length = Math.min(target.length, body.byteLength);
  let at = -skip;
  try {
    while (at < length) {
      const piece = await body.read();
      if (piece === null) throw new Passing('connection', 'the answer ended early');
      const from = Math.max(0, -at);
      const part = piece.subarray(from, Math.max(from, Math.min(piece.length, length - at)));
      target.set(part, Math.max(0, at));
      at += piece.length;
    }
  } finally {
    body.close();
  }
  return length;
}
