/** Models as their rows show them, from what the session and the shelf know. Pure. */
import type { ModelOutline, StoredModel } from '../../model/storage.ts';
import { type CatalogueEntry, type CatalogueFile, downloadBytes, downloadOf } from '../../store/catalogue.ts';
import { contextSteps, type Fit } from '../../store/fit.ts';
import { quantizationOf } from '../../store/reference.ts';
import { missingBytes } from '../offer.ts';
import type { SessionState } from '../session.ts';
import type { ShelfState, Work } from '../shelf.ts';
import { words } from '../words/index.ts';
import type { ModelRow } from './model_row.ts';

export interface States {
  readonly session: SessionState;
  readonly shelf: ShelfState;
}

const BLANK: ModelRow = {
  name: '',
  facts: [],
  recommended: false,
  fit: null,
  machine: null,
  stored: null,
  builtIn: false,
  work: null,
  outcome: null,
  use: 'no',
  chosen: false,
  missingBytes: null,
  quantizations: [],
  quantization: null,
  contextLengths: [],
};

/** The model that comes with the site. */
export function demoRow(states: States): ModelRow {
  return {
    ...BLANK,
    name: words.model.pico,
    facts: [words.model.comesWithPage, words.model.parameters(2_200_000), 'Apache-2.0'],
    builtIn: true,
    use: usage(states, null),
  };
}

/**
 * A kept model that is not in the catalogue.
 *
 * @param fit null where nothing is known of the model, its size or the machine
 */
export function ownRow(states: States, stored: StoredModel, fit: Fit | null): ModelRow {
  const { work, outcomes, machine } = states.shelf;
  const { outline } = stored;
  return {
    ...BLANK,
    name: stored.name,
    facts: [
      ...outlineFacts(outline, stored.text),
      stored.vision === null ? words.model.textOnly : words.model.seesPictures,
    ],
    fit,
    machine,
    stored,
    work: work.get(stored.id) ?? null,
    outcome: outcomes.get(stored.id) ?? null,
    use: usage(states, stored.id, fit?.contextLength ?? null),
    chosen: states.session.chosen.id === stored.id,
    contextLengths: outline === null || fit === null ? [] : contextSteps(outline.dimensions),
  };
}

/** As their owners write what files name in small letters. */
const LICENSES: Readonly<Record<string, string>> = { 'apache-2.0': 'Apache-2.0', mit: 'MIT' };

/**
 * The small print of a model by what its files tell.
 *
 * @param name of the text file
 */
export function outlineFacts(outline: ModelOutline | null, name: string): string[] {
  const facts = [
    outline && words.model.parameters(outline.parameterCount),
    quantizationOf(name),
    outline?.license && (LICENSES[outline.license] ?? outline.license),
  ];
  return facts.filter((fact) => typeof fact === 'string');
}

/** A model of which nothing is kept yet. */
export function arrivingRow(work: Work): ModelRow {
  return { ...BLANK, name: work.name, facts: [words.model.onItsWay], work };
}

/** An entry of the catalogue in one quantisation. */
export function entryRow(
  states: States,
  entry: CatalogueEntry,
  file: CatalogueFile,
  stored: StoredModel | null,
  fit: Fit,
  recommended: boolean,
): ModelRow {
  const { work, outcomes, hub, machine } = states.shelf;
  const { id } = downloadOf(entry, file, hub);
  return {
    name: entry.name,
    facts: [words.model.parameters(entry.parameterCount), file.quantization, entry.license],
    recommended,
    fit,
    machine,
    // The catalogue's size until the server has told of all files.
    stored: stored && { ...stored, sizeBytes: stored.sizeBytes ?? downloadBytes(entry, file) },
    builtIn: false,
    work: work.get(id) ?? null,
    outcome: outcomes.get(id) ?? null,
    use: usage(states, id, fit.contextLength),
    chosen: states.session.chosen.id === id,
    missingBytes: missingBytes(states.shelf, entry, file),
    quantizations: entry.texts.map(({ quantization }) => quantization),
    quantization: file.quantization,
    contextLengths: contextSteps(entry.dimensions),
  };
}

/** With how much context the session has a model; null where that is not known, or it has another or none. */
export function usedContext({ session }: States, id: string): number | null {
  const { chosen, model } = session;
  if (chosen.id !== id || model.status === 'failed') return null;
  return chosen.contextLength ?? (model.status === 'ready' ? model.info.contextLength : null);
}

/** @param contextLength with which it would be used; null for any */
function usage(states: States, id: string | null, contextLength: number | null = null): ModelRow['use'] {
  const { chosen, model } = states.session;
  if (chosen.id !== id) return 'no';
  const used = id === null ? null : usedContext(states, id);
  if (contextLength !== null && used !== null && used !== contextLength) return 'no';
  return model.status === 'ready' ? 'ready' : model.status === 'loading' ? 'loading' : 'no';
}
