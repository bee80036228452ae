import { type GlanceError, toGlanceError } from '../model/errors.ts';
import { type Conversation, heldPictures, holdsDraftOf, type Picture } from './conversation.ts';
import { fetchPictureEditor } from './editing/fetch_editor.ts';
import { isUnedited, type PictureEdit } from './editing/geometry.ts';
import { newId } from './new_id.ts';
import { folderError, refusedFilesNotice } from './notices.ts';
import { PageError } from './page_error.ts';
import { readPicture } from './pictures.ts';
import type { SessionPage } from './session_page.ts';
import { words } from './words/index.ts';

/** Reads the pictures of a session's conversation, side by side; questions wait for theirs. */
export class PictureReading {
  readonly #page: SessionPage;
  readonly #reading = new Map<string, Promise<GlanceError | null>>();
  /** Pages that are still coming, with the conversation whose draft they are for. */
  readonly #adding = new Map<Promise<readonly GlanceError[]>, Conversation>();
  /** Edited pictures are new ones; which one has taken a picture's place. */
  readonly #successors = new Map<string, string>();

  constructor(page: SessionPage) {
    this.#page = page;
  }

  /**
   * Puts files into the composer's tray; those that are no pictures become one notice.
   *
   * @param folders names of folders that came with the files; they cannot be added.
   * @returns why some were not added
   */
  async add(files: Iterable<File>, folders: readonly string[]): Promise<readonly GlanceError[]> {
    const reads = await Promise.all(
      Array.from(files, async (file) => {
        const picture = newPicture(file.name || words.files.pasted, file);
        this.#page.dispatch({ type: 'picture-added', picture });
        const read = this.#read(picture, file);
        this.#reading.set(picture.id, read);
        return { name: picture.name, error: await read };
      }),
    );
    const refused = [
      ...folders.map((name) => ({ name, error: folderError() })),
      ...reads.flatMap(({ name, error }) => (error === null ? [] : [{ name, error }])),
    ];
    if (refused.length > 0) {
      const { title, error } = refusedFilesNotice(refused);
      this.#page.report(error, title);
    }
    const kept = reads.filter(({ error }) => error === null).length;
    const inTray = this.#page.state().conversation.draft.pictures.length;
    if (kept > 0) this.#page.announce(words.announce.picturesAdded(kept, inTray));
    return refused.map(({ error }) => error);
  }

  /**
   * Puts pages into the composer's tray as they come, after those of earlier calls; questions wait for them. No more are
   * taken once the composer holds something else.
   *
   * @throws why they did not all come
   */
  async addPages(pages: AsyncIterable<File>): Promise<void> {
    const { conversation } = this.#page.state();
    const before = this.#addingTo(conversation);
    const adding = this.#addedAfter(before, pages, conversation);
    this.#adding.set(adding, conversation);
    try {
      await adding;
    } finally {
      this.#adding.delete(adding);
    }
  }

  /** Waits for the pages that are coming into the draft; whether all came. */
  async pagesAdded(): Promise<boolean> {
    const adding = this.#addingTo(this.#page.state().conversation);
    if (adding.length === 0) return true;
    const added = await Promise.allSettled(adding);
    const all = added.every((result) => result.status === 'fulfilled' && result.value.length === 0);
    // A document may have been added in the meantime.
    return all && this.pagesAdded();
  }

