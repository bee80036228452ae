import { type ExportKind, type ExportProgress, exportName, MAX_FILE_BYTES } from '../history/export_file.ts';
import type { History } from '../history/history.ts';
import { PageError } from '../page_error.ts';
import { words } from '../words/index.ts';
import { saveBlob } from './save_blob.ts';

/** Of downloads at once, some browsers take only one. */
const BETWEEN_MS = 1000;

/**
 * Has the browser save conversations, in several files if one could not be imported again.
 *
 * @returns how many files there are
 * @throws GlanceError `storage-unavailable`; `invalid-argument` if some are too large and therefore in no file,
 * when the others are saved
 */
export async function saveConversations(
  history: Pick<History, 'export'>,
  ids: readonly string[],
  kind: ExportKind,
  title: string,
  progress: ExportProgress,
): Promise<number> {
  const { files, tooLarge } = await history.export(ids, kind, progress);
  for (const [i, file] of files.entries()) {
    if (i > 0) await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
    const part = files.length === 1 ? '' : ` ${i + 1} of ${files.length}`;
    saveBlob(file, exportName(`${title}${part}`, kind));
  }
  if (tooLarge.length === 0) return files.length;
  throw new PageError(
    'invalid-argument',
    words.history.tooLargeToSave(tooLarge, MAX_FILE_BYTES, files.length > 0),
  );
}
