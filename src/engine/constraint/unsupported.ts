import { GlanceError } from '../../model/errors.ts';

/**
 * What is thrown inside where a format cannot be kept to.
 *
 * @param part where in the format: a JSON pointer, a line, a piece of a pattern
 * @param problem what is the matter there, as the end of a sentence
 */
export function unsupported(part: string, problem: string): GlanceError {
  return new GlanceError(
    'format-unsupported',
    `The answer cannot be held to this format: at ${part}, ${problem}. Change that part of the format, or leave it out.`,
    { details: { part, problem } },
  );
}
