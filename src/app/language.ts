/** The reader's language: which it is, how it is kept, and what follows from it for the page. */
import { LitElement } from 'lit';
import { languages, onLanguageChange, setLanguage, suitableLanguage, words } from './words/index.ts';

/** A language of the page, or what the browser's settings say. */
export type LanguageChoice = string;

export const AUTOMATIC_LANGUAGE = 'auto';

const KEY = 'glance-language';

/**
 * The language that was chosen on this page before, else `auto`.
 *
 * @param storage null where the browser keeps nothing for this page.
 */
export function keptLanguage(storage: Pick<Storage, 'getItem'> | null): LanguageChoice {
  const kept = storage?.getItem(KEY) ?? null;
  return kept !== null && languages.includes(kept) ? kept : AUTOMATIC_LANGUAGE;
}

/** The tag of the language that a choice means. @param wished the best liked first; default: by the browser */
export function languageOf(choice: LanguageChoice, wished?: readonly string[]): string {
  return languages.includes(choice) ? choice : suitableLanguage(wished ?? navigator.languages);
}

/**
 * Changes the language of the page, and remembers the choice for the next visit.
 *
 * @throws GlanceError `file-unreachable` where the language could not be fetched; nothing is remembered then
 */
export async function chooseLanguage(
  choice: LanguageChoice,
  storage: Pick<Storage, 'setItem' | 'removeItem'> | null,
): Promise<void> {
  await setLanguage(languageOf(choice));
  try {
    if (choice === AUTOMATIC_LANGUAGE) storage?.removeItem(KEY);
    else storage?.setItem(KEY, choice);
  } catch {
    // A full storage: the choice holds for this visit only.
  }
}

/**
 * Has the document say its language, title and direction, now and after every change, also of one in another tab;
 * draws everything anew.
 *
 * @param storage null where the browser keeps nothing for this page.
 */
export function followLanguage(storage: Pick<Storage, 'getItem'> | null): void {
  const follow = () => {
    const { documentElement } = document;
    documentElement.lang = words.tag;
    documentElement.dir = words.dir;
    document.title = words.page.title;
    drawAnew(document);
  };
  follow();
  onLanguageChange(follow);
  addEventListener('storage', ({ key }) => {
    // Null: everything was cleared. What cannot be fetched stays as it is.
    if (key === KEY || key === null) setLanguage(languageOf(keptLanguage(storage))).catch(() => {});
  });
}

/** What elements show of the words is not among their properties: each is asked to draw itself again. */
export function drawAnew(root: ParentNode): void {
  for (const element of root.querySelectorAll('*')) {
    if (element instanceof LitElement) element.requestUpdate();
    if (element.shadowRoot !== null) drawAnew(element.shadowRoot);
  }
}
