import { html, LitElement, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { copyText } from '../clipboard.ts';
import { announceFrom } from '../copy_controller.ts';
import { copiedAnnouncement } from '../words.ts';

type Markdown = typeof import('../markdown/index.ts');

/** Reading Markdown is needed with the first answer only, not for the first paint. */
let markdown: Promise<Markdown> | null = null;
let loaded: Markdown | null = null;

/** How long a button says that it copied. */
const COPIED_MS = 2000;

/** An answer's text: Markdown, set as it grows. Rendered where it stands, for its surroundings to style. */
@customElement('glance-answer')
export class GlanceAnswer extends LitElement {
  @property({ attribute: false }) text = '';
  /** More will follow. */
  @property({ type: Boolean, reflect: true }) growing = false;
  @state() private ready = loaded !== null;
  #reader: InstanceType<Markdown['GrowingMarkdown']> | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener('click', this.#onClick);
    if (this.ready) return;
    markdown ??= import('../markdown/index.ts');
    markdown.then(
      (module) => {
        loaded = module;
        this.ready = true;
      },
      () => {
        // The text is there without it; the next answer tries again.
        markdown = null;
      },
    );
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener('click', this.#onClick);
  }

  protected override createRenderRoot() {
    return this;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('text') && this.text === '') this.#reader = null;
  }

  override render() {
    if (!this.ready || loaded === null) return html`<p class="plain" dir="auto">${this.text}</p>`;
    this.#reader ??= new loaded.GrowingMarkdown();
    return loaded.renderMarkdown(this.#reader.read(this.text, this.growing));
  }

  readonly #onClick = (event: Event) => {
    const button = event.target instanceof Element ? event.target.closest('.copy-code') : null;
    const code = button?.closest('figure')?.querySelector('code')?.textContent;
    if (!button || code === undefined || code === null) return;
    const label = button.textContent;
    void copyText(code).then((copied) => {
      button.textContent = copied ? 'Copied' : 'Could not copy';
      announceFrom(this, copiedAnnouncement(copied));
      setTimeout(() => {
        button.textContent = label;
      }, COPIED_MS);
    });
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-answer': GlanceAnswer;
  }
}
