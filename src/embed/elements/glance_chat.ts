import type { Answered } from '../answered.ts';
import type { EmbeddedConversation } from '../conversation.ts';
import type { PictureSource } from '../picture_source.ts';
import { failureOf, showFailure } from './failure.ts';
import { GlanceElement } from './glance_element.ts';

/** How {@link GlanceChat.ask} asks. */
export interface ChatAskOptions {
  /**
   * What is asked about; default: the pictures in the composer, the element's own among them, and those asked about
   * before.
   */
  image?: PictureSource | null;
  /** Stops the answer, which then holds what was said so far. */
  signal?: AbortSignal;
}

/** Heights that the attribute `size` stands for. */
const SIZES: Readonly<Record<string, string>> = {
  small: '360px',
  medium: '520px',
  large: '720px',
  fill: '100%',
};

/** Events of the parts within, which mean nothing outside. */
const INNER_EVENTS = [
  'announce',
  'pictures-edited',
  'show-privacy',
  'pictures-ordered',
  'edit-picture',
  'detail-chosen',
  'capture-failed',
  'parts-wanted',
  'ask',
  'camera-failed',
  'cancel-edit',
  'choose-model',
  'continue',
  'device-chosen',
  'dismiss-notice',
  'edit',
  'emptied',
  'engaged',
  'enlarge-picture',
  'load-again',
  'mark-active',
  'marks-found',
  'new-conversation',
  'pictures-chosen',
  'question-typed',
  'remove-picture',
  'retry',
  'shorten',
  'show-picture',
  'stop',
  'use-demo',
  'use-smaller',
  'version-chosen',
];

/**
 * `<glance-chat>`: a conversation about pictures.
 *
 * Attributes: `model`, `vision`, `system`, `image`, `theme`, `size` (`small`, `medium`, `large`, `fill`), `preload`
 * (`none`: the model is loaded when somebody begins to ask; `auto`: at once), `base`, `device`, `context-length`; in
 * forms `name` and `required`.
 *
 * Slots: the default one is shown before the first question; `title`; `header`, in place of the whole bar. Parts:
 * `header`, `conversation`, `welcome`, `turn`, `question`, `answer`, `composer`; `error` and `button` where Glance itself
 * cannot be loaded. Colours and type are the custom
 * properties of the site (`--accent`, `--paper`, ...), which can be set on the element.
 */
export class GlanceChat extends GlanceElement {
  /** @internal */
  static override readonly observedAttributes = [...GlanceElement.observedAttributes, 'size', 'preload'];

  #isDrawn = false;
  /** The conversation that has the element's picture in its composer, or on its way there. */
  #pictured: EmbeddedConversation | null = null;
  #height: CSSStyleSheet | null = null;
  #slotted: MutationObserver | null = null;
  #endTheme = () => {};

  /** `small`, `medium` (the default), `large`, or `fill`, which is as high as what is around it. */
  get size(): string {
    return this.getAttribute('size') ?? 'medium';
  }

  set size(size: string) {
    this.reflect('size', size);
  }

  /** When the model is loaded: when somebody begins to ask (`none`, the default), or at once (`auto`). */
  get preload(): 'none' | 'auto' {
    return this.getAttribute('preload') === 'auto' ? 'auto' : 'none';
  }

  set preload(preload: 'none' | 'auto') {
    this.reflect('preload', preload);
  }

  /** @internal */
  override connectedCallback(): void {
    super.connectedCallback();
    void this.#draw();
  }

  /**
   * Asks as the reader would, and waits for the answer.
   *
   * @throws GlanceError about the question, the model or the picture; `aborted` if nothing had been said
   */
  async ask(question: string, { image = null, signal }: ChatAskOptions = {}): Promise<Answered> {
    const conversation = await this.conversation();
    this.#showPicture(conversation);
    return conversation.ask(question, image, signal);
  }

  /** Ends the answer being made; what it said so far stays. */
  stop(): void {
    if (this.hasConversation)
      this.conversation().then(
        ({ session }) => session.stop(),
        () => {},
      );
  }

  /** Begins a new conversation. */
  async clear(): Promise<void> {
    this.setValue('');
    if (this.hasConversation) await (await this.conversation()).clear();
  }

  /** @internal */
  override formResetCallback(): void {
    void this.clear();
  }

