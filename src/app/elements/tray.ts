import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import type { ModelInfo } from '../../rpc/contract.ts';
import type { Picture, Question } from '../conversation.ts';
import { announceFrom } from '../copy_controller.ts';
import { moved } from '../editing/arrange.ts';
import { pictureFit } from '../editing/fit.ts';
import { ReorderController, reorderStep } from '../editing/reorder_controller.ts';
import { words } from '../words/index.ts';
import { closeIcon } from './icons.ts';
import './picture_budget.ts';
import { revealInRow } from './picture_view.ts';
import { baseStyles } from './styles.ts';

/**
 * The pictures that go with the next question, each with what it costs in tokens.
 *
 * @fires remove-picture with the picture's id.
 * @fires edit-picture with the picture's id.
 * @fires pictures-ordered with the pictures' ids in their new order.
 * @fires detail-chosen, new-conversation as their budget does.
 */
@customElement('glance-tray')
export class GlanceTray extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
        font: var(--text-small);
      }

      ul {
        display: flex;
        gap: 8px;
        padding: 8px 8px 4px;
        overflow-x: auto;
      }

      li {
        position: relative;
        flex: none;
        inline-size: 72px;
      }

      .reordering li:not(.dragged) {
        transition: transform var(--quick);
      }

      .dragged {
        z-index: 1;
        cursor: grabbing;
        filter: drop-shadow(0 4px 10px rgb(0 0 0 / 30%));
      }

      .thumbnail {
        display: block;
        border-radius: 8px;
        user-select: none;
        -webkit-touch-callout: none;
      }

      img {
        display: block;
        inline-size: 72px;
        block-size: 72px;
        border-radius: 8px;
        object-fit: cover;
        background: #fff;
        outline: 1px solid var(--line);
        outline-offset: -1px;
      }

      .cost {
        display: block;
        padding-block-start: 2px;
        color: var(--ink-soft);
        text-align: center;
        white-space: nowrap;
        font-variant-numeric: tabular-nums;
      }

      .remove {
        position: absolute;
        inset-block-start: -6px;
        inset-inline-end: -6px;
        display: grid;
        place-items: center;
        inline-size: 24px;
        block-size: 24px;
        border: 1px solid var(--line-strong);
        border-radius: 50%;
        background: var(--paper-raised);
        color: var(--ink);
      }

      /* A finger needs more than the eye. */
      .remove::before {
        content: '';
        position: absolute;
        inset: -10px;
      }

      .remove svg {
        inline-size: 14px;
        block-size: 14px;
      }

      /* Where height is scarce (magnified pages, a phone on its side) the words need it more. */
      @media (max-height: 480px) {
        ul {
          padding-block: 6px 2px;
        }

        li,
        img {
          inline-size: 32px;
        }

        img {
          block-size: 32px;
          border-radius: 6px;
        }

        .cost {
          display: none;
        }
      }
    `,
  ];

  @property({ attribute: false }) draft: Question = { text: '', pictures: [] };
  @property({ attribute: false }) info: ModelInfo | null = null;
  /** Tokens of the context that the conversation takes already. */
  @property({ type: Number }) usedTokens = 0;
  @query('ul') private readonly row!: HTMLElement | null;
  readonly #reorder = new ReorderController(
    this,
    () => this.row,
    (from, to) => this.#move(from, to),
  );

  override render() {
    const { pictures, detail } = this.draft;
    if (pictures.length === 0) return nothing;
    const fit = pictureFit(this.draft, this.info, this.usedTokens);
    return html`
      <ul aria-label=${words.tray.pictures}>
        ${pictures.map((picture, index) => this.#thumbnail(picture, fit.costs[index] ?? null))}
      </ul>
      <glance-picture-budget .fit=${fit} .detail=${detail ?? 'auto'} .info=${this.info}></glance-picture-budget>
    `;
  }

  protected override updated(changed: PropertyValues<this>): void {
    const before = changed.get('draft');
    if (before !== undefined && before.pictures.length < this.draft.pictures.length) {
      revealInRow(this.row, this.row?.querySelector<HTMLElement>('li:last-child'));
    }
  }

  #thumbnail(picture: Picture, cost: number | null) {
    const { id, name, url, content } = picture;
    const hint =
      content === null ? name : words.tray.editHint(name, words.common.pixels(content.width, content.height));
    return html`
      <li>
        <button
          type="button"
          class="thumbnail"
          aria-label=${words.tray.edit(name)}
          aria-keyshortcuts="Shift+ArrowLeft Shift+ArrowRight"
          title=${hint}
          aria-disabled=${content === null}
          @pointerdown=${this.#reorder.down}
          @keydown=${(event: KeyboardEvent) => this.#key(event, id)}
          @click=${() => this.#fire('edit-picture', id)}
        >
          <img src=${url} alt=${name} decoding="async" draggable="false" />
        </button>
        <span class="cost">${cost === null ? '\u00a0' : words.common.tokens(cost)}</span>
        <button type="button" class="remove" aria-label=${words.tray.remove(name)} @click=${() => this.#remove(id)}>
          ${closeIcon}
        </button>
      </li>
    `;
  }

  #key(event: KeyboardEvent, pictureId: string) {
    const step = reorderStep(event, event.currentTarget as Element);
    if (step === null) return;
    event.preventDefault();
    const from = this.draft.pictures.findIndex(({ id }) => id === pictureId);
    const to = from + step;
    if (to >= 0 && to < this.draft.pictures.length) this.#move(from, to);
  }

  async #move(from: number, to: number) {
    const pictures = moved(this.draft.pictures, from, to);
    const name = pictures[to]?.name ?? '';
    this.#fire(
      'pictures-ordered',
      pictures.map(({ id }) => id),
    );
    announceFrom(this, words.tray.moved(name, to + 1, pictures.length));
    await this.focusPicture(to);
  }

  #fire(type: string, detail: string | string[]) {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }

  /** Puts the focus on a picture, or on the last one; what is left without any asks for a place elsewhere. */
  async focusPicture(index: number): Promise<void> {
    await new Promise(requestAnimationFrame);
    await this.updateComplete;
    const buttons = this.renderRoot.querySelectorAll<HTMLButtonElement>('.thumbnail');
    const button = buttons[Math.min(index, buttons.length - 1)];
    if (button === undefined) return this.#emptied();
    button.focus({ preventScroll: true });
    revealInRow(this.row, button.closest('li'));
  }

  #emptied() {
    this.dispatchEvent(new CustomEvent('emptied', { bubbles: true, composed: true }));
  }

  async #remove(pictureId: string) {
    const index = this.draft.pictures.findIndex(({ id }) => id === pictureId);
    this.dispatchEvent(
      new CustomEvent<string>('remove-picture', { detail: pictureId, bubbles: true, composed: true }),
    );
    // The focused button goes away with its picture: hand the focus to the neighbour, else to the field.
    await new Promise(requestAnimationFrame);
    await this.updateComplete;
    // Unless the reader has gone on meanwhile, as to the field.
    const { activeElement } = this.getRootNode() as ShadowRoot;
    if (activeElement !== null && activeElement !== this && activeElement !== document.body) return;
    const buttons = this.renderRoot.querySelectorAll<HTMLButtonElement>('.remove');
    const next = buttons[Math.min(index, buttons.length - 1)];
    if (next) next.focus();
    else this.#emptied();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-tray': GlanceTray;
  }
}
