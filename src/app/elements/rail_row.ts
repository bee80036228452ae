import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { addressOf } from '../history/address.ts';
import type { History } from '../history/history.ts';
import type { Summary } from '../history/records.ts';
import { markedPieces } from '../history/search.ts';
import { words } from '../words/index.ts';
import { moreIcon, pinIcon, talkIcon } from './icons.ts';
import { baseStyles } from './styles.ts';

/**
 * A conversation in the list: its first picture, its title, and, in a search, the line that matches.
 *
 * @fires row-menu with the button: what can be done with the conversation is asked for.
 * @fires row-renamed with the new title, or null if the old one is to stay.
 */
@customElement('glance-rail-row')
export class GlanceRailRow extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        position: relative;
        display: block;
      }

      a {
        display: grid;
        grid-template-columns: 36px minmax(0, 1fr);
        align-items: center;
        gap: 10px;
        min-block-size: 48px;
        padding-block: 6px;
        padding-inline: 6px 32px;
        border-radius: 8px;
        color: var(--ink);
        font: var(--text-small);
        text-decoration: none;
      }

      a:focus-visible {
        outline-offset: -2px;
      }

      a[aria-current] {
        background: var(--accent-soft);
      }

      .cover {
        display: grid;
        place-items: center;
        inline-size: 36px;
        block-size: 36px;
        overflow: hidden;
        border-radius: 7px;
        background: var(--paper-sunken);
        color: var(--ink-soft);
      }

      .cover img {
        display: block;
        inline-size: 100%;
        block-size: 100%;
        object-fit: cover;
      }

      .cover svg {
        inline-size: 18px;
        block-size: 18px;
      }

      .title {
        display: -webkit-box;
        overflow: hidden;
        overflow-wrap: anywhere;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
      }

      .title.short {
        -webkit-line-clamp: 1;
      }

      [aria-current] .title {
        font-weight: 600;
      }

      .line {
        display: -webkit-box;
        overflow: hidden;
        color: var(--ink-soft);
        overflow-wrap: anywhere;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
      }

      mark {
        border-radius: 3px;
        background: var(--accent-soft);
        color: var(--accent);
        font-weight: 600;
      }

      [aria-current] mark {
        background: var(--paper-raised);
      }

      .more {
        position: absolute;
        inset-block-start: 50%;
        inset-inline-end: 4px;
        display: grid;
        place-items: center;
        inline-size: 30px;
        block-size: 30px;
        translate: 0 -50%;
        color: var(--ink-soft);
      }

      .more svg {
        inline-size: 18px;
        block-size: 18px;
      }

      /* Reached by the keyboard, the button is there; a mouse finds it over the row. */
      @media (hover: hover) {
        a:hover:not([aria-current]) {
          background: var(--paper-sunken);
        }

        .more {
          opacity: 0;
        }

        :host(:hover) .more,
        .more:focus-visible,
        .more[aria-expanded='true'],
        .pinned .more {
          opacity: 1;
        }

        .more:hover {
          background: var(--paper-raised);
          color: var(--ink);
        }

        :host(:not(:hover)) .more:not(:focus-visible, [aria-expanded='true']) .dots,
        :host(:hover) .pin,
        .more:focus-visible .pin,
        .more[aria-expanded='true'] .pin {
          display: none;
        }
      }

      @media (pointer: coarse) {
        .more {
          inline-size: 44px;
          block-size: 44px;
          inset-inline-end: 0;
        }

        a {
          min-block-size: 52px;
          padding-inline-end: 44px;
        }
      }

      @media (hover: none) {
        .pin {
          display: none;
        }
      }

      input {
        inline-size: 100%;
        min-block-size: 34px;
        padding: 0 8px;
        border: 1px solid var(--line-strong);
        border-radius: 7px;
        background: var(--paper-raised);
        color: var(--ink);
        font: var(--text-small);
      }

      .renaming {
        display: grid;
        grid-template-columns: 36px minmax(0, 1fr);
        align-items: center;
        gap: 10px;
        min-block-size: 48px;
        padding: 6px;
      }
    `,
  ];

  @property({ attribute: false }) summary: Summary | null = null;
  @property({ attribute: false }) history!: History;
  @property({ type: Boolean }) current = false;
  /** The reader gives it another title. */
  @property({ type: Boolean }) renaming = false;
  /** In a search: the line that matches, if it is not the title, and the patterns of the query. */
  @property({ attribute: false }) line: string | null = null;
  @property({ attribute: false }) patterns: readonly RegExp[] = [];
  @state() private url: string | null = null;
  @query('a') private readonly link!: HTMLElement | null;
  @query('input') private readonly field!: HTMLInputElement | null;
  @query('.more') readonly moreButton!: HTMLElement | null;
  #coverOf: string | null = null;

  override focus(): void {
    (this.field ?? this.link)?.focus();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#releaseCover();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate();
  }

  protected override updated(): void {
    const { summary } = this;
    if (this.isConnected && summary?.covered && this.#coverOf !== summary.id)
      void this.#loadCover(summary.id);
  }

  override render() {
    const { summary } = this;
    if (summary === null) return nothing;
    if (this.renaming) return this.#rename(summary);
    const { id, title, pinned } = summary;
    const { line } = this;
    return html`
      <div class=${pinned ? 'pinned' : ''}>
        <a href=${addressOf(new URL(location.href), id).hash} aria-current=${this.current ? 'page' : nothing} title=${title}>
          ${this.#cover()}
          <span>
            <span class="title ${line === null ? '' : 'short'}" dir="auto">${this.#marked(title)}</span>
            ${line === null ? nothing : html`<span class="line" dir="auto">${this.#marked(line)}</span>`}
          </span>
        </a>
        <button
          class="more"
          aria-label=${words.rail.more(title, pinned)}
          aria-haspopup="menu"
          aria-expanded="false"
          @click=${this.#more}
        >
          ${pinned ? html`<span class="pin">${pinIcon}</span>` : nothing}<span class="dots">${moreIcon}</span>
        </button>
      </div>
    `;
  }

  #cover() {
    return html`<span class="cover">${
      this.url === null ? talkIcon : html`<img src=${this.url} alt="" decoding="async" />`
    }</span>`;
  }

  #rename({ title }: Summary) {
    return html`
      <div class="renaming">
        ${this.#cover()}
        <input
          aria-label=${words.rail.title}
          maxlength="120"
          dir="auto"
          .value=${title}
          @keydown=${this.#key}
          @blur=${() => this.#finish(true)}
        />
      </div>
    `;
  }

  #marked(text: string) {
    const pieces = markedPieces(text, this.patterns);
    return pieces.map((piece, i) => (i % 2 === 1 ? html`<mark>${piece}</mark>` : piece));
  }

  async #loadCover(id: string) {
    this.#releaseCover();
    this.#coverOf = id;
    const cover = await this.history.cover(id).catch(() => null);
    if (cover === null || this.#coverOf !== id) return;
    this.url = URL.createObjectURL(cover);
  }

  #releaseCover() {
    this.#coverOf = null;
    if (this.url !== null) URL.revokeObjectURL(this.url);
    this.url = null;
  }

  #key(event: KeyboardEvent) {
    if (event.isComposing || (event.key !== 'Enter' && event.key !== 'Escape')) return;
    event.preventDefault();
    event.stopPropagation();
    this.#finish(event.key === 'Enter');
  }

  #finish(keeps: boolean) {
    if (!this.renaming || this.field === null) return;
    const title = this.field.value.trim();
    const isNew = keeps && title !== '' && title !== this.summary?.title;
    this.dispatchEvent(new CustomEvent('row-renamed', { detail: isNew ? title : null }));
  }

  #more(event: Event) {
    this.dispatchEvent(new CustomEvent('row-menu', { detail: event.currentTarget }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-rail-row': GlanceRailRow;
  }
}
