import type { KeepRequest, OfflineState, VersionNews } from '../../offline/messages.ts';

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

/** Whether there is a newer version, as far as the site could be asked. */
export type NextVersion = 'none' | 'coming' | 'unreachable';

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

  /** Has everything kept that is not yet; when nothing waits for the network. Waits for the service worker. */
  async keep(): Promise<void> {
    await this.#ask(true, await this.#container?.ready);
  }

  /** Asks the site for a new version. */
  async check(): Promise<NextVersion> {
    this.#checkedAtMs = Date.now();
    return lookForVersion(await this.#registration());
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

  async #ask(fetch: boolean, registration: ServiceWorkerRegistration | undefined): Promise<void> {
    const worker = registration?.active;
    if (!worker || this.#status.version === null) return;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => this.#hear(data);
    const request: KeepRequest = { type: 'glance-keep', fetch, hasWebgpu: 'gpu' in navigator };
    worker.postMessage(request, [port2]);
  }

  #hear(data: OfflineState | VersionNews): void {
    const { version, kept } = this.#status;
    if (data.type === 'glance-offline') {
      this.#update({ kept: data, next: data.version === version ? null : data.version });
    }
    if (data.type === 'glance-version' && data.scope === new URL('./', document.baseURI).href) {
      this.#update({ next: data.version === version ? null : data.version });
      // Its worker has not gone on with what the one before had only begun.
      const isUnfinished = kept !== null && kept.keptFiles < kept.files;
      void this.#registration().then((registration) => this.#ask(isUnfinished, registration));
    }
  }

  #update(change: Partial<OfflineStatus>): void {
    this.#status = { ...this.#status, ...change };
    for (const listener of [...this.#listeners]) listener();
  }
}

/** Asks for a newer service worker, which brings a newer version. */
export async function lookForVersion(
  registration: Pick<ServiceWorkerRegistration, 'update' | 'installing' | 'waiting' | 'active'> | undefined,
): Promise<NextVersion> {
  if (registration === undefined) return 'unreachable';
  const before = registration.active;
  try {
    await registration.update();
  } catch {
    return 'unreachable';
  }
  const { installing, waiting, active } = registration;
  return installing !== null || waiting !== null || active !== before ? 'coming' : 'none';
}
