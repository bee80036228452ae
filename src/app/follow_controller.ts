import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** A reader this near the end, in pixels, is taken along by new text; one further up is left in peace. */
const FOLLOW_WITHIN = 64;

/** What is read, once it is rendered: what scrolls, and the text in it, which is null while there is none. */
export interface FollowedText {
  scroller: HTMLElement;
  text: HTMLElement | null;
}

/** Keeps the end of a growing text in view for a reader who is there. */
export class FollowController implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #parts: () => FollowedText;
  #observer: ResizeObserver | null = null;
  readonly #observed = new Set<HTMLElement>();
  #following = true;
  /** Where the scroller stood when that was last known. */
  #top = 0;

  constructor(host: ReactiveControllerHost, parts: () => FollowedText) {
    this.#host = host;
    this.#parts = parts;
    host.addController(this);
  }

  /** Whether the reader is at the end. */
  get following(): boolean {
    return this.#following;
  }

  hostConnected(): void {
    this.#observer = new ResizeObserver(this.#follow);
  }

  hostDisconnected(): void {
    this.#observer?.disconnect();
    this.#observed.clear();
  }

  hostUpdated(): void {
    const { scroller, text } = this.#parts();
    const wanted = text === null ? [scroller] : [scroller, text];
    for (const element of this.#observed) {
      if (wanted.includes(element)) continue;
      this.#observer?.unobserve(element);
      this.#observed.delete(element);
    }
    for (const element of wanted) {
      if (this.#observed.has(element)) continue;
      this.#observer?.observe(element);
      this.#observed.add(element);
    }
  }

  /** To be called when the text was scrolled, by whomever. */
  readonly scrolled = (): void => {
    const { scrollHeight, scrollTop, clientHeight } = this.#parts().scroller;
    const isAtEnd = scrollHeight - scrollTop - clientHeight <= FOLLOW_WITHIN;
    // Of a scroll is told a frame later, when much may have been added: only who goes up has left the end.
    this.#set(isAtEnd || (this.#following && scrollTop >= this.#top));
    this.#top = scrollTop;
  };

  readonly toLatest = (): void => {
    this.#set(true);
    const { scroller } = this.#parts();
    scroller.scrollTop = scroller.scrollHeight;
    this.#top = scroller.scrollTop;
  };

  readonly #follow = () => {
    if (this.#following && this.#parts().text !== null) this.toLatest();
  };

  #set(following: boolean): void {
    if (following === this.#following) return;
    this.#following = following;
    this.#host.requestUpdate();
  }
}
