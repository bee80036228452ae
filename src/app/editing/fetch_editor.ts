import { PageError } from '../page_error.ts';
import { words } from '../words/index.ts';

/**
 * The editing view, and what turns and crops pictures. The first paint needs neither.
 *
 * @throws GlanceError `file-unreachable`
 */
export async function fetchPictureEditor() {
  try {
    const [{ renderEdit }] = await Promise.all([import('./render.ts'), import('./editor.ts')]);
    return { renderEdit };
  } catch (cause) {
    const details = { reason: String(cause) };
    throw new PageError('file-unreachable', words.pictureEditor.unreachable, { cause, details });
  }
}
