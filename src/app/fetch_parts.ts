import { PageError } from './page_error.ts';
import { words } from './words/index.ts';

let parts: Promise<unknown> | null = null;

/**
 * The elements that show pictures, questions and answers. The first paint does not need them: their places are
 * there before, and are filled when they come.
 *
 * @throws GlanceError `file-unreachable`
 */
export async function fetchParts(): Promise<void> {
  parts ??= import('./elements/parts.ts');
  try {
    await parts;
  } catch (cause) {
    // The next try asks the network again.
    parts = null;
    throw new PageError('file-unreachable', words.unreachable.parts, {
      cause,
      details: { reason: String(cause) },
    });
  }
}
