import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** A part of an element that goes away, moves, or cannot be pressed any more takes the focus along: this gives it back. */
export class FocusKeeper implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement;
  readonly #next: () => HTMLElement | null | undefined;
  #held: HTMLElement | null = null;

  /** @param next what takes the focus where what held it is gone */
  constructor(host: ReactiveControllerHost & HTMLElement, next: () => HTMLElement | null | undefined) {
    this.#host = host;
    this.#next = next;
    host.addController(this);
  }

  hostUpdate(): void {
    this.#held = (this.#host.shadowRoot?.activeElement as HTMLElement | null | undefined) ?? null;
  }

  hostUpdated(): void {
    const held = this.#held;
    this.#held = null;
    if (held === null) return;
    const isUsable = held.isConnected && !held.matches(':disabled');
    if (!isUsable) this.#next()?.focus();
    // To be put elsewhere in the page is to be taken out for a moment.
    else if (this.#host.shadowRoot?.activeElement !== held) held.focus();
  }
}
