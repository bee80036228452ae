/** Which model is loaded at the next visit. */
import type { StoredModel } from '../model/storage.ts';
import type { SessionModel } from './model_loader.ts';
import type { Session } from './session.ts';

/** The model that was used last. */
export interface KeptChoice {
  readonly id: string;
  readonly contextLength: number | null;
}

const CHOICE = 'glance-model';
const LOADING = 'glance-model-loading';

type Reading = Pick<Storage, 'getItem'>;
type Writing = Pick<Storage, 'setItem' | 'removeItem'>;

/** @param storage null where the browser keeps nothing for this page. */
export function keptChoice(storage: Reading | null): KeptChoice | null {
  try {
    const kept: unknown = JSON.parse(storage?.getItem(CHOICE) ?? 'null');
    if (typeof kept !== 'object' || kept === null) return null;
    const { id, contextLength } = kept as Record<string, unknown>;
    if (typeof id !== 'string') return null;
    return { id, contextLength: Number.isInteger(contextLength) ? (contextLength as number) : null };
  } catch {
    return null;
  }
}

/** Remembers the model that was loaded; the demo model is what comes without any. */
export function keepChoice({ id, contextLength }: SessionModel, storage: Writing | null): void {
  try {
    if (id === null) storage?.removeItem(CHOICE);
    else storage?.setItem(CHOICE, JSON.stringify({ id, contextLength: contextLength ?? null }));
  } catch {
    // A full storage: the next visit begins with the demo model.
  }
}

/** A kept model as the session loads it. */
export function sessionModel(
  { id, text, vision }: Pick<StoredModel, 'id' | 'text' | 'vision'>,
  contextLength: number | null,
): SessionModel {
  return {
    id,
    source: { kind: 'stored', text, ...(vision !== null && { vision }) },
    ...(contextLength !== null && { contextLength }),
  };
}

/**
 * Keeps account of the session's model: what is ready is remembered for the next visit, and what is being loaded
 * is written down for this tab, so that a tab that dies of it does not die again when it comes back.
 */
export function rememberModel(session: Session, storage: Storage | null, tab: Storage | null): void {
  const mark = (id: string | null) => {
    try {
      if (id === null) tab?.removeItem(LOADING);
      else tab?.setItem(LOADING, id);
    } catch {
      // Without storage there is nothing to remember.
    }
  };
  let seen = { status: session.state.model.status, chosen: session.state.chosen };
  session.subscribe(() => {
    const { model, chosen } = session.state;
    if (model.status === seen.status && chosen === seen.chosen) return;
    seen = { status: model.status, chosen };
    mark(model.status === 'loading' ? chosen.id : null);
    if (model.status === 'ready') keepChoice(chosen, storage);
  });
  // Leaving or reloading in the middle is no accident.
  addEventListener('pagehide', () => mark(null));
}

/** The model that this tab was loading when it died; null if it did not die so. */
export function diedLoading(tab: Reading | null): string | null {
  return tab?.getItem(LOADING) ?? null;
}

/** The tab's own storage, which outlives a crash and not the tab; null where the browser refuses it. */
export function tabStorage(): Storage | null {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}