  /**
   * Turns and crops a picture of the composer's tray, always from its original. A failure is told. Editors that were open
   * while an edit was drawn know the picture from before.
   */
  async edit(pictureId: string, edit: PictureEdit): Promise<void> {
    const id = this.latest(pictureId);
    const edited = this.#editedAfter(this.#reading.get(id), id, edit);
    // What is asked meanwhile waits for it, and is not asked about the picture as it was.
    this.#reading.set(id, edited);
    const error = await edited;
    if (this.#reading.get(id) === edited) this.#reading.delete(id);
    if (error !== null) this.#page.report(error);
  }

  /** The picture that an edited one has become; itself, if it is in the composer, as with its question it may be again. */
  latest(pictureId: string): string {
    let id = pictureId;
    while (this.#drafted(id) === undefined) {
      const next = this.#successors.get(id);
      if (next === undefined) break;
      id = next;
    }
    return id;
  }

  /** Waits for pictures; why some could not be read. */
  async read(pictures: readonly Picture[]): Promise<GlanceError[]> {
    const errors = await Promise.all(pictures.map(({ id }) => this.#reading.get(id)));
    return errors.filter((error) => error !== undefined && error !== null);
  }

  get isReading(): boolean {
    return this.#reading.size > 0;
  }

  /** Waits for all that are being read now. */
  async allRead(): Promise<void> {
    await Promise.all(this.#reading.values());
  }

  /** Draws the pictures of history again that are not kept as pixels: SVG. */
  readAgain(): void {
    for (const picture of heldPictures(this.#page.state().conversation).values()) {
      if (picture.content !== null || this.#reading.has(picture.id)) continue;
      this.#reading.set(picture.id, this.#read(picture, picture.file));
    }
  }

  /** Reads a picture of the tray, or takes it out; resolves with the reason for that. */
  async #read(picture: Picture, file: Blob): Promise<GlanceError | null> {
    try {
      const content = await readPicture(file);
      this.#page.dispatch({ type: 'picture-read', pictureId: picture.id, content });
      return null;
    } catch (error) {
      this.#page.dispatch({ type: 'picture-removed', pictureId: picture.id });
      return toGlanceError(error);
    } finally {
      this.#reading.delete(picture.id);
    }
  }

  #addingTo(conversation: Conversation): Promise<readonly GlanceError[]>[] {
    return [...this.#adding]
      .filter(([, before]) => holdsDraftOf(before, conversation))
      .map(([pages]) => pages);
  }

  async #addedAfter(
    before: readonly Promise<unknown>[],
    pages: AsyncIterable<File>,
    conversation: Conversation,
  ): Promise<readonly GlanceError[]> {
    await Promise.allSettled(before);
    const refused: GlanceError[] = [];
    for await (const page of pages) {
      if (!holdsDraftOf(conversation, this.#page.state().conversation)) {
        throw new PageError('aborted', words.documents.left);
      }
      refused.push(...(await this.add([page], [])));
    }
    return refused;
  }

  async #editedAfter(
    before: Promise<unknown> | undefined,
    pictureId: string,
    edit: PictureEdit,
  ): Promise<GlanceError | null> {
    await before;
    const picture = this.#drafted(this.latest(pictureId));
    return picture === undefined ? null : this.#edited(picture, edit);
  }

  #drafted(pictureId: string): Picture | undefined {
    return this.#page.state().conversation.draft.pictures.find(({ id }) => id === pictureId);
  }

  async #edited(
    { id, name, sample, file, original }: Picture,
    edit: PictureEdit,
  ): Promise<GlanceError | null> {
    const source = original?.file ?? file;
    try {
      const result = isUnedited(edit) ? source : await (await fetchPictureEditor()).renderEdit(source, edit);
      const content = await readPicture(result);
      const picture = { ...newPicture(name, result, sample), content };
      const replacing = isUnedited(edit) ? picture : { ...picture, original: { file: source, edit } };
      this.#successors.set(id, picture.id);
      this.#page.dispatch({ type: 'picture-replaced', pictureId: id, picture: replacing });
      // It may have been removed, or its conversation left, in the meantime.
      if (!heldPictures(this.#page.state().conversation).has(picture.id)) release(picture);
      return null;
    } catch (error) {
      return toGlanceError(error);
    }
  }
}

/** A picture that has yet to be read. Its owner {@link release | releases} it. */
export function newPicture(name: string, file: Blob, sample = false): Picture {
  return { id: newId(), name, sample, file, url: URL.createObjectURL(file), content: null };
}

/** Lets go of what a picture holds. */
export function release({ url, content }: Picture): void {
  URL.revokeObjectURL(url);
  if (content !== null && content.input instanceof ImageBitmap) content.input.close();
}
