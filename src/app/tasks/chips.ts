import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { baseStyles } from '../elements/styles.ts';
import { words } from '../words/index.ts';
import { taskIcons } from './icons.ts';
import type { Task } from './tasks.ts';

/**
 * Ready-made questions to press, where a picture is there and nothing has been asked.
 *
 * @fires task-chosen with the {@link Task}
 */
@customElement('glance-task-chips')
export class GlanceTaskChips extends LitElement {
  static override styles = [
    baseStyles,
    css`
      ul {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }

      button {
        display: flex;
        align-items: center;
        gap: 8px;
        min-block-size: 40px;
        padding-inline: 10px 14px;
        border: 1px solid var(--line-strong);
        border-radius: 20px;
        background: var(--paper-raised);
        font: 500 0.9375rem / 1.25rem var(--font);
        transition: border-color var(--quick);
      }

      svg {
        inline-size: 18px;
        block-size: 18px;
        color: var(--accent);
      }

      @media (hover: hover) {
        button:hover {
          border-color: var(--accent);
        }
      }

      @media (pointer: coarse) {
        button {
          min-block-size: 44px;
        }
      }
    `,
  ];

  @property({ attribute: false }) tasks: readonly Task[] = [];

  override render() {
    if (this.tasks.length === 0) return nothing;
    return html`<ul aria-label=${words.tasks.menu}>
      ${this.tasks.map(
        (task) => html`<li>
          <button @click=${() => this.#choose(task)}>${taskIcons[task.id]} ${words.tasks.name[task.id]}</button>
        </li>`,
      )}
    </ul>`;
  }

  #choose(task: Task) {
    this.dispatchEvent(new CustomEvent<Task>('task-chosen', { detail: task, bubbles: true, composed: true }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-task-chips': GlanceTaskChips;
  }
}
