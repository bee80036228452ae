/** What the elements fetch when they are first used: everything that draws and answers. */

import { setLanguage, suitableLanguage, words } from '../../app/words/index.ts';
import './chat_view.ts';
import './answer_view.ts';

export { EmbeddedConversation } from '../conversation.ts';
export { openShelf } from './shelf.ts';
export { themeStyles } from './theme.ts';

/** Elements speak the language of their part of the page, else one that the reader understands. */
export async function speakTheLanguageOf(element: Element): Promise<void> {
  const { lang } = element.closest<HTMLElement>('[lang]') ?? document.documentElement;
  // In the language that was spoken before, where that cannot be fetched.
  await setLanguage(suitableLanguage([...(lang === '' ? [] : [lang]), ...navigator.languages])).catch(
    () => {},
  );
}

/** Why a form cannot be sent yet. */
export function missingAnswer(): string {
  return words.embed.missingAnswer;
}
