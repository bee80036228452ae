import { GlanceError } from '../src/model/errors.ts';
import { offerFile } from '../src/offline/offer.ts';
import type { LoadProgress } from '../src/rpc/contract.ts';
import { fetchFile as downloadFile } from '../src/store/fetch_file.ts';
import { sha256Hex } from '../src/store/sha256.ts';
import { openStored } from '../src/store/source.ts';
import { type ByteSource, blobSource } from '../src/weights/byte_source.ts';
import { joinParts, partNames } from '../src/weights/gguf_split.ts';
import { readElsewhere } from './far_reader.ts';
import type { PlacedSource } from './model_key.ts';

type OnProgress = (progress: LoadProgress) => void;

/** A model's files, open; `release` is called when the model is no longer in use. */
export interface OpenFiles {
  text: ByteSource;
  vision?: ByteSource;
  release: () => void;
}

/**
 * A model's files as byte sources; those named by URL are downloaded first, side by side. Large ones are read in
 * workers of their own.
 *
 * @throws GlanceError as `fetchBlob`, `joinParts` and `openStored`
 */
export async function openFiles(
  source: PlacedSource,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<OpenFiles> {
  const { text, vision, release } = await openSources(source, onProgress, signal);
  return { text: readElsewhere(text), ...(vision && { vision: readElsewhere(vision) }), release };
}

async function openSources(
  source: PlacedSource,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<OpenFiles> {
  if (source.kind === 'stored') return openStored(source.text, source.vision, signal);
  const release = () => {};
  if (source.kind === 'file') {
    const named = (blob: Blob, fallback: string) =>
      blobSource(blob, blob instanceof File ? blob.name : fallback);
    const parts = source.text instanceof Blob ? [source.text] : source.text;
    return {
      text: joinParts(parts.map((part) => named(part, 'the text file'))),
      ...(source.vision && { vision: named(source.vision, 'the vision file') }),
      release,
    };
  }
  const fetched = async (url: string) => {
    const { blob, file } = await fetchFile(url, onProgress, signal);
    return blobSource(blob, file);
  };
  const [parts, vision] = await Promise.all([
    Promise.all((partNames(source.text) ?? [source.text]).map(fetched)),
    source.vision && fetched(source.vision),
  ]);
  return { text: joinParts(parts), ...(vision && { vision }), release };
}

/**
 * Downloads one file and tells of it; whoever keeps the site's files is offered it.
 *
 * @throws GlanceError as `downloadFile`
 */
export async function fetchFile(
  url: string,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<{ blob: Blob; file: string }> {
  const fetched = await downloadFile(url, onProgress, signal);
  void offerFile(url, fetched.blob);
  return fetched;
}

/** The bytes of a file that the build may have compressed, and that a server may have unpacked already. */
export async function unpack(blob: Blob): Promise<ArrayBuffer> {
  const [first, second] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  if (first !== 0x1f || second !== 0x8b) return blob.arrayBuffer();
  return new Response(blob.stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
}

/**
 * A file's bytes, if they are those that Glance was built with.
 *
 * @param sha256 in hexadecimal digits
 * @throws GlanceError `runtime-unavailable`
 */
export async function checkedFile(bytes: ArrayBuffer, sha256: string, file: string): Promise<ArrayBuffer> {
  const found = await sha256Hex(new Uint8Array(bytes));
  if (found === sha256) return bytes;
  throw new GlanceError(
    'runtime-unavailable',
    `${file} is not the file that this version of Glance was made with. Load the page again; if that does not help, the files of this site have to be published anew.`,
    { details: { file, sha256: found } },
  );
}
