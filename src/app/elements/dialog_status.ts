import { css, html, LitElement } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { baseStyles } from './styles.ts';

const regions = new Set<GlanceDialogStatus>();

/**
 * What a dialog says to a screen reader while it is open: of the page behind a modal dialog nothing is heard, its own
 * live region included. Stands in the dialog; {@link sayInDialogs} gives it its words.
 */
@customElement('glance-dialog-status')
export class GlanceDialogStatus extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        position: absolute;
      }
    `,
  ];

  @state() text = '';

  /** Whether it is heard. */
  get isOpen(): boolean {
    return this.closest('dialog')?.matches(':modal') ?? false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    regions.add(this);
    this.closest('dialog')?.addEventListener('close', this.#hush);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    regions.delete(this);
  }

  override render() {
    return html`<div class="visually-hidden" aria-live="polite" aria-atomic="true">${this.text}</div>`;
  }

  /** Opened again it says nothing of the last time. */
  readonly #hush = () => {
    this.text = '';
  };
}

/** @returns whether a dialog is open that says it */
export function sayInDialogs(text: string): boolean {
  const open = [...regions].filter((region) => region.isOpen);
  for (const region of open) region.text = text;
  return open.length > 0;
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-dialog-status': GlanceDialogStatus;
  }
}
