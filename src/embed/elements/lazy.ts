/** What the elements fetch when they are first used: everything that draws and answers. */

import type { ModelShelf } from '../../app/shelf.ts';
import { setLanguage, suitableLanguage, words } from '../../app/words/index.ts';
import { startStoreWorker } from '../../rpc/start_store_worker.ts';
import { StoreClient } from '../../rpc/store_client.ts';
import './chat_view.ts';
import './answer_view.ts';

export { EmbeddedConversation } from '../conversation.ts';
export { themeStyles } from './theme.ts';

let shelf: Promise<ModelShelf> | null = null;

/** The models kept on this device, for all elements of the page. */
export function openShelf(): Promise<ModelShelf> {
  shelf ??= makeShelf().catch((error) => {
    shelf = null;
    throw error;
  });
  return shelf;
}

async function makeShelf(): Promise<ModelShelf> {
  const [{ ModelShelf }, { chosenHub }, { pageStorage }] = await Promise.all([
    import('../../app/shelf.ts'),
    import('../../app/hub_setting.ts'),
    import('../../app/device.ts'),
  ]);
  return new ModelShelf(new StoreClient(startStoreWorker), chosenHub(pageStorage()));
}

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
