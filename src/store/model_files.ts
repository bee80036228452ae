/** A model's files: those that a download asks for, and those that are kept. Pure. */
import type { ModelDownload, StoredFile, StoredModel } from '../model/storage.ts';
import { partNames } from '../weights/gguf_split.ts';
import type { FileToDownload } from './download.ts';
import { keyOfUrl, nameOfKey } from './hub.ts';
import { isComplete, type Manifest, storedBytes } from './manifest.ts';
import { filesOf, type ModelRecord } from './models_db.ts';

/** Where a model's files come from and under which keys they are kept; of a split one all parts. */
export function filesToDownload({ text, vision }: ModelDownload): {
  text: readonly FileToDownload[];
  vision: FileToDownload | null;
} {
  const toFile = (url: string): FileToDownload => {
    const key = keyOfUrl(url);
    return { key, name: nameOfKey(key), url };
  };
  return {
    text: (partNames(text) ?? [text]).map(toFile),
    vision: vision === undefined ? null : toFile(vision),
  };
}

/** A model as the page sees it. */
export function describeModel(record: ModelRecord, byKey: ReadonlyMap<string, Manifest>): StoredModel {
  const keys = filesOf(record);
  const files = keys.flatMap((key): StoredFile[] => {
    const manifest = byKey.get(key);
    if (manifest === undefined) return [];
    const { name, url, sizeBytes, sha256, publishedSha256 } = manifest;
    const complete = isComplete(manifest);
    const published = publishedSha256 !== null;
    return [{ key, name, url, sizeBytes, storedBytes: storedBytes(manifest), complete, sha256, published }];
  });
  const { id, name, vision, paused, addedAt, lastUsedAt } = record;
  return {
    ...{ id, name, text: record.text[0]!, vision, files, paused, addedAt, lastUsedAt },
    // What the files tell counts, also that Glance cannot run them.
    outline: record.outline !== undefined ? record.outline : (record.inspected ?? null),
    complete: files.length === keys.length && files.every((file) => file.complete),
    sizeBytes: sizeOf(record, files),
    storedBytes: files.reduce((sum, file) => sum + file.storedBytes, 0),
  };
}

/** Files are fetched one after the other, and nothing is known here of one that has not begun. */
function sizeOf(record: ModelRecord, files: readonly StoredFile[]): number | null {
  const begunBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  if (files.length === filesOf(record).length) return begunBytes;
  const { inspectedBytes } = record;
  return inspectedBytes === undefined ? null : Math.max(inspectedBytes, begunBytes);
}
