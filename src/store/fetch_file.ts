import { GlanceError } from '../model/errors.ts';
import type { LoadProgress } from '../model/request.ts';
import { fetchBlob, fileNameOf } from '../weights/byte_source.ts';

/** Progress is told this often: every piece of a large file would be thousands of messages. */
const PROGRESS_INTERVAL_MS = 50;

/**
 * Downloads one file of a model and tells of it.
 *
 * @param url absolute
 * @throws GlanceError `invalid-argument` for an address that is none, or as {@link fetchBlob}
 */
export async function fetchFile(
  url: string,
  onProgress: (progress: LoadProgress) => void,
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