  override focus(options?: FocusOptions): void {
    this.shadowRoot?.querySelector('glance-chat-view')?.focus(options);
  }

  /** @internal */
  protected override attributeChanged(name: string): void {
    if (name === 'image') {
      this.#pictured = null;
      if (this.#isDrawn) {
        this.conversation().then(
          (conversation) => this.#showPicture(conversation),
          () => {},
        );
      }
    }
    if (name === 'size') this.#fit();
    if (name === 'disabled' && this.shadowRoot?.firstElementChild) {
      (this.shadowRoot.firstElementChild as HTMLElement).inert = this.isDisabled;
    }
    if (name === 'preload' && this.preload === 'auto' && this.#isDrawn) {
      this.conversation().then(
        ({ session }) => session.load(),
        () => {},
      );
    }
  }

  /** @internal */
  protected override get anchor(): HTMLElement | null {
    return this.shadowRoot?.querySelector('glance-chat-view')?.field ?? null;
  }

  /** @internal */
  protected override ended(): void {
    this.#isDrawn = false;
    this.#slotted?.disconnect();
    this.#endTheme();
    this.shadowRoot?.replaceChildren();
  }

  async #draw(): Promise<void> {
    if (this.#isDrawn) return;
    this.#isDrawn = true;
    const { life } = this;
    const root = this.shadowRoot ?? this.#openRoot();
    this.#fit();
    // Until what draws is there.
    root.replaceChildren(document.createElement('slot'));
    try {
      const [conversation, { followSurroundings, openShelf }] = await Promise.all([
        this.conversation(),
        import('./lazy.ts'),
      ]);
      if (life.aborted || !this.isConnected) return;
      const sheet = new CSSStyleSheet();
      this.#endTheme();
      this.#endTheme = followSurroundings(this, sheet, CHAT_STYLES);
      root.adoptedStyleSheets = [...root.adoptedStyleSheets.slice(0, 1), sheet];
      const view = document.createElement('glance-chat-view');
      view.session = conversation.session;
      view.demo = conversation.demo;
      view.openShelf = openShelf;
      view.inert = this.isDisabled;
      view.setAttribute('exportparts', 'header, conversation, welcome, turn, question, answer, composer');
      this.#passSlots(view);
      this.#slotted = new MutationObserver(() => this.#passSlots(view));
      this.#slotted.observe(this, { childList: true });
      view.addEventListener('engaged', () => void conversation.session.load(), { once: true });
      root.replaceChildren(view);
      void view.updateComplete.then(() => this.validate());
      if (this.preload === 'auto') void conversation.session.load();
      this.#showPicture(conversation);
    } catch (thrown) {
      if (life.aborted) return;
      this.#isDrawn = false;
      if (!this.isConnected) return;
      const error = failureOf(thrown);
      showFailure(root, error, () => void this.#draw());
      this.tellError(error);
    }
  }

  /** Once for each picture, whoever is first. What becomes of it is told by events. */
  #showPicture(conversation: EmbeddedConversation): void {
    if (this.#pictured === conversation) return;
    this.#pictured = conversation;
    conversation.setPicture(this.image).catch(() => {});
  }

  /** What the page has put into the element goes to the view; where there is nothing, the view has words of its own. */
  #passSlots(view: HTMLElement): void {
    const filled = new Set(
      [...this.childNodes]
        .filter((node) => node instanceof Element || node.textContent?.trim() !== '')
        .map((node) => (node instanceof Element ? node.slot : '')),
    );
    const slots = [...filled].map((name) => {
      const slot = document.createElement('slot');
      slot.name = name;
      slot.slot = name;
      return slot;
    });
    view.replaceChildren(...slots);
  }

  #openRoot(): ShadowRoot {
    const root = this.attachShadow({ mode: 'open', delegatesFocus: true });
    this.#height = new CSSStyleSheet();
    root.adoptedStyleSheets = [this.#height];
    for (const type of INNER_EVENTS) root.addEventListener(type, (event) => event.stopPropagation());
    return root;
  }

  #fit(): void {
    const height = SIZES[this.size] ?? SIZES.medium;
    this.#height?.replaceSync(`:host { display: block; block-size: ${height}; }`);
  }
}

const CHAT_STYLES = `
  :host {
    overflow: hidden;
    border: 1px solid var(--line);
    border-radius: 14px;
    background: var(--paper);
  }
  :host([hidden]) { display: none !important; }
`;
