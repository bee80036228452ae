/** Context lengths of the model in use, with whether each fits. Pure. */
import { entryOf } from '../../store/catalogue.ts';
import { contextSteps, type Fit, fitOf, fitOfOutline } from '../../store/fit.ts';
import type { SessionModel } from '../model_loader.ts';
import type { ShelfState } from '../shelf.ts';

export interface ContextOption {
  /** In tokens. */
  readonly contextLength: number;
  /** Null where nothing is known of the machine, or of the model's size. */
  readonly fit: Fit | null;
}

/**
 * The lengths that the model can be loaded with.
 *
 * @param loaded the length that it has now, which is among them whatever else is
 * @returns none where nothing is known of the model, as of the demo model
 */
export function contextOptions(
  { id }: Pick<SessionModel, 'id'>,
  loaded: number | null,
  { models, machine }: Pick<ShelfState, 'models' | 'machine'>,
): ContextOption[] {
  const stored = models?.find((model) => model.id === id);
  const dimensions = stored?.outline?.dimensions ?? (id === null ? undefined : entryOf(id)?.entry.dimensions);
  if (stored === undefined || dimensions === undefined) return [];
  const { outline, sizeBytes } = stored;
  const lengths = new Set([...contextSteps(dimensions), ...(loaded === null ? [] : [loaded])]);
  return [...lengths]
    .toSorted((a, b) => a - b)
    .map((contextLength) => ({
      contextLength,
      fit:
        machine === null || sizeBytes === null
          ? null
          : outline === null
            ? fitOf(dimensions, sizeBytes, 0, machine, contextLength)
            : fitOfOutline(outline, sizeBytes, machine, { missingBytes: 0, contextLength }),
    }));
}
