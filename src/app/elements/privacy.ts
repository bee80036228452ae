import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { OfflineState } from '../../offline/messages.ts';
import type { NextVersion, Offline } from '../offline/offline.ts';
import { MODEL_HOSTS } from '../offline/store_by_address.ts';
import { SessionController } from '../session_controller.ts';
import { formatBytes, words } from '../words/index.ts';
import './dialog_status.ts';
import { closeIcon, shieldIcon } from './icons.ts';
import { modelsStyles } from './models_styles.ts';
import { baseStyles } from './styles.ts';

/** What leaves this device, how that is enforced, and whether the page works without a network. */
@customElement('glance-privacy')
export class GlancePrivacy extends LitElement {
  static override styles = [
    baseStyles,
    modelsStyles,
    css`
      :host {
        --dialog-inline-size: min(620px, 100vw - 48px);
        --dialog-block-size: fit-content;
      }

      dialog {
        max-block-size: calc(100dvh - 64px);
      }

      .lead {
        display: flex;
        gap: 10px;
        text-wrap: pretty;
      }

      .lead svg {
        margin-block-start: 2px;
        color: var(--accent);
      }

      section {
        display: grid;
        gap: 8px;
        margin-block-start: 8px;
        font: 400 0.9375rem / 1.375rem var(--font);
      }

      ul {
        display: grid;
        gap: 8px;
        padding-inline-start: 20px;
        list-style: disc;
      }

      li + li {
        border: 0;
      }

      li,
      section p {
        text-wrap: pretty;
      }

      progress {
        inline-size: 100%;
        accent-color: var(--accent);
      }

      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 12px;
      }

      .version {
        font: var(--text-small);
        font-variant-numeric: tabular-nums;
        color: var(--ink-soft);
      }

      summary {
        inline-size: fit-content;
        min-block-size: 28px;
        align-content: center;
        font: var(--text-small);
        color: var(--ink-soft);
        cursor: pointer;
      }

      .line .text-button {
        margin-inline-start: -10px;
        color: var(--accent);
      }

      @media (max-width: 639px) {
        dialog {
          max-block-size: none;
        }
      }
    `,
  ];

  /** Set once. */
  @property({ attribute: false }) offline!: Offline;
  /** What the last question for a new version has brought; null before one. */
  @state() private found: NextVersion | null = null;
  @query('dialog') private readonly dialog!: HTMLDialogElement;

  protected override willUpdate(): void {
    if (!this.hasUpdated) new SessionController(this, this.offline);
  }

  get open(): boolean {
    return this.dialog?.open ?? false;
  }

  async show(): Promise<void> {
    this.found = null;
    this.requestUpdate();
    await this.updateComplete;
    if (!this.open) this.dialog.showModal();
  }

  override render() {
    const hosts = MODEL_HOSTS.map((host) => host.replace(/^https?:\/\//, '')).join(', ');
    const said = words.privacy;
    return html`
      <dialog aria-labelledby="title" @keydown=${this.#key}>
        <glance-dialog-status></glance-dialog-status>
        <div class="bar">
          <h2 id="title">${said.title}</h2>
          <button class="icon-button" aria-label=${words.common.close} autofocus @click=${() => this.dialog.close()}>
            ${closeIcon}
          </button>
        </div>
        <div class="scroll" tabindex="-1">
          <div class="column">
            <p class="lead">${shieldIcon}<span>${said.lead}</span></p>
            <section aria-labelledby="requests">
              <h3 id="requests">${said.requests}</h3>
              <ul>
                <li>${said.ownFiles(location.host)}</li>
                <li>${said.models(MODEL_HOSTS.length === 0 ? location.host : new URL(MODEL_HOSTS[0]!).host)}</li>
                <li>${said.pictures}</li>
                <li>${said.nothingElse}</li>
              </ul>
            </section>
            <section aria-labelledby="enforced">
              <h3 id="enforced">${said.enforced}</h3>
              <p>${words.common.sentences(hosts === '' ? said.policyOwnOnly : said.policy(hosts), said.scripts)}</p>
            </section>
            <section aria-labelledby="offline">
              <h3 id="offline">${said.offline}</h3>
              ${this.#offline()}
            </section>
          </div>
        </div>
      </dialog>
    `;
  }

  #offline() {
    const said = words.privacy;
    const { version, next } = this.offline.status;
    return html`
      <div role="status">${this.#kept()}</div>
      ${this.#beingKept()}
      ${
        next === null
          ? nothing
          : html`<p>${said.next}</p>
              <div class="line">
                <button class="outlined-button" @click=${() => location.reload()}>${said.reload}</button>
              </div>`
      }
      ${
        version === null
          ? nothing
          : html`<div class="line">
              <button class="text-button" @click=${this.#check}>${said.check}</button>
              <span class="version" aria-live="polite">
                ${said.version(version.slice(0, 8))}${this.found !== null && next === null ? html`. ${said.found[this.found]}` : nothing}
              </span>
            </div>`
      }
    `;
  }

  #kept() {
    const said = words.privacy;
    const { kept, isPossible } = this.offline.status;
    if (!isPossible) return html`<p>${said.notHere}</p>`;
    if (kept === null) return html`<p>${said.waiting}</p>`;
    // How far it is changes all the time, and is read where it stands.
    if (isBeingKept(kept)) return nothing;
    if (kept.keptFiles === kept.files) return html`<p>${said.ready(formatBytes(kept.bytes))}</p>`;
    return html`<p>${said.failed}</p>
      <details>
        <summary>${words.errorCard.details}</summary>
        <p class="version">${kept.failure}</p>
      </details>
      <div class="line">
        <button class="outlined-button" @click=${() => this.offline.keep()}>${words.common.tryAgain}</button>
      </div>`;
  }

  #beingKept() {
    const said = words.privacy;
    const { kept, isPossible } = this.offline.status;
    if (!isPossible || kept === null || !isBeingKept(kept)) return nothing;
    return html`<p>${said.keeping(formatBytes(kept.keptBytes), formatBytes(kept.bytes))}</p>
      <progress max="1" .value=${kept.keptBytes / kept.bytes} aria-label=${said.offline}></progress>`;
  }

  #check = async () => {
    this.found = await this.offline.check();
  };

  /** Escape closes this and nothing else. */
  #key(event: KeyboardEvent) {
    if (event.key === 'Escape') event.stopPropagation();
  }
}

function isBeingKept({ keptFiles, files, failure }: OfflineState): boolean {
  return keptFiles !== files && failure === null;
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-privacy': GlancePrivacy;
  }
}
