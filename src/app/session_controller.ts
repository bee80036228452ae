import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** What tells of its changes: the session, the shelf. */
interface Observable {
  subscribe(listener: () => void): () => void;
}

/**
 * Redraws an element when the session, or another such source, changes, at most once a frame: tokens can
 * arrive many times as fast as the screen shows them.
 */
export class SessionController implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #session: Observable;
  #unsubscribe: (() => void) | null = null;
  #frame = 0;

  constructor(host: ReactiveControllerHost, session: Observable) {
    this.#host = host;
    this.#session = session;
    host.addController(this);
  }

  hostConnected(): void {
    this.#unsubscribe = this.#session.subscribe(() => {
      if (this.#frame !== 0) return;
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0;
        this.#host.requestUpdate();
      });
    });
  }

  hostDisconnected(): void {
    this.#unsubscribe?.();
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }
}
