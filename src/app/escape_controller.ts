import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { openTurn } from './conversation.ts';
import type { Session } from './session.ts';

/** What Escape does on the page. */
export interface EscapePage {
  session(): Session;
  /** Something lies over the page that closes by Escape, and nothing else is meant then. */
  isCovered(): boolean;
  stop(): void;
  cancelEdit(): void;
}

/** Escape stops the answer that is being made, or leaves the question that is being edited. */
export class EscapeController implements ReactiveController {
  readonly #page: EscapePage;

  constructor(host: ReactiveControllerHost, page: EscapePage) {
    this.#page = page;
    host.addController(this);
  }

  hostConnected(): void {
    addEventListener('keydown', this.#key);
  }

  hostDisconnected(): void {
    removeEventListener('keydown', this.#key);
  }

  readonly #key = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented) return;
    const page = this.#page;
    if (page.isCovered()) return;
    const { conversation } = page.session().state;
    if (openTurn(conversation) !== null) page.stop();
    else if (conversation.editing !== null) page.cancelEdit();
    else return;
    event.preventDefault();
  };
}
