import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { baseStyles } from './styles.ts';

export interface MenuItem {
  readonly label: string;
  readonly icon: TemplateResult;
  /** It takes something away. */
  readonly danger?: boolean;
  readonly act: () => void;
}

/** From the edges of the window, in pixels. */
const MARGIN = 8;

/** A menu beside the button that opens it: arrow keys, Home, End, Escape, a press elsewhere. */
@customElement('glance-menu')
export class GlanceMenu extends LitElement {
  static override styles = [
    baseStyles,
    css`
      [role='menu'] {
        position: fixed;
        inset: auto;
        min-inline-size: 200px;
        max-inline-size: calc(100vw - 16px);
        margin: 0;
        padding: 4px;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--paper-raised);
        color: var(--ink);
        box-shadow: var(--shadow);
        font: var(--text-small);
      }

      button {
        display: flex;
        align-items: center;
        gap: 10px;
        inline-size: 100%;
        min-block-size: 34px;
        padding-inline: 8px 12px;
        border-radius: 6px;
        text-align: start;
      }

      button svg {
        inline-size: 18px;
        block-size: 18px;
        color: var(--ink-soft);
      }

      .danger,
      .danger svg {
        color: var(--danger);
      }

      button:focus {
        background: var(--paper-sunken);
      }

      button:focus-visible {
        outline-offset: -2px;
      }

      @media (pointer: coarse) {
        button {
          min-block-size: 44px;
        }
      }
    `,
  ];

  @state() private items: readonly MenuItem[] = [];
  @state() private label = '';
  @query('[role=menu]') private readonly menu!: HTMLElement;
  #opener: HTMLElement | null = null;

  /** @param label names the menu for a screen reader */
  async show(opener: HTMLElement, label: string, items: readonly MenuItem[]): Promise<void> {
    this.items = items;
    this.label = label;
    this.#opener = opener;
    await this.updateComplete;
    this.menu.showPopover();
    opener.setAttribute('aria-expanded', 'true');
    this.#place(opener.getBoundingClientRect());
    this.menu.querySelector('button')?.focus();
  }

  override render() {
    return html`
      <div role="menu" popover aria-label=${this.label} @keydown=${this.#key} @toggle=${this.#toggled}>
        ${this.items.map(
          ({ label, icon, danger }, index) => html`
            <button
              role="menuitem"
              tabindex="-1"
              class=${danger ? 'danger' : ''}
              @click=${() => this.#choose(index)}
              @pointerenter=${(event: PointerEvent) => this.#point(event)}
            >
              ${icon} ${label}
            </button>
          `,
        )}
      </div>
    `;
  }

  /** Below the button, or above it where there is more room, and never off the window. */
  #place({ top, bottom, left, right }: DOMRect) {
    const { offsetWidth, offsetHeight, style } = this.menu;
    const isBelow = bottom + offsetHeight + MARGIN <= innerHeight || top < innerHeight - bottom;
    const y = isBelow ? bottom + 4 : top - offsetHeight - 4;
    const isRtl = getComputedStyle(this).direction === 'rtl';
    const alignsRight = isRtl ? right - offsetWidth >= MARGIN : left + offsetWidth + MARGIN > innerWidth;
    const x = alignsRight ? right - offsetWidth : left;
    const within = (value: number, size: number, room: number) =>
      Math.max(MARGIN, Math.min(value, room - size - MARGIN));
    style.setProperty('top', `${within(y, offsetHeight, innerHeight)}px`);
    style.setProperty('left', `${within(x, offsetWidth, innerWidth)}px`);
  }

  #choose(index: number) {
    const item = this.items[index];
    this.#close();
    item?.act();
  }

  #point({ currentTarget, pointerType }: PointerEvent) {
    if (pointerType === 'mouse') (currentTarget as HTMLElement).focus({ preventScroll: true });
  }

  #key(event: KeyboardEvent) {
    const buttons = [...this.menu.querySelectorAll('button')];
    const at = buttons.indexOf(this.shadowRoot?.activeElement as HTMLButtonElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (next !== undefined) buttons.at(next % buttons.length)?.focus();
    else if (event.key === 'Escape' || event.key === 'Tab') this.#close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #close() {
    this.menu.hidePopover();
    this.#opener?.focus();
  }

  #toggled(event: ToggleEvent) {
    if (event.newState === 'closed') this.#opener?.setAttribute('aria-expanded', 'false');
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-menu': GlanceMenu;
  }
}
