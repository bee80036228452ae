import { css, html, LitElement, nothing } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import type { GlanceError } from '../../model/errors.ts';
import { PageError } from '../page_error.ts';
import { words } from '../words/index.ts';
import './dialog_status.ts';
import { dialogStyles } from './dialog_styles.ts';
import { baseStyles } from './styles.ts';

/**
 * A dialog with the camera's view and a shutter.
 *
 * @fires picture-taken with the picture as a `File`.
 * @fires camera-failed with a {@link GlanceError}.
 */
@customElement('glance-camera')
export class GlanceCamera extends LitElement {
  static override styles = [
    baseStyles,
    dialogStyles,
    css`
      dialog {
        inline-size: min(720px, 100vw - 24px);
        max-block-size: calc(100dvh - 24px);
        overflow: hidden;
        border-radius: var(--radius);
      }

      video {
        display: block;
        inline-size: 100%;
        aspect-ratio: auto 4 / 3;
        max-block-size: calc(100dvh - 120px);
        object-fit: contain;
        background: #000;
      }

      .bar {
        display: flex;
        justify-content: space-between;
        gap: 8px;
        padding: 12px;
      }
    `,
  ];

  @state() private stream: MediaStream | null = null;
  @query('dialog') private readonly dialog!: HTMLDialogElement;
  @query('video') private readonly video!: HTMLVideoElement;
  #opening = false;

  /** Whether the dialog is open: Escape then closes it and nothing else. */
  get open(): boolean {
    return this.dialog?.open ?? false;
  }

  /** Asks for the camera and shows what it sees. */
  async show(): Promise<void> {
    // A second stream would take the place of the first, which nobody could stop any more.
    if (this.#opening || this.open) return;
    this.#opening = true;
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: 'environment', width: { ideal: 1920 }, height: { ideal: 1080 } },
        audio: false,
      });
    } catch (cause) {
      this.#fail(cause);
      return;
    } finally {
      this.#opening = false;
    }
    if (!this.isConnected) {
      this.#release();
      return;
    }
    await this.updateComplete;
    this.video.srcObject = this.stream;
    this.dialog.showModal();
    await this.video.play().catch(() => {});
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#release();
  }

  override render() {
    return html`
      <dialog aria-label=${words.camera.label} @close=${this.#release}>
        <glance-dialog-status></glance-dialog-status>
        <video playsinline muted></video>
        <div class="bar">
          <button class="text-button" @click=${this.#close}>${words.common.cancel}</button>
          ${
            this.stream === null
              ? nothing
              : html`<button class="filled-button" autofocus @click=${this.#take}>${words.camera.take}</button>`
          }
        </div>
      </dialog>
    `;
  }

  async #take() {
    const { video } = this;
    if (video.videoWidth === 0) return;
    const canvas = document.createElement('canvas');
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext('2d')?.drawImage(video, 0, 0);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.92));
    this.#close();
    if (blob === null) {
      this.#fail(new Error('The canvas could not be encoded.'));
      return;
    }
    const file = new File([blob], `${words.camera.fileName}.jpg`, { type: blob.type });
    this.dispatchEvent(
      new CustomEvent<File>('picture-taken', { detail: file, bubbles: true, composed: true }),
    );
  }

  #close() {
    this.dialog.close();
  }

  #release = () => {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
  };

  #fail(cause: unknown) {
    const refused = cause instanceof DOMException && cause.name === 'NotAllowedError';
    const message = refused ? words.camera.refused : words.camera.unusable;
    const details = { reason: String(cause) };
    const error = new PageError('picture-unreadable', message, { cause, details });
    this.dispatchEvent(
      new CustomEvent<GlanceError>('camera-failed', { detail: error, bubbles: true, composed: true }),
    );
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-camera': GlanceCamera;
  }
}
