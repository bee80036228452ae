import type { SessionModel } from '../app/model_loader.ts';
import { newId } from '../app/new_id.ts';
import { Session } from '../app/session.ts';
import { DEFAULT_ANSWERS } from '../app/settings/settings.ts';
import { words } from '../app/words/index.ts';
import { toGlanceError } from '../model/errors.ts';
import type { Device, ModelSource } from '../rpc/contract.ts';
import type { Answered } from './answered.ts';
import { askIn, type ConversationListener, untilModel, watchConversation } from './conversation_events.ts';
import type { LoadingProgress } from './events.ts';
import { type EngineChoice, enterEngine } from './page_engine.ts';
import { type PictureSource, pictureFrom } from './picture_source.ts';
import { progressFor } from './public_events.ts';
import { SharedClient } from './shared_client.ts';

/** Name of the demo model. */
export const DEMO = 'pico';

/** How a conversation is held. */
export interface ConversationOptions extends EngineChoice {
  /** A model by its name, by the address of its GGUF file, or where its files are; default: the demo model. */
  model?: string | ModelSource | undefined;
  /** Address of the mmproj file of a model that is named by an address. */
  vision?: string | undefined;
  device?: Device | 'auto' | undefined;
  /** In tokens. */
  contextLength?: number | undefined;
  /** Said to the model before everything else. */
  system?: string | undefined;
}

/** What is told of a conversation, loading included. */
export interface EmbeddedListener extends ConversationListener {
  progress?(progress: LoadingProgress): void;
}

/** A conversation within another page: one {@link Session} on the engine of that page. */
export class EmbeddedConversation {
  readonly session: Session;
  /** The demo model, for the view of all models. */
  readonly demo: SessionModel = { id: null, source: { kind: 'named', name: DEMO } };
  readonly #client: SharedClient;
  readonly #leave: () => void;
  readonly #closed = new AbortController();
  #system: string;
  /** The picture that the page has put into the composer last. */
  #pictureId: string | null = null;
  /** Settles when that one has been read, or another one takes its place. */
  #pictureRead: Promise<void> = Promise.resolve();
  #replacePicture = () => {};
  #pictureCount = 0;

