import { GlanceError, throwIfAborted } from '../model/errors.ts';
import type { ModelImport, SpaceAdvice, TransferProgress } from '../model/storage.ts';
import { blobSource } from '../weights/byte_source.ts';
import { joinParts, partNames, wholeName } from '../weights/gguf_split.ts';
import { DEFAULT_RETRY } from './backoff.ts';
import type { FilesDb } from './files_db.ts';
import { keyOfUrl, nameOfKey } from './hub.ts';
import { importFile } from './import_file.ts';
import { sweep } from './leftovers.ts';
import { withLocks, writeLock } from './locks.ts';
import { isComplete } from './manifest.ts';
import type { ModelsDb } from './models_db.ts';
import { readOutline } from './outline.ts';
import { describeRemote } from './remote.ts';
import { randomName } from './sha256.ts';
import { isUnforeseen, noSpaceError } from './space.ts';
import { Teller } from './teller.ts';

export interface ModelImportParts {
  files: FilesDb;
  models: ModelsDb;
  chunkBytes: number;
  /** Whether so many bytes fit. */
  advise: (neededBytes: number, exceptId: string) => Promise<SpaceAdvice>;
  /** What could go, since they did not. */
  adviseFull: (neededBytes: number, exceptId: string) => Promise<SpaceAdvice>;
}

/**
 * Copies a model's files from this device's disk into the store. Of a model that could not be copied as a whole nothing
 * stays.
 *
 * @returns the model's id
 * @throws GlanceError `file-*`, `model-*` if Glance cannot run it, `download-corrupt`, `storage-full`,
 * `storage-unavailable`, `aborted`
 */
export async function importModel(
  model: ModelImport,
  { files, models, chunkBytes, advise, adviseFull }: ModelImportParts,
  onProgress: (progress: TransferProgress) => void,
  signal: AbortSignal,
): Promise<string> {
  const parts = model.text instanceof Blob ? [model.text] : [...model.text];
  parts.sort((a, b) => blobName(a, '').localeCompare(blobName(b, '')));
  const [firstPart] = parts;
  if (firstPart === undefined)
    throw new GlanceError('invalid-argument', 'No model file was given. Choose one.');
  const urls = model.urls && (partNames(model.urls.text) ?? [model.urls.text]);
  const id = model.id ?? (urls ? keyOfUrl(urls[0]!) : `local:${randomName()}`);
  const toFile = (blob: Blob, fallback: string, url: string | undefined) => {
    const key = url === undefined ? `${id}/${blobName(blob, fallback)}` : keyOfUrl(url);
    return { key, name: nameOfKey(key), url: url ?? null, blob };
  };
  const text = parts.map((part, index) => toFile(part, 'model.gguf', urls?.[index]));
  const vision = model.vision && toFile(model.vision, 'mmproj.gguf', model.urls?.vision);
  const all = vision ? [...text, vision] : text;
  const keys = [...new Set(all.map(({ key }) => key))];
  const name = model.name ?? wholeName(text[0]!.name);
  const here = new Set((await files.manifests()).filter(isComplete).map(({ key }) => key));
  const sizeOf = (some: typeof all) => some.reduce((sum, { blob }) => sum + blob.size, 0);
  const neededBytes = sizeOf(all.filter(({ key }) => !here.has(key)));
  const advice = await advise(neededBytes, id);
  if (!advice.fits) throw noSpaceError(name, advice, { keeps: false });
  const toSource = ({ blob, name }: (typeof all)[number]) => blobSource(blob, name);
  const outline = await readOutline(joinParts(text.map(toSource)), vision && toSource(vision), signal);
  const told = new Teller(sizeOf(all), onProgress);
  const copy = async () => {
    for (const file of all) {
      const known = await files.manifest(file.key);
      if (known !== null && isComplete(known)) continue;
      const publishedSha256 = await publishedHash(file.url, signal);
      const onBytes = (bytes: number) => told.add('importing', file.name, bytes);
      await importFile(files, { ...file, publishedSha256 }, chunkBytes, onBytes, signal);
    }
    const now = Date.now();
    await models.put({
      id,
      name,
      text: text.map(({ key }) => key),
      vision: vision?.key ?? null,
      paused: false,
      outline,
      addedAt: now,
      lastUsedAt: now,
    });
  };
  try {
    // All of them until the model is written down: files of no model that nobody writes are swept away.
    await withLocks(keys.map(writeLock), 'exclusive', signal, () =>
      copy().catch(async (error: unknown) => {
        await sweep(files, models, keys).catch(() => {});
        throw error;
      }),
    );
  } catch (error) {
    if (!isUnforeseen(error)) throw error;
    throw noSpaceError(name, await adviseFull(neededBytes, id), { keeps: false, cause: error });
  } finally {
    told.end();
  }
  return id;
}

/** The hash that an address publishes; null also where the address cannot be asked now. */
async function publishedHash(url: string | null, signal: AbortSignal): Promise<string | null> {
  if (url === null) return null;
  try {
    return (await describeRemote(url, DEFAULT_RETRY.stallMs, signal)).sha256;
  } catch {
    throwIfAborted(signal);
    return null;
  }
}

function blobName(blob: Blob, fallback: string): string {
  return blob instanceof File ? blob.name : fallback;
}
