/** What the page says about files that cannot go into the tray. */
import { GlanceError, type GlanceErrorCode } from '../model/errors.ts';
import { errorTitle, formatCount } from './words.ts';

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
  return new GlanceError('picture-unsupported', 'Folders cannot be added; add the pictures inside it.', {
    details: { folder: true },
  });
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
    byReason.set(error.message, [...(byReason.get(error.message) ?? []), name]);
  }
  const reasons = [...byReason].map(([reason, names]) =>
    byReason.size === 1 ? reason : `${listNames(names)}: ${reason}`,
  );
  const codes = new Set(refused.map(({ error }) => error.code));
  return {
    title: titleOfMany(refused),
    error: new GlanceError(codes.size === 1 ? first!.error.code : 'picture-unreadable', reasons.join('\n'), {
      cause: first!.error,
      details: Object.fromEntries(refused.map(({ name, error }) => [name, error.code])),
    }),
  };
}

/** "a.txt", "a.txt and b.txt", "a.txt, b.txt and 10 more". */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN);
  const rest = names.length - shown.length;
  return rest === 0 ? shown.join(' and ') : `${shown.join(', ')} and ${formatCount(rest)} more`;
}

function titleOfOne({ name, error }: RefusedFile): string {
  if (isFolder(error)) return `A folder cannot be added: ${name}`;
  if (error.code.startsWith('picture-')) return `${errorTitle(error.code)}: ${name}`;
  return `This picture could not be added: ${name}`;
}

function titleOfMany(refused: readonly RefusedFile[]): string {
  const count = formatCount(refused.length);
  const names = listNames(refused.map(({ name }) => name));
  const errors = refused.map(({ error }) => error);
  if (errors.every(isFolder)) return `${count} folders cannot be added: ${names}`;
  if (errors.some(isFolder)) return `${count} files and folders cannot be added: ${names}`;
  if (errors.every(({ code }) => NO_PICTURE.has(code))) return `${count} files are not pictures: ${names}`;
  if (errors.every(({ code }) => code.startsWith('picture-'))) {
    return `${count} pictures cannot be used: ${names}`;
  }
  return `${count} pictures could not be added: ${names}`;
}

function isFolder({ details }: GlanceError): boolean {
  return details.folder === true;
}
