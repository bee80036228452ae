/** What a tab keeps to itself, such as a draft, is kept under the tab's name, which outlives a reload. */
import { newId } from '../new_id.ts';

const KEY = 'glance-tab';
const LOCK = 'glance-tab:';
const ANSWER_LOCK = 'glance-answer:';

/** Long enough for the page before a reload to end. */
const RELOAD_MS = 1500;

export class Tab {
  readonly id: string;
  readonly #locks: LockManager | undefined;

  private constructor(id: string, locks: LockManager | undefined) {
    this.id = id;
    this.#locks = locks;
  }

  /**
   * Takes the name that this tab had before a reload, or a new one. A tab that was duplicated finds its name
   * taken.
   *
   * @param storage of the tab; null where the browser keeps nothing
   * @param locks undefined on pages without TLS
   */
  static async enter(
    storage: Pick<Storage, 'getItem' | 'setItem'> | null,
    locks: LockManager | undefined,
  ): Promise<Tab> {
    const kept = storage?.getItem(KEY) ?? null;
    const isFree = kept !== null && (locks === undefined || (await hold(locks, LOCK + kept, RELOAD_MS)));
    const id = isFree ? kept : newId();
    if (!isFree && locks !== undefined) await hold(locks, LOCK + id, RELOAD_MS);
    try {
      storage?.setItem(KEY, id);
    } catch {
      // A full storage: after a reload the draft counts as that of a tab that is gone, and is found as such.
    }
    return new Tab(id, locks);
  }

  /** Which of these tabs are gone; none where browsers do not tell. */
  async gone(tabs: readonly string[]): Promise<string[]> {
    if (this.#locks === undefined) return [];
    const held = await heldNames(this.#locks);
    return tabs.filter((tab) => !held.has(LOCK + tab));
  }

  /** Tells other tabs, while the promise is pending, that this tab makes the answer. */
  answering(turnId: string, ended: Promise<void>): void {
    void this.#locks?.request(ANSWER_LOCK + turnId, () => ended).catch(() => {});
  }

  /** Which of these turns are being answered in some tab; null where browsers do not tell. */
  async beingAnswered(turnIds: readonly string[]): Promise<Set<string> | null> {
    if (this.#locks === undefined) return null;
    const held = await heldNames(this.#locks);
    return new Set(turnIds.filter((id) => held.has(ANSWER_LOCK + id)));
  }
}

async function heldNames(locks: LockManager): Promise<Set<string | undefined>> {
  const { held = [] } = await locks.query();
  return new Set(held.map(({ name }) => name));
}

/** Holds a lock for as long as the page lives. @returns false if it is not free in time */
function hold(locks: LockManager, name: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    locks
      .request(name, { signal: AbortSignal.timeout(timeoutMs) }, () => {
        resolve(true);
        return new Promise<never>(() => {});
      })
      .catch(() => resolve(false));
  });
}
