import { addDocument, isDocument } from './documents/add_document.ts';
import type { Session } from './session.ts';
import type { FilesAndFolders } from './transfer.ts';

/** Where files go that are dropped, pasted, picked or shared. */
export interface FileTakers {
  session(): Session;
  /** Takes files of models. */
  addModels(files: readonly File[]): void;
  /** What was added is in the composer. */
  added(): void;
}

/** Sends each file where it belongs: pictures and pages of documents to the composer, models to their view. */
export class IncomingFiles {
  readonly #takers: FileTakers;

  constructor(takers: FileTakers) {
    this.#takers = takers;
  }

  take({ files, folders }: FilesAndFolders): void {
    const models = files.filter(({ name }) => /\.gguf$/i.test(name));
    if (models.length > 0) this.#takers.addModels(models);
    if (models.length > 0 && models.length === files.length + folders.length) return;
    this.#takePictures({ files: files.filter((file) => !models.includes(file)), folders });
    if (models.length === 0) this.#takers.added();
  }

  /** Files that another program has sent, which may be anybody's: none of them is a model, whatever it is called. */
  takeShared(files: readonly File[]): void {
    this.#takePictures({ files: [...files], folders: [] });
    this.#takers.added();
  }

  #takePictures({ files, folders }: FilesAndFolders): void {
    const documents = files.filter(isDocument);
    const pictures = files.filter((file) => !documents.includes(file));
    if (pictures.length + folders.length > 0) void this.#takers.session().addPictures(pictures, folders);
    for (const document of documents) void addDocument(document, this.#takers.session());
  }
}
