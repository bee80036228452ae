/**
 * What people read, in the language of the page. English comes with the page; a language more is one file of this
 * folder, named by its BCP 47 tag, and is fetched when it is wanted.
 */
import { GlanceError } from '../../model/errors.ts';
import { en, type Words } from './en.ts';

export type { Words } from './en.ts';

/** The words of the current language. Read them when they are shown, not before: the language can change. */
export let words: Words = en;

const fetched = import.meta.glob<Words>(['./??.ts', './??-*.ts', '!./en.ts'], { import: 'default' });

const codeOf = (path: string): string => path.slice(2, -3);

/** All languages of the page, by the tags that name their files. */
export const languages: readonly string[] = ['en', ...Object.keys(fetched).map(codeOf)];

let current = 'en';
let wanted = 'en';
const listeners = new Set<() => void>();

/** The tag of the language of {@link words}. */
export function currentLanguage(): string {
  return current;
}

/** What a language calls itself: "English", "中文". */
export function languageName(code: string): string {
  return new Intl.DisplayNames([code], { type: 'language' }).of(code) ?? code;
}

/** Calls the listener whenever the language has changed; the returned function ends that. */
export function onLanguageChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * Has everything said in a language from now on. Of several calls the last one counts.
 *
 * @param code one of {@link languages}
 * @throws GlanceError `file-unreachable` where the language could not be fetched: the one before stays.
 */
export async function setLanguage(code: string): Promise<void> {
  wanted = code;
  const next = await load(code);
  if (wanted !== code || next === words) return;
  words = next;
  current = code;
  for (const listener of listeners) listener();
}

async function load(code: string): Promise<Words> {
  const fetch = Object.entries(fetched).find(([path]) => codeOf(path) === code)?.[1];
  if (fetch === undefined) return en;
  try {
    return await fetch();
  } catch (cause) {
    throw new GlanceError(
      'file-unreachable',
      'The words of this language could not be loaded. Check the connection and choose it again.',
      { cause, details: { language: code, reason: String(cause) } },
    );
  }
}

/** The page's language that suits a reader best. @param wished tags, the best liked first */
export function suitableLanguage(wished: readonly string[]): string {
  for (const tag of wished) {
    const lowered = tag.toLowerCase();
    const exact = languages.find((code) => code.toLowerCase() === lowered);
    const [base] = lowered.split('-');
    const near = exact ?? languages.find((code) => code.toLowerCase().split('-')[0] === base);
    if (near !== undefined) return near;
  }
  return 'en';
}

/** A size in bytes as people read it: "959 kB", "2.7 MB". */
export const formatBytes = (bytes: number): string => words.format.bytes(bytes);

/** A duration as people read it: "85 ms", "1.4 s", "2 min 5 s". */
export const formatDuration = (ms: number): string => words.format.duration(ms);

/** A count as people read it: "4,096", "2.1 million". */
export const formatCount = (count: number): string => words.format.count(count);
