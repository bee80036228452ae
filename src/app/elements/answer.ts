import { html, LitElement, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { copyText } from '../clipboard.ts';
import { announceFrom } from '../copy_controller.ts';
import type { Mark } from '../marks/find.ts';
import { copiedAnnouncement } from '../phrases.ts';
import { words } from '../words/index.ts';

type Markdown = typeof import('../markdown/index.ts');

/** Reading Markdown is needed with the first answer only, not for the first paint. */
let markdown: Promise<Markdown> | null = null;
let loaded: Markdown | null = null;

/** How long a button says that it copied. */
const COPIED_MS = 2000;

/** A press counts too: touch screens know no hovering. */
const POINTING = ['pointerover', 'pointerout', 'focusin', 'focusout'] as const;

/**
 * An answer's text: Markdown, set as it grows. Rendered where it stands, for its surroundings to style.
 *
 * @fires marks-found with the places on the picture that the text names.
 * @fires mark-active with the index of the place that the reader points at, or null.
 */
@customElement('glance-answer')
export class GlanceAnswer extends LitElement {
  @property({ attribute: false }) text = '';
  /** More will follow. */
  @property({ type: Boolean, reflect: true }) growing = false;
  /** Of the places that the answer names, the one that is pointed at. */
  @property({ attribute: false }) activeMark: number | null = null;
  @state() private ready = loaded !== null;
  #marks: readonly Mark[] | null = null;
  #reader: InstanceType<Markdown['GrowingMarkdown']> | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener('click', this.#onClick);
    for (const type of POINTING) this.addEventListener(type, this.#onPoint);
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
    for (const type of POINTING) this.removeEventListener(type, this.#onPoint);
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
    const text = this.growing ? loaded.settable(this.text, () => this.requestUpdate()) : this.text;
    const blocks = this.#reader.read(text, this.growing);
    this.#tellMarks(loaded.marksOf(blocks));
    return loaded.renderMarkdown(blocks);
  }

  protected override updated(): void {
    for (const button of this.querySelectorAll<HTMLElement>('.place')) {
      button.toggleAttribute('data-active', Number(button.dataset.mark) === this.activeMark);
    }
  }

  #tellMarks(marks: readonly Mark[]) {
    if (JSON.stringify(marks) === JSON.stringify(this.#marks)) return;
    this.#marks = marks;
    // Whoever draws them is above: not while this element renders.
    queueMicrotask(() => this.#fire('marks-found', marks));
  }

  #fire<T>(type: string, detail: T) {
    this.dispatchEvent(new CustomEvent<T>(type, { detail, bubbles: true, composed: true }));
  }

  readonly #onPoint = (event: Event) => {
    const place = event.target instanceof Element ? event.target.closest<HTMLElement>('.place') : null;
    if (place === null) return;
    // A finger that lifts leaves what it pressed to be looked at.
    if (event.type === 'pointerout' && (event as PointerEvent).pointerType === 'touch') return;
    const leaving = event.type === 'pointerout' || event.type === 'focusout';
    this.#fire('mark-active', leaving ? null : Number(place.dataset.mark));
  };

  readonly #onClick = (event: Event) => {
    const taken = loaded?.takenOut(event.target);
    if (!taken) return;
    if (taken.how === 'save') {
      loaded?.saveFile(taken, words.answer.fileName);
      return;
    }
    const { button, text } = taken;
    void copyText(text).then((copied) => {
      announceFrom(this, copiedAnnouncement(copied));
      if (button.dataset.said !== undefined) return;
      // The nodes themselves come back, for they are drawn again when the language changes.
      const label = [...button.childNodes];
      button.dataset.said = '';
      button.replaceChildren(copied ? words.common.copied : words.common.couldNotCopy);
      setTimeout(() => {
        delete button.dataset.said;
        button.replaceChildren(...label);
      }, COPIED_MS);
    });
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-answer': GlanceAnswer;
  }
}
