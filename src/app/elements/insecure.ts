import { html } from 'lit';
import { words } from '../words/index.ts';

/** What a page that came without TLS lacks, with the way to one that has it. */
export function insecureNote() {
  const secure = new URL(location.href);
  secure.protocol = 'https:';
  return html`${words.settings.insecure} <a href=${secure.href}>${words.settings.openSecurely}</a>`;
}
