import { html, nothing, type TemplateResult } from 'lit';

/**
 * A 20 by 20 line drawing. Decorative: whatever it stands on has words of its own.
 *
 * @param directed mirrored where one reads from right to left
 */
export function icon(content: TemplateResult<2>, directed = false): TemplateResult {
  return html`<svg class=${directed ? 'directed' : nothing} width="20" height="20" viewBox="0 0 20 20" fill="none" stroke="currentColor"
    stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${content}</svg>`;
}
