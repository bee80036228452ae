import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import type { ModelInfo } from '../../rpc/contract.ts';
import type { Picture } from '../conversation.ts';
import { tokenCost } from '../pictures.ts';
import { words } from '../words/index.ts';
import { closeIcon } from './icons.ts';
import { revealInRow } from './picture_view.ts';
import { baseStyles } from './styles.ts';

/**
 * The pictures that go with the next question, each with what it costs in tokens.
 *
 * @fires remove-picture with the picture's id.
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

      button {
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
      button::before {
        content: '';
        position: absolute;
        inset: -10px;
      }

      button svg {
        inline-size: 14px;
        block-size: 14px;
      }

      .sum {
        padding: 0 12px 4px;
        color: var(--ink-soft);
        font-variant-numeric: tabular-nums;
      }

      /* Where height is scarce (magnified pages, a phone on its side) the words need it more. */
      @media (max-height: 480px) {
        li,
        img {
          inline-size: 40px;
        }

        img {
          block-size: 40px;
          border-radius: 6px;
        }

        .cost,
        .sum {
          display: none;
        }
      }
    `,
  ];

  @property({ attribute: false }) pictures: readonly Picture[] = [];
  @property({ attribute: false }) vision: ModelInfo['vision'] = null;
  @query('ul') private readonly row!: HTMLElement | null;

  override render() {
    if (this.pictures.length === 0) return nothing;
    const costs = this.pictures.map(({ content }) => tokenCost(content, this.vision));
    const known = costs.every((cost) => cost !== null);
    return html`
      <ul aria-label=${words.tray.pictures}>
        ${this.pictures.map((picture, index) => this.#thumbnail(picture, costs[index] ?? null))}
      </ul>
      ${
        known && costs.length > 1
          ? html`<p class="sum">${words.tray.sum(costs.length, sum(costs))}</p>`
          : nothing
      }
    `;
  }

  protected override updated(changed: PropertyValues<this>): void {
    const before = changed.get('pictures');
    if (before !== undefined && before.length < this.pictures.length) {
      revealInRow(this.row, this.row?.querySelector<HTMLElement>('li:last-child'));
    }
  }

  #thumbnail(picture: Picture, cost: number | null) {
    const { id, name, url, content } = picture;
    const size = content === null ? '' : `, ${words.common.pixels(content.width, content.height)}`;
    return html`
      <li>
        <img src=${url} alt=${name} title="${name}${size}" decoding="async" />
        <span class="cost">${cost === null ? '\u00a0' : words.common.tokens(cost)}</span>
        <button type="button" aria-label=${words.tray.remove(name)} @click=${() => this.#remove(id)}>${closeIcon}</button>
      </li>
    `;
  }

  async #remove(pictureId: string) {
    const index = this.pictures.findIndex(({ id }) => id === pictureId);
    this.dispatchEvent(
      new CustomEvent<string>('remove-picture', { detail: pictureId, bubbles: true, composed: true }),
    );
    // The focused button goes away with its picture: hand the focus to the neighbour, else to the field.
    await new Promise(requestAnimationFrame);
    await this.updateComplete;
    const buttons = this.renderRoot.querySelectorAll('button');
    const next = buttons[Math.min(index, buttons.length - 1)];
    if (next) next.focus();
    else this.dispatchEvent(new CustomEvent('emptied', { bubbles: true, composed: true }));
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-tray': GlanceTray;
  }
}
