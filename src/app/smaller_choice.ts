import { catalogue, entryOf } from '../store/catalogue.ts';
import { CONTEXT_STEPS, nextSmaller, type SmallerChoice, shorterContext } from '../store/fit.ts';
import type { ModelChoice } from './model_loader.ts';

/** What to offer where the memory did not do for the chosen model. */
export function smallerChoice({ model, chosen }: ModelChoice): SmallerChoice | null {
  if (model.status !== 'failed' || chosen.id === null) return null;
  if (model.error.code !== 'out-of-memory' && model.error.code !== 'model-too-large') return null;
  const contextLength = chosen.contextLength ?? CONTEXT_STEPS[1];
  const known = entryOf(chosen.id);
  return known === null
    ? shorterContext(contextLength)
    : nextSmaller(catalogue, known.entry, known.file, contextLength);
}
