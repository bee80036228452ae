/** The real model that the page offers after the demo model's first answer. */
import type { ModelDownload, StoredModel } from '../model/storage.ts';
import {
  type CatalogueEntry,
  type CatalogueFile,
  catalogue,
  downloadBytes,
  downloadOf,
  entryOf,
} from '../store/catalogue.ts';
import { type Fit, fitOfEntry, type Machine, recommend } from '../store/fit.ts';
import { keyOfUrl } from '../store/hub.ts';
import type { ShelfState, Work } from './shelf.ts';

/** Where a model of the catalogue stands. */
export interface Offer {
  readonly entry: CatalogueEntry;
  readonly file: CatalogueFile;
  readonly fit: Fit;
  /** What is kept of it; null if nothing is. */
  readonly stored: StoredModel | null;
  /** What is being done with it just now. */
  readonly work: Work | null;
  /** The last work on it failed. */
  readonly failed: boolean;
  /** Yet to be downloaded. */
  readonly missingBytes: number;
}

/**
 * A model that is here already, else the one to begin with on this machine.
 *
 * @returns null where nothing is known yet, or nothing of the catalogue that sees pictures runs here
 */
export function offerOf(shelf: ShelfState): Offer | null {
  const { machine, models } = shelf;
  if (machine === null || models === null) return null;
  const kept = models.find(({ id, complete }) => complete && entryOf(id)?.entry.vision);
  const known = kept && entryOf(kept.id);
  const entry = known ? known.entry : recommendedEntry(shelf, machine, models);
  if (entry === null) return null;
  const file = known ? known.file : entry.texts[0]!;
  const { id } = downloadOf(entry, file, shelf.hub);
  const stored = storedOf(shelf, entry, file);
  const missing = missingBytes(shelf, entry, file);
  return {
    entry,
    file,
    fit: fitOfEntry(entry, file, machine, { missingBytes: missing }),
    stored,
    work: shelf.work.get(id) ?? null,
    failed: shelf.outcomes.get(id)?.kind === 'failed',
    missingBytes: missing,
  };
}

/** The entry of the catalogue to begin with on this machine, what is kept already taken into account. */
export function recommendedEntry(
  shelf: ShelfState,
  machine: Machine,
  models: readonly StoredModel[],
): CatalogueEntry | null {
  return recommend(catalogue, machine, (entry) => missingBytes({ ...shelf, models }, entry, entry.texts[0]!));
}

/** What is kept of an entry in one quantisation; null if nothing is. */
export function storedOf(
  { models, hub }: Pick<ShelfState, 'models' | 'hub'>,
  entry: CatalogueEntry,
  file: CatalogueFile,
): StoredModel | null {
  const { id } = downloadOf(entry, file, hub);
  return models?.find((model) => model.id === id) ?? null;
}

/** What is yet to be downloaded of an entry, by the catalogue's sizes until the server has told its own. */
export function missingBytes(
  shelf: Pick<ShelfState, 'models' | 'hub'>,
  entry: CatalogueEntry,
  file: CatalogueFile,
): number {
  const stored = storedOf(shelf, entry, file);
  if (stored?.complete) return 0;
  const storedBytes = stored?.storedBytes ?? sharedBytes(shelf, downloadOf(entry, file, shelf.hub));
  return Math.max(0, downloadBytes(entry, file) - storedBytes);
}

/** What is here of the mmproj file of a model that is not: all quantisations see with the same. */
function sharedBytes({ models }: Pick<ShelfState, 'models'>, { vision }: ModelDownload): number {
  const key = vision && keyOfUrl(vision);
  const files = models?.flatMap((model) => model.files);
  return files?.find((file) => file.key === key)?.storedBytes ?? 0;
}

const DECLINED = 'glance-offer-declined';

/** Whether the reader has put the offer away. @param storage null where the browser keeps nothing */
export function offerDeclined(storage: Pick<Storage, 'getItem'> | null): boolean {
  return storage?.getItem(DECLINED) === 'yes';
}

/** Puts the offer away, for later visits too. */
export function declineOffer(storage: Pick<Storage, 'setItem'> | null): void {
  try {
    storage?.setItem(DECLINED, 'yes');
  } catch {
    // A full storage: it is offered again at the next visit.
  }
}
