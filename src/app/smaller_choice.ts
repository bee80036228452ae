import { catalogue, entryOf } from '../store/catalogue.ts';
import {
  CONTEXT_STEPS,
  nextSmaller,
  type SmallerChoice,
  shorterContext,
  smallerModel,
} from '../store/fit.ts';
import type { ModelChoice } from './model_loader.ts';

/**
 * What to offer where the memory did not do for the chosen model. A model that is too large for the CPU is so
 * with any context, and all of the catalogue is.
 */
export function smallerChoice({ model, chosen }: ModelChoice): SmallerChoice | null {
  if (model.status !== 'failed' || chosen.id === null) return null;
  const { code, details } = model.error;
  if (code !== 'out-of-memory') return null;
  const known = entryOf(chosen.id);
  // Weights come before keys and values: no context is short enough where they alone are too much.
  if (details.category === 'weights') {
    return known && smallerModel(catalogue, known.entry, known.file);
  }
  const contextLength = chosen.contextLength ?? CONTEXT_STEPS[1];
  return known === null
    ? shorterContext(contextLength)
    : nextSmaller(catalogue, known.entry, known.file, contextLength);
}
