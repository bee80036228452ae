import { DEFAULT_SETTINGS, readSettings, type Settings } from './settings.ts';
import { SETTINGS_KEY } from './theme.ts';

/** The part of `localStorage` that is needed. */
type SettingsStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Where other tabs' changes are heard: the window. */
type StorageEvents = Pick<EventTarget, 'addEventListener'>;

/** The reader's settings: kept in the browser, the same in all tabs. */
export class SettingsStore {
  readonly #storage: SettingsStorage | null;
  readonly #listeners = new Set<() => void>();
  #state: Settings;
  /** Whether the storage holds the state. */
  #isKept: boolean;

  /**
   * @param storage null where the browser keeps nothing for this page: settings then hold for this visit
   * @param events default: none, other tabs are not heard
   */
  constructor(storage: SettingsStorage | null, events?: StorageEvents) {
    this.#storage = storage;
    this.#isKept = storage !== null;
    this.#state = this.#read();
    events?.addEventListener('storage', (event) => {
      const { key } = event as StorageEvent;
      // Null: everything was cleared.
      if (key === SETTINGS_KEY || key === null) this.#become(this.#read());
    });
  }

  get state(): Settings {
    return this.#state;
  }

  /** Calls the listener after every change; the returned function ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Sets some. Values that no setting may have are left out, as they are when they are read. */
  change(change: Partial<Settings>): void {
    // Another tab may have changed others since.
    const next = readSettings({ ...(this.#isKept ? this.#read() : this.#state), ...change });
    try {
      this.#storage?.setItem(SETTINGS_KEY, JSON.stringify(next));
      this.#isKept = this.#storage !== null;
    } catch {
      // A full storage: it holds for this visit only.
      this.#isKept = false;
    }
    this.#become(next);
  }

  /** All as they were at the first visit. */
  reset(): void {
    try {
      this.#storage?.removeItem(SETTINGS_KEY);
    } catch {
      // Nothing could be kept, so nothing is.
    }
    this.#become(DEFAULT_SETTINGS);
  }

  #read(): Settings {
    try {
      return readSettings(JSON.parse(this.#storage?.getItem(SETTINGS_KEY) ?? 'null'));
    } catch {
      return DEFAULT_SETTINGS;
    }
  }

  #become(next: Settings): void {
    if (JSON.stringify(next) === JSON.stringify(this.#state)) return;
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }
}
