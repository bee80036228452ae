/** What the page says about files that cannot go into the tray. */
import type { GlanceError, GlanceErrorCode } from '../model/errors.ts';
import { PageError } from './page_error.ts';
import { errorMessage, errorTitle } from './phrases.ts';
import { words } from './words/index.ts';

/** A file, or a folder, that cannot be added, and why. */
export interface RefusedFile {
  readonly name: string;
  readonly error: GlanceError;
}

/** Names that are read out in full; the rest is counted. */
const NAMES_SHOWN = 2;

/** Codes of files that are no pictures at all; with the others the file is one, but cannot be used. */
const NO_PICTURE: ReadonlySet<GlanceErrorCode> = new Set(['picture-unreadable', 'picture-empty']);

/** The reason why a folder cannot be added. */
export function folderError(): GlanceError {
  return new PageError('picture-unsupported', words.files.folder, { details: { folder: true } });
}

/**
 * One title and one error for all files of a drop, so that twelve bad files are one notice, not twelve. The
 * message gives each reason once, with the files that it holds for; the details list every file.
 *
 * @param refused at least one file.
 */
export function refusedFilesNotice(refused: readonly RefusedFile[]): { title: string; error: GlanceError } {
  const [first] = refused;
  if (refused.length === 1 && first !== undefined) return { title: titleOfOne(first), error: first.error };
  const byReason = new Map<string, string[]>();
  for (const { name, error } of refused) {
    const reason = errorMessage(error);
    byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  }
  const reasons = [...byReason].map(([reason, names]) =>
    byReason.size === 1 ? reason : words.files.reason(listNames(names), reason),
  );
  const codes = new Set(refused.map(({ error }) => error.code));
  return {
    title: titleOfMany(refused),
    error: new PageError(codes.size === 1 ? first!.error.code : 'picture-unreadable', reasons.join('\n'), {
      cause: first!.error,
      details: Object.fromEntries(refused.map(({ name, error }) => [name, error.code])),
    }),
  };
}

/** "a.txt", "a.txt and b.txt", "a.txt, b.txt and 10 more". */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN);
  return words.files.list(shown, names.length - shown.length);
}

function titleOfOne({ name, error }: RefusedFile): string {
  const { files } = words;
  if (isFolder(error)) return files.folderRefused(name);
  if (error.code.startsWith('picture-')) return files.titled(errorTitle(error.code), name);
  return files.pictureFailed(name);
}

function titleOfMany(refused: readonly RefusedFile[]): string {
  const { files } = words;
  const names = listNames(refused.map(({ name }) => name));
  const errors = refused.map(({ error }) => error);
  const title = () => {
    if (errors.every(isFolder)) return files.foldersRefused;
    if (errors.some(isFolder)) return files.filesAndFoldersRefused;
    if (errors.every(({ code }) => NO_PICTURE.has(code))) return files.notPictures;
    if (errors.every(({ code }) => code.startsWith('picture-'))) return files.picturesRefused;
    return files.picturesFailed;
  };
  return title()(refused.length, names);
}

function isFolder({ details }: GlanceError): boolean {
  return details.folder === true;
}
