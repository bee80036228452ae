import { throwIfAborted } from '../../model/errors.ts';
import type { Answered } from '../answered.ts';
import { failureOf, showFailure } from './failure.ts';
import { GlanceElement } from './glance_element.ts';

/**
 * `<glance-ask image="#photo" question="What is this?">`: one answer, in place.
 *
 * Attributes: those that all elements have (`model`, `system`, `image`, `theme`, ...), `question`, and `when`: asked
 * when it comes into view (`visible`), at once (`load`), or when its button is pressed (`click`), which says what
 * `label` says. Parts: `answer`, `progress`, `error`, `button`.
 */
export class GlanceAsk extends GlanceElement {
  /** @internal */
  static override readonly observedAttributes = [...GlanceElement.observedAttributes, 'when', 'label'];

  #observer: IntersectionObserver | null = null;
  #asked: AbortController | null = null;
  #isQueued = false;
  #endTheme = () => {};

  /** What is asked. Another question, or another picture, is asked at once if the one before was. */
  get question(): string {
    return this.getAttribute('question') ?? '';
  }

  set question(question: string) {
    this.reflect('question', question);
  }

  /** When it is asked: when it comes into view, at once, or when its button is pressed. */
  get when(): 'visible' | 'load' | 'click' {
    const when = this.getAttribute('when');
    return when === 'load' || when === 'click' ? when : 'visible';
  }

  set when(when: 'visible' | 'load' | 'click') {
    this.reflect('when', when);
  }

  /** What the button says; default: the question. */
  get label(): string {
    return this.getAttribute('label') ?? this.question;
  }

  set label(label: string) {
    this.reflect('label', label);
  }

  /** @internal */
  override connectedCallback(): void {
    super.connectedCallback();
    // A line of its own from the start: an empty box within a line may lie outside the view, behind a wide picture.
    this.#openRoot();
    this.#await();
  }

  /** @internal */
  override disconnectedCallback(): void {
    this.#observer?.disconnect();
    this.#observer = null;
    super.disconnectedCallback();
  }

  /**
   * Asks the question about the picture, also once more.
   *
   * @throws GlanceError about the question, the model or the picture; `aborted` if another one has been asked since, or
   * the element has left the page
   */
  async ask(): Promise<Answered> {
    this.#observer?.disconnect();
    this.#asked?.abort();
    const asked = new AbortController();
    this.#asked = asked;
    // The answer to what was asked before is none to this.
    this.setValue('');
    const conversation = await this.conversation();
    throwIfAborted(asked.signal);
    await this.#draw();
    throwIfAborted(asked.signal);
    await conversation.clear();
    return conversation.ask(this.question, this.image, asked.signal);
  }

  /** Ends the answer being made; what it said so far stays. */
  stop(): void {
    this.#asked?.abort();
  }

  /** @internal */
  override formResetCallback(): void {
    this.setValue('');
  }

  /** @internal */
  protected override attributeChanged(name: string): void {
    if (!this.isConnected) return;
    if (name === 'when' || name === 'label') this.#await();
    if (name === 'disabled') {
      const view = this.shadowRoot?.querySelector('glance-answer-view');
      if (view != null) view.disabled = this.isDisabled;
      if (!this.isDisabled) this.#await();
    }
    if ((name === 'question' || name === 'image') && this.#asked !== null) this.#askSoon();
    // The moment to ask may have passed without one, and the button may say it.
    else if (name === 'question') this.#await();
  }

  /** @internal */
  protected override get anchor(): HTMLElement | null {
    return this.shadowRoot?.querySelector('glance-answer-view')?.whole ?? null;
  }

  /** @internal */
  protected override ended(): void {
    this.#asked?.abort();
    this.#asked = null;
    this.#endTheme();
    this.shadowRoot?.replaceChildren(document.createElement('slot'));
  }

  /** Waits for the moment to ask. */
  #await(): void {
    this.#observer?.disconnect();
    if (this.#asked !== null) return;
    if (this.when === 'load') {
      this.#askSoon();
      return;
    }
    if (this.when === 'click') {
      this.#draw().catch((error) => this.#fail(error));
      return;
    }
    this.#observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) this.#askSoon();
    });
    this.#observer.observe(this);
  }

  /** Once for all attributes that change together. */
  #askSoon(): void {
    if (this.#isQueued) return;
    this.#isQueued = true;
    setTimeout(() => {
      this.#isQueued = false;
      if (this.isConnected && this.question.trim() !== '' && !this.isDisabled) this.#askAndShow();
    });
  }

  #askAndShow(): void {
    this.ask().catch((error) => this.#fail(error));
  }

  /** The conversation shows and tells what became of its questions. */
  #isShown(error: unknown): boolean {
    const view = this.shadowRoot?.querySelector('glance-answer-view');
    const answer = view?.session.state.conversation.turns.at(-1)?.answer;
    return answer?.state === 'failed' && answer.error === error;
  }

  /** Of what came before there was a question: no such picture, a part that could not be fetched. */
  #fail(thrown: unknown): void {
    const error = failureOf(thrown);
    if (error.code === 'aborted' || this.#isShown(thrown)) return;
    const root = this.#openRoot();
    showFailure(root, error, () => this.#askAndShow());
    this.tellError(error);
  }

  #openRoot(): ShadowRoot {
    if (this.shadowRoot !== null) return this.shadowRoot;
    const root = this.attachShadow({ mode: 'open' });
    const styles = new CSSStyleSheet();
    styles.replaceSync(ASK_STYLES);
    root.adoptedStyleSheets = [styles];
    // Until what draws is there.
    root.append(document.createElement('slot'));
    return root;
  }

  async #draw(): Promise<void> {
    const { life } = this;
    const root = this.#openRoot();
    const [conversation, { followSurroundings }] = await Promise.all([
      this.conversation(),
      import('./lazy.ts'),
    ]);
    if (life.aborted) return;
    let view = root.querySelector('glance-answer-view');
    if (view === null) {
      const sheet = new CSSStyleSheet();
      this.#endTheme();
      this.#endTheme = followSurroundings(this, sheet);
      root.adoptedStyleSheets = [sheet, ...root.adoptedStyleSheets.slice(-1)];
      view = document.createElement('glance-answer-view');
      view.session = conversation.session;
      view.setAttribute('exportparts', 'answer, progress, error, button');
      view.addEventListener('asked', (event) => {
        event.stopPropagation();
        this.#askAndShow();
      });
      root.replaceChildren(view);
      void view.updateComplete.then(() => this.validate());
    }
    view.prompt = this.when === 'click' ? this.label : null;
    view.disabled = this.isDisabled;
  }
}

/** As the text around it. */
const ASK_STYLES = `
  :host { display: block; min-block-size: 1lh; color: inherit; font: inherit; }
  :host([hidden]) { display: none !important; }
`;
