/** What the elements fetch when they are first used: everything that draws and answers. */

import { words } from '../../app/words/index.ts';
import './chat_view.ts';
import './answer_view.ts';

export { EmbeddedConversation } from '../conversation.ts';
export { speakPageLanguage } from './language.ts';
export { openShelf } from './shelf.ts';
export { followSurroundings } from './theme.ts';

/** Why a form cannot be sent yet. */
export function missingAnswer(): string {
  return words.embed.missingAnswer;
}
