import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { GlancePictureEditor, PicturesEdited } from './editing/editor.ts';
import { fetchPictureEditor } from './editing/fetch_editor.ts';
import type { GlanceComposer } from './elements/composer.ts';
import type { PictureDetail } from './pictures.ts';
import type { Session } from './session.ts';
import { words } from './words/index.ts';

/**
 * Does with the composer's pictures what its tray asks for: turning, cropping, order, detail. Listens on its
 * host, which the composer stands in, and puts the editing view there when it is first wanted.
 */
export class PictureDeskController implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement;
  readonly #session: () => Session;
  #editor: GlancePictureEditor | null = null;
  /** The place in the tray of the picture that was pressed; the focus returns to it. */
  #at = 0;

  constructor(host: ReactiveControllerHost & HTMLElement, session: () => Session) {
    this.#host = host;
    this.#session = session;
    host.addController(this);
  }

  /** The editing view is open: Escape closes it and nothing else. */
  get open(): boolean {
    return this.#editor?.open ?? false;
  }

  hostConnected(): void {
    this.#host.addEventListener('edit-picture', this.#edit);
    this.#host.addEventListener('pictures-ordered', this.#order);
    this.#host.addEventListener('detail-chosen', this.#chooseDetail);
    this.#host.addEventListener('capture-failed', this.#captureFailed);
  }

  hostDisconnected(): void {
    this.#host.removeEventListener('edit-picture', this.#edit);
    this.#host.removeEventListener('pictures-ordered', this.#order);
    this.#host.removeEventListener('detail-chosen', this.#chooseDetail);
    this.#host.removeEventListener('capture-failed', this.#captureFailed);
  }

  readonly #edit = async (event: Event) => {
    const session = this.#session();
    const wanted = session.state.conversation.draft.pictures.findIndex(
      ({ id }) => id === (event as CustomEvent<string>).detail,
    );
    try {
      this.#editor ??= await this.#newEditor();
      // What is still being turned or cropped has another name afterwards.
      await session.picturesRead();
      const { conversation, model } = session.state;
      const { pictures, detail } = conversation.draft;
      const picture = pictures[wanted];
      if (picture === undefined || this.#editor.open) return;
      const info = model.status === 'ready' ? model.info : null;
      this.#at = wanted;
      await this.#editor.show(pictures, picture.id, info, detail ?? 'auto');
    } catch (error) {
      session.report(error, words.pictureEditor.unavailable);
    }
  };

  get #root(): ParentNode {
    return this.#host.shadowRoot ?? this.#host;
  }

  get #composer(): GlanceComposer | null {
    return this.#root.querySelector('glance-composer');
  }

  async #newEditor() {
    await fetchPictureEditor();
    const editor = document.createElement('glance-picture-editor');
    editor.addEventListener('pictures-edited', (event) => {
      const { order, removed, edits } = (event as CustomEvent<PicturesEdited>).detail;
      const session = this.#session();
      const pressed = session.state.conversation.draft.pictures[this.#at]?.id;
      // Of one that was removed, its neighbour.
      const place = order.findIndex((id) => id === pressed);
      if (place >= 0) this.#at = place;
      session.arrangePictures(order, removed);
      for (const { id, edit } of edits) void session.editPicture(id, edit);
    });
    editor.addEventListener('closed', () => void this.#composer?.focusPicture(this.#at));
    this.#root.append(editor);
    return editor;
  }

  readonly #order = (event: Event) => {
    this.#session().arrangePictures((event as CustomEvent<string[]>).detail);
  };

  readonly #chooseDetail = (event: Event) => {
    this.#session().chooseDetail((event as CustomEvent<PictureDetail>).detail);
  };

  readonly #captureFailed = (event: Event) => {
    this.#session().report((event as CustomEvent<unknown>).detail, words.screenCapture.failed);
  };
}
