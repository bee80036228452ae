import { PageError } from '../page_error.ts';
import { words } from '../words/index.ts';

/**
 * The editing view. The first paint does not need it.
 *
 * @throws GlanceError `file-unreachable`
 */
export async function fetchPictureEditor() {
  try {
    return await import('./editor.ts');
  } catch (cause) {
    const details = { reason: String(cause) };
    throw new PageError('file-unreachable', words.pictureEditor.unreachable, { cause, details });
  }
}
