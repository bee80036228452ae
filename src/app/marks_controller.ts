import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { textSoFar } from './answering.ts';
import type { Conversation, Turn } from './conversation.ts';
import type { Mark } from './marks/find.ts';
import { type MarkedAnswer, type MarkReference, marksOn } from './marks/placing.ts';

const NONE: readonly Mark[] = [];

/** Knows the places on pictures that the answers of a page name, and which one the reader points at. */
export class MarksController implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #conversation: () => Conversation;
  readonly #found = new Map<string, readonly Mark[]>();
  #active: MarkReference | null = null;

  constructor(host: ReactiveControllerHost, conversation: () => Conversation) {
    this.#host = host;
    this.#conversation = conversation;
    host.addController(this);
  }

  hostConnected(): void {
    addEventListener('pointerdown', this.#pressed);
  }

  hostDisconnected(): void {
    removeEventListener('pointerdown', this.#pressed);
    this.#found.clear();
    this.#active = null;
  }

  /** An answer turned out to name these places. */
  found(turnId: string, marks: readonly Mark[]): void {
    this.#found.set(turnId, marks);
    this.#host.requestUpdate();
  }

  /** The places that an answer names; none while it is being asked for again. */
  of({ id, answer }: Turn): readonly Mark[] {
    return (textSoFar(answer) !== '' && this.#found.get(id)) || NONE;
  }

  /** What is drawn on a picture. */
  on(pictureId: string): MarkedAnswer | null {
    return marksOn(this.#conversation(), (turn) => this.of(turn), pictureId);
  }

  /** @param index null: the reader points at nothing any more */
  pointAt(turnId: string | undefined, index: number | null): void {
    this.#active = turnId === undefined || index === null ? null : { turnId, index };
    this.#host.requestUpdate();
  }

  /** Index of the answer's place that the reader points at. */
  activeOf(turnId: string): number | null {
    return this.#active?.turnId === turnId ? this.#active.index : null;
  }

  /** What a finger pointed at stays until it presses elsewhere. */
  readonly #pressed = (event: PointerEvent) => {
    const isPlace = (target: EventTarget) => target instanceof Element && target.matches('.place, .mark');
    if (this.#active === null || event.pointerType !== 'touch' || event.composedPath().some(isPlace)) return;
    this.#active = null;
    this.#host.requestUpdate();
  };
}
