import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { type FilesAndFolders, filesIn, meansText } from './transfer.ts';

/** Takes files that are pasted anywhere on the page, unless the paste means its text. */
export class PasteController implements ReactiveController {
  readonly #take: (pasted: FilesAndFolders) => void;

  constructor(host: ReactiveControllerHost, take: (pasted: FilesAndFolders) => void) {
    this.#take = take;
    host.addController(this);
  }

  hostConnected(): void {
    addEventListener('paste', this.#paste);
  }

  hostDisconnected(): void {
    removeEventListener('paste', this.#paste);
  }

  readonly #paste = (event: ClipboardEvent) => {
    const { clipboardData } = event;
    const found = filesIn(clipboardData);
    if (found.files.length + found.folders.length === 0) return;
    if (clipboardData === null || meansText(clipboardData)) return;
    event.preventDefault();
    this.#take(found);
  };
}
