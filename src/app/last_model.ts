import type { GlanceError } from '../model/errors.ts';
import { type KeptChoice, sessionModel } from './model_choice.ts';
import type { SessionModel } from './model_loader.ts';
import { PageError } from './page_error.ts';
import type { ModelShelf } from './shelf.ts';
import { words } from './words/index.ts';

/**
 * The model to load first: that which was used last, if it is still here. Null leaves it at the demo model.
 *
 * @param kept the model that was used last
 * @param died the model that this tab died of while it loaded
 * @param report told why a model is not loaded
 */
export async function lastModel(
  kept: KeptChoice | null,
  died: string | null,
  shelf: Pick<ModelShelf, 'find'>,
  report: (error: GlanceError, title?: string) => void,
): Promise<SessionModel | null> {
  const said = words.lastModel;
  if (died !== null) {
    const message = died === kept?.id ? said.died : said.newDied;
    report(new PageError('out-of-memory', message, { details: { model: died } }), said.notLoadedTitle);
  }
  if (kept === null || kept.id === died) return null;
  const model = await shelf.find(kept.id);
  if (model !== null) return sessionModel(model, kept.contextLength);
  report(new PageError('model-not-stored', said.gone, { details: { model: kept.id } }));
  return null;
}
