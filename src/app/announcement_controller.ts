import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { sayInDialogs } from './elements/dialog_status.ts';

/** Where a page says what a screen reader is to hear: in the dialog that is open, else in the page itself. */
export class AnnouncementController implements ReactiveController {
  readonly #latest: () => string;
  #announcement = '';
  #isSaidAside = false;

  /** @param latest what is to be said, read before every update */
  constructor(host: ReactiveControllerHost, latest: () => string) {
    this.#latest = latest;
    host.addController(this);
  }

  /** What the page's own live region says. */
  get text(): string {
    return this.#isSaidAside ? '' : this.#announcement;
  }

  hostUpdate(): void {
    const announcement = this.#latest();
    if (announcement === this.#announcement) return;
    this.#announcement = announcement;
    this.#isSaidAside = sayInDialogs(announcement);
  }
}
