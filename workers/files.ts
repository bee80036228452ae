import { GlanceError } from '../src/model/errors.ts';
import type { LoadProgress, ModelSource } from '../src/rpc/contract.ts';
import { type ByteSource, blobSource, fetchBlob, fileNameOf } from '../src/weights/byte_source.ts';

/** Progress is told this often: every piece of a large file would be thousands of messages. */
const PROGRESS_INTERVAL_MS = 50;

type OnProgress = (progress: LoadProgress) => void;

/**
 * A model's files as byte sources; those named by URL are downloaded first, side by side.
 *
 * @throws GlanceError as `fetchBlob`
 */
export async function openFiles(
  source: ModelSource,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<{ text: ByteSource; vision?: ByteSource }> {
  if (source.kind === 'file') {
    const named = (blob: Blob, fallback: string) =>
      blobSource(blob, blob instanceof File ? blob.name : fallback);
    return {
      text: named(source.text, 'the text file'),
      ...(source.vision && { vision: named(source.vision, 'the vision file') }),
    };
  }
  const fetched = async (url: string) => {
    const { blob, file } = await fetchFile(url, onProgress, signal);
    return blobSource(blob, file);
  };
  const [text, vision] = await Promise.all([fetched(source.text), source.vision && fetched(source.vision)]);
  return { text, ...(vision && { vision }) };
}

/**
 * Downloads one file and tells of it.
 *
 * @throws GlanceError `invalid-argument` for an address that is none, or as `fetchBlob`
 */
export async function fetchFile(
  url: string,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<{ blob: Blob; file: string }> {
  if (!URL.canParse(url)) {
    throw new GlanceError('invalid-argument', `"${url}" is no address of a file. Give a complete URL.`);
  }
  const file = fileNameOf(url);
  let toldAtMs = Number.NEGATIVE_INFINITY;
  const blob = await fetchBlob(url, {
    onProgress: (loadedBytes, totalBytes) => {
      const nowMs = performance.now();
      if (nowMs - toldAtMs < PROGRESS_INTERVAL_MS && loadedBytes !== totalBytes) return;
      toldAtMs = nowMs;
      onProgress({ stage: 'fetch', file, loadedBytes, totalBytes });
    },
    signal,
  });
  onProgress({ stage: 'fetch', file, loadedBytes: blob.size, totalBytes: blob.size });
  return { blob, file };
}

/** The bytes of a file that the build may have compressed, and that a server may have unpacked already. */
export async function unpack(blob: Blob): Promise<ArrayBuffer> {
  const [first, second] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  if (first !== 0x1f || second !== 0x8b) return blob.arrayBuffer();
  return new Response(blob.stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
}
