import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { copyText } from './clipboard.ts';
import { copiedAnnouncement } from './phrases.ts';

/** How long it stands whether copying worked. */
const OUTCOME_MS = 2000;

/** Copies text for an element, which shows for a moment how that went; a screen reader hears it. */
export class CopyController implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #outcome: 'copied' | 'refused' | null = null;

  constructor(host: ReactiveControllerHost & HTMLElement) {
    this.#host = host;
    host.addController(this);
  }

  /** How the last try went, if it was a moment ago. */
  get outcome(): 'copied' | 'refused' | null {
    return this.#outcome;
  }

  hostDisconnected(): void {
    clearTimeout(this.#timer);
    this.#outcome = null;
  }

  async copy(text: string): Promise<void> {
    const copied = await copyText(text);
    clearTimeout(this.#timer);
    this.#show(copied ? 'copied' : 'refused');
    this.#timer = setTimeout(() => this.#show(null), OUTCOME_MS);
    announceFrom(this.#host, copiedAnnouncement(copied));
  }

  #show(outcome: 'copied' | 'refused' | null): void {
    this.#outcome = outcome;
    this.#host.requestUpdate();
  }
}

/** Has a screen reader say this: the page hears the `announce` event and owns the live region. */
export function announceFrom(element: HTMLElement, words: string): void {
  element.dispatchEvent(
    new CustomEvent<string>('announce', { detail: words, bubbles: true, composed: true }),
  );
}