  /** @throws GlanceError `invalid-argument` for a `base` that is no address */
  constructor(options: ConversationOptions, listener: EmbeddedListener = {}) {
    const { client, leave } = enterEngine(options);
    this.#leave = leave;
    this.#system = options.system ?? '';
    this.#client = new SharedClient(client, (progress) => listener.progress?.(progressFor(progress)));
    this.session = new Session(this.#client, {
      ...modelOf(options),
      ...(options.device !== undefined && { device: options.device }),
      settings: () => ({ systemPrompt: this.#system, answers: DEFAULT_ANSWERS }),
    });
    watchConversation(this.session, listener);
  }

  get system(): string {
    return this.#system;
  }

  /** Holds from the next question on. */
  set system(prompt: string) {
    this.#system = prompt;
  }

  /**
   * Loads another model, and waits for it; the conversation stays.
   *
   * @throws GlanceError about its files and the device; `no-model` for an unknown name; `aborted` if another one has been
   * chosen since
   */
  async useModel(options: ConversationOptions): Promise<void> {
    const model = modelOf(options);
    await this.session.useModel(model);
    await this.session.load();
    await untilModel(this.session, model.id);
  }

  /**
   * Asks, once what is being answered is answered, and what was asked before.
   *
   * @param image null asks about the pictures in the composer, also about the one that is on its way there
   * @throws GlanceError about the question, the model or the picture; `aborted`
   */
  async ask(question: string, image: PictureSource | null = null, signal?: AbortSignal): Promise<Answered> {
    const { signal: closed } = this.#closed;
    const ended = signal ? AbortSignal.any([signal, closed]) : closed;
    const pictures = image === null ? null : pictureFrom(image).then((picture) => [picture]);
    const [count, read] = [this.#pictureCount, this.#pictureRead];
    return askIn(this.session, question, pictures, ended, () => this.#composed(count, read));
  }

  /** Waits for the picture that the page has put into the composer last, whatever has become of those before. */
  async #composed(count: number, read: Promise<void>): Promise<void> {
    await read.catch((error) => {
      if (count !== this.#pictureCount) return;
      // Questions that come after this has been told are asked without it.
      this.#pictureRead = Promise.resolve();
      throw error;
    });
    if (count !== this.#pictureCount) await this.#composed(this.#pictureCount, this.#pictureRead);
  }

  /**
   * Puts a picture into the composer, in place of the one before, and waits until it has been read. A failure is said in
   * the conversation, and told, as well.
   *
   * @throws GlanceError about the picture
   */
  setPicture(source: PictureSource | null): Promise<void> {
    this.#replacePicture();
    const read = this.#putPicture(source);
    const replaced = new Promise<void>((resolve) => {
      this.#replacePicture = resolve;
    });
    this.#pictureRead = Promise.race([read, replaced]);
    // Who asks hears of it.
    this.#pictureRead.catch(() => {});
    return read;
  }

  async #putPicture(source: PictureSource | null): Promise<void> {
    this.#pictureCount += 1;
    const count = this.#pictureCount;
    if (this.#pictureId !== null) this.session.removePicture(this.#pictureId);
    this.#pictureId = null;
    if (source === null) return;
    const { name, file } = await pictureFrom(source).catch((thrown) => {
      const error = toGlanceError(thrown);
      if (count === this.#pictureCount) this.session.report(error, words.errorTitles.picture);
      throw error;
    });
    // Another one has taken its place.
    if (count !== this.#pictureCount) return;
    const before = new Set(this.session.state.conversation.draft.pictures.map(({ id }) => id));
    const added = this.session.addPictures([new File([file], name, { type: file.type })]);
    const { pictures } = this.session.state.conversation.draft;
    this.#pictureId = pictures.find(({ id }) => !before.has(id))?.id ?? null;
    // Why it cannot be read is said by the session.
    const [error] = await added;
    if (error !== undefined) throw error;
  }

  /** Ends the answer being made; what it said so far stays. */
  stop(): void {
    this.session.stop();
  }

  /** Begins anew, without a way back. */
  async clear(): Promise<void> {
    await this.session.clear();
    this.session.forgetPrevious();
  }

  /** Ends what is being done, and lets go of everything. */
  close(): void {
    // Also what has not begun yet.
    this.#closed.abort();
    this.session.stop();
    this.#client.close();
    // What is in the composer, and what is on its way there, would stay otherwise: also of conversations that are cleared.
    this.#pictureCount += 1;
    this.session.discardDraft();
    void this.clear();
    this.#leave();
  }
}

/** A model as a session loads it. Its addresses, files or name are what it is known by; the demo has none. */
function modelOf({ model = DEMO, vision, contextLength }: ConversationOptions): SessionModel {
  const length = contextLength === undefined ? {} : { contextLength };
  if (typeof model !== 'string') return { id: sourceName(model), source: model, ...length };
  if (!/\.gguf($|[?#])/i.test(model)) {
    return { id: model === DEMO ? null : model, source: { kind: 'named', name: model }, ...length };
  }
  const absolute = (address: string) => new URL(address, document.baseURI).href;
  const source: ModelSource = {
    kind: 'url',
    text: absolute(model),
    ...(vision && { vision: absolute(vision) }),
  };
  return { id: sourceName(source), source, ...length };
}

/** Names of files, for a Blob tells nothing of which one it is. */
const fileNames = new WeakMap<Blob, string>();

function sourceName(source: ModelSource): string {
  if (source.kind === 'named') return source.name;
  if (source.kind === 'file' && source.key !== undefined) return source.key;
  return [source.text, source.vision ?? []].flat().map(fileName).join(' ');
}

function fileName(file: string | Blob): string {
  if (typeof file === 'string') return file;
  const name = fileNames.get(file) ?? newId();
  fileNames.set(file, name);
  return name;
}
