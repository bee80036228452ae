import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { type FilesAndFolders, filesIn } from './transfer.ts';

/**
 * Takes files that are dropped anywhere on the page, and keeps the browser from leaving the page for
 * whatever else is dropped on it.
 */
export class FileDropController implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #take: (dropped: FilesAndFolders) => void;
  #depth = 0;
  #dragsOwn = false;

  constructor(host: ReactiveControllerHost, take: (dropped: FilesAndFolders) => void) {
    this.#host = host;
    this.#take = take;
    host.addController(this);
  }

  /** Files are being held over the page. */
  get dragging(): boolean {
    return this.#depth > 0;
  }

  hostConnected(): void {
    addEventListener('dragstart', this.#start);
    addEventListener('dragend', this.#end);
    addEventListener('dragenter', this.#enter);
    addEventListener('dragleave', this.#leave);
    addEventListener('dragover', this.#over);
    addEventListener('drop', this.#drop);
  }

  hostDisconnected(): void {
    removeEventListener('dragstart', this.#start);
    removeEventListener('dragend', this.#end);
    removeEventListener('dragenter', this.#enter);
    removeEventListener('dragleave', this.#leave);
    removeEventListener('dragover', this.#over);
    removeEventListener('drop', this.#drop);
  }

  readonly #start = () => {
    this.#dragsOwn = true;
  };

  readonly #end = () => {
    this.#dragsOwn = false;
  };

  readonly #enter = (event: DragEvent) => {
    if (this.#bringsFiles(event)) this.#setDepth(this.#depth + 1);
  };

  readonly #leave = (event: DragEvent) => {
    if (this.#bringsFiles(event)) this.#setDepth(Math.max(0, this.#depth - 1));
  };

  readonly #over = (event: DragEvent) => {
    const files = this.#bringsFiles(event);
    const intoField = event.composedPath()[0] instanceof HTMLTextAreaElement;
    if (!files && intoField) return;
    // Otherwise the browser would leave the page, and the conversation, for what is dropped on it.
    event.preventDefault();
    if (event.dataTransfer !== null) event.dataTransfer.dropEffect = files ? 'copy' : 'none';
  };

  readonly #drop = (event: DragEvent) => {
    this.#setDepth(0);
    if (!this.#bringsFiles(event)) return;
    event.preventDefault();
    this.#take(filesIn(event.dataTransfer));
  };

  #setDepth(depth: number): void {
    this.#depth = depth;
    this.#host.requestUpdate();
  }

  /** Files from elsewhere; a picture of this page that is dragged about would come as a file too. */
  #bringsFiles(event: DragEvent): boolean {
    return !this.#dragsOwn && (event.dataTransfer?.types.includes('Files') ?? false);
  }
}
