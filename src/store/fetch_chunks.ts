/** Fetches the chunks that a file lacks. */
import { GlanceError } from '../model/errors.ts';
import { chunkRange, type Manifest, missingChunks, type RemoteFile } from './manifest.ts';
import { Changed, openRange, openWhole, Passing, RangesIgnored } from './remote.ts';
import { sha256Hex } from './sha256.ts';
import { Patience, type Transfer } from './transfer.ts';

/** What the fetching of a file's chunks needs from its download. */
export interface ChunkTarget {
  url: string;
  transfer: Transfer;
  /** As it is now. @throws GlanceError `aborted` if the file is gone */
  manifest: () => Manifest;
  keep: (index: number, bytes: Uint8Array<ArrayBuffer>, sha256: string) => Promise<void>;
  /** Hears of the ETag of every answer. */
  seen: (etag: string | null) => Promise<void>;
  /** The ETag to expect; null for any. */
  etag: () => string | null;
}

/**
 * Several requests at once, each for one chunk. The first is alone until it has shown that the server sends
 * ranges. A connection that breaks off goes on where it stopped.
 *
 * @throws Changed, RangesIgnored, GlanceError `download-failed`, `file-unreachable`, `aborted` or of storing
 */
export async function fetchByRanges(
  target: ChunkTarget,
  connections: number,
  signal: AbortSignal,
): Promise<void> {
  const queue = missingChunks(target.manifest());
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  const lanes: Promise<void>[] = [];
  const work = async () => {
    const buffer = new Uint8Array(target.manifest().chunkBytes);
    for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
      await fetchChunk(target, index, buffer, ranges, both);
    }
  };
  const begin = () => {
    const lane = work();
    lane.catch(() => failed.abort());
    lanes.push(lane);
  };
  const ranges: Ranges = {
    given: false,
    give: () => {
      ranges.given = true;
      while (lanes.length < connections && queue.length > 0) begin();
    },
  };
  begin();
  // Lanes may be added while the first one runs; each failure ends all.
  let first: unknown = null;
  for (const running of lanes) {
    await running.catch((error: unknown) => {
      const follows = error instanceof GlanceError && error.code === 'aborted' && !signal.aborted;
      if (first === null || (isAborted(first) && !follows)) first = error;
    });
  }
  if (first !== null) throw first;
}

const isAborted = (error: unknown): boolean => error instanceof GlanceError && error.code === 'aborted';

/** Whether the server has shown that it sends ranges. */
interface Ranges {
  given: boolean;
  give(): void;
}

/** @param buffer holds the chunk while it comes; it belongs to the connection */
async function fetchChunk(
  target: ChunkTarget,
  index: number,
  buffer: Uint8Array<ArrayBuffer>,
  ranges: Ranges,
  signal: AbortSignal,
): Promise<void> {
  const { transfer, url } = target;
  const { start, length } = chunkRange(target.manifest(), index);
  const patience = new Patience();
  let got = 0;
  let wrong = 0;
  let ignored: RangesIgnored | null = null;
  const receive = async (running: AbortSignal): Promise<void> => {
    // All may be here, but for the end of the answer.
    if (got === length) return;
    const range = { start: start + got, length: length - got };
    const body = await openRange(url, range, expected(target), transfer.policy.stallMs, running).catch(
      (error: unknown) => {
        ignored = null;
        if (!(error instanceof RangesIgnored) || !ranges.given) throw error;
        // One machine of many may not know what the others do.
        ignored = error;
        throw new Passing('connection', 'the server sent the file instead of a part');
      },
    );
    let left = body.byteLength;
    ignored = null;
    try {
      if (body.partial) ranges.give();
      // At once: what has come is lost if the connection breaks before it is read.
      for (let piece = await body.read(); piece !== null; piece = await body.read()) {
        if (got + piece.length > length) throw new Changed();
        buffer.set(piece, got);
        got += piece.length;
        left -= piece.length;
        patience.progressed();
        transfer.add(piece.length);
      }
    } finally {
      body.close();
    }
    await target.seen(body.etag);
    // Servers may send less of a part than was asked for.
    if (left <= 0) return receive(running);
    throw new Passing('connection', 'the answer ended early');
  };
  try {
    for (;;) {
      await transfer.attempt(patience, transfer.policy.attempts, receive, signal).catch((error: unknown) => {
        throw signal.aborted ? error : (ignored ?? error);
      });
      const bytes = buffer.subarray(0, length);
      const sha256 = await sha256Hex(bytes);
      const known = target.manifest().chunks[index]!.sha256;
      if (known === null || known === sha256) {
        await target.keep(index, bytes, sha256);
        got = 0;
        return;
      }
      // Once may be an accident on the way.
      wrong += 1;
      if (wrong > 1) throw new Changed();
      transfer.add(-got);
      got = 0;
    }
  } finally {
    // What did not become a chunk is lost.
    transfer.add(-got);
  }
}

/**
 * The whole file over one connection, for servers that send no ranges. After a break it begins at the
 * start; chunks that are stored are compared then instead of being stored again.
 *
 * @throws as {@link fetchByRanges}
 */
export async function fetchInOneGo(target: ChunkTarget, signal: AbortSignal): Promise<void> {
  const { transfer, url } = target;
  const buffer = new Uint8Array(target.manifest().chunkBytes);
  const patience = new Patience();
  const receive = async (running: AbortSignal): Promise<void> => {
    const { chunks } = target.manifest();
    const body = await openWhole(url, expected(target), transfer.policy.stallMs, running);
    let uncounted = 0;
    try {
      let index = 0;
      let filled = 0;
      for (let piece = await body.read(); piece !== null; piece = await body.read()) {
        for (let at = 0; at < piece.length; ) {
          if (index === chunks.length) throw new Changed();
          const { length } = chunkRange(target.manifest(), index);
          const count = Math.min(length - filled, piece.length - at);
          buffer.set(piece.subarray(at, at + count), filled);
          filled += count;
          at += count;
          const chunk = target.manifest().chunks[index]!;
          if (!chunk.stored) {
            transfer.add(count);
            uncounted += count;
          }
          if (filled < length) continue;
          const bytes = buffer.subarray(0, length);
          const sha256 = await sha256Hex(bytes);
          if (chunk.sha256 !== null && chunk.sha256 !== sha256) throw new Changed();
          if (!chunk.stored) {
            await target.keep(index, bytes, sha256);
            patience.progressed();
            uncounted = 0;
          }
          index += 1;
          filled = 0;
        }
      }
      if (index < chunks.length) throw new Passing('connection', 'the answer ended early');
    } finally {
      body.close();
      transfer.add(-uncounted);
    }
  };
  if (missingChunks(target.manifest()).length > 0) {
    await transfer.attempt(patience, transfer.policy.attempts, receive, signal);
  }
}

function expected(target: ChunkTarget): RemoteFile {
  const { sizeBytes, publishedSha256 } = target.manifest();
  return { sizeBytes, sha256: publishedSha256, etag: target.etag() };
}
