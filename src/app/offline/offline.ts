import { type OfflineState, type VersionNews, versionLock } from '../../offline/messages.ts';

/** Between two questions for a new version, while the page is open. */
const CHECK_MS = 60 * 60_000;
/** A page that is looked at again asks, if this has passed since. */
const CHECK_AGAIN_MS = 10 * 60_000;

export interface OfflineStatus {
  /** Of this page; null where the site has not been built. */
  readonly version: string | null;
  /** Whether the browser keeps sites here. */
  readonly isPossible: boolean;
  /** What is kept; null until that is known. */
  readonly kept: OfflineState | null;
  /** Version that the next load of the page will have; null if it is this one. */
  readonly next: string | null;
}

/** Whether this page works without a network, and which version comes next. */
export class Offline {
  readonly #container: ServiceWorkerContainer | undefined = navigator.serviceWorker;
  readonly #listeners = new Set<() => void>();
  #status: OfflineStatus;
  #checkedAtMs = Date.now();

  /** @param version that the build has written into the page; null if none */
  constructor(version: string | null) {
    this.#status = { version, isPossible: this.#container !== undefined, kept: null, next: null };
    if (this.#container === undefined || version === null) return;
    // For as long as the page is open its version's files stay.
    void navigator.locks
      ?.request(
        versionLock(new URL('./', document.baseURI).href, version),
        { mode: 'shared' },
        () => new Promise(() => {}),
      )
      .catch(() => {});
    this.#container.addEventListener('message', ({ data }) => this.#hear(data));
    setInterval(() => this.#checkIfSeen(CHECK_MS), CHECK_AGAIN_MS);
    document.addEventListener('visibilitychange', () => this.#checkIfSeen(CHECK_AGAIN_MS));
  }

  get status(): OfflineStatus {
    return this.#status;
  }

  /** Calls the listener after every change; the returned function ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Has everything kept that is not yet; when nothing waits for the network. */
  async keep(): Promise<void> {
    await this.#ask(true);
  }

  /** Asks the site for a new version. Where there is no network, nothing happens. */
  async check(): Promise<void> {
    this.#checkedAtMs = Date.now();
    const registration = await this.#registration();
    await registration?.update().catch(() => {});
  }

  #checkIfSeen(afterMs: number): void {
    if (
      document.visibilityState === 'visible' &&
      navigator.onLine &&
      Date.now() - this.#checkedAtMs >= afterMs
    ) {
      void this.check();
    }
  }

  async #registration(): Promise<ServiceWorkerRegistration | undefined> {
    return this.#container?.getRegistration(document.baseURI).catch(() => undefined);
  }

  async #ask(fetch: boolean): Promise<void> {
    const worker = (await this.#registration())?.active;
    if (!worker || this.#status.version === null) return;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => this.#hear(data);
    worker.postMessage({ type: 'glance-keep', fetch }, [port2]);
  }

  #hear(data: OfflineState | VersionNews): void {
    const { version } = this.#status;
    if (data.type === 'glance-offline') {
      this.#update({ kept: data, next: data.version === version ? null : data.version });
    }
    if (data.type === 'glance-version') {
      this.#update({ next: data.version === version ? null : data.version });
      void this.#ask(false);
    }
  }

  #update(change: Partial<OfflineStatus>): void {
    this.#status = { ...this.#status, ...change };
    for (const listener of [...this.#listeners]) listener();
  }
}

/** The version that the build has written into the page; null if none. */
export function builtVersion(): string | null {
  return document.querySelector<HTMLMetaElement>('meta[name="glance-version"]')?.content ?? null;
}
