import { type GlanceError, toGlanceError } from '../model/errors.ts';
import type { GlanceClient } from '../rpc/client.ts';
import type { LoadOptions, ModelInfo } from '../rpc/contract.ts';
import {
  allPictures,
  type Conversation,
  type ConversationAction,
  emptyConversation,
  heldPictureIds,
  messagesFor,
  openTurn,
  type Picture,
  reduce,
  textSoFar,
} from './conversation.ts';
import { Downloads, fileNames, LOAD_START, type Loading } from './loading.ts';
import { readPicture } from './pictures.ts';
import { fetchSample, type Sample } from './samples.ts';
import { answerAnnouncement, picturesAnnouncement } from './words.ts';

let idCount = 0;

/** A name that is unique within the page; `crypto.randomUUID` is missing on pages without TLS. */
function newId(): string {
  idCount += 1;
  return `id-${idCount}`;
}

export type ModelState =
  | { readonly status: 'idle' }
  | { readonly status: 'loading'; readonly loading: Loading }
  | { readonly status: 'ready'; readonly info: ModelInfo }
  | { readonly status: 'failed'; readonly error: GlanceError };

/** Everything that the page shows. */
export interface SessionState {
  readonly conversation: Conversation;
  readonly model: ModelState;
  /** What a screen reader should say now. */
  readonly announcement: string;
}

/** What a session needs of a {@link GlanceClient}. */
export type SessionClient = Pick<GlanceClient, 'load' | 'chat' | 'close'>;

/** A worker that has not come to rest this long after Stop is ended and started anew. */
const STOP_PATIENCE_MS = 8000;

/**
 * The page's one conversation and the model that answers: does what the elements ask for, keeps the state
 * that they draw, and owns what must be released (object URLs, bitmaps, the running request).
 */
export class Session {
  readonly #client: SessionClient;
  readonly #options: LoadOptions;
  readonly #listeners = new Set<() => void>();
  readonly #reading = new Map<string, Promise<boolean>>();
  #state: SessionState = { conversation: emptyConversation, model: { status: 'idle' }, announcement: '' };
  #loading: Promise<ModelInfo> | null = null;
  #running: { turnId: string; abort: AbortController; ended: Promise<void> } | null = null;

  /** @param options the model to load and how. */
  constructor(client: SessionClient, options: LoadOptions) {
    this.#client = client;
    this.#options = options;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Calls the listener after every change; the returned function ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Loads the model unless it is loaded or being loaded. Failure shows in the state. */
  async load(): Promise<void> {
    await this.#ready().catch(() => {});
  }

  /** Puts files into the composer's tray; those that are no pictures become notices. */
  async addPictures(files: Iterable<File>): Promise<void> {
    const pictures = Array.from(files, (file) => {
      const picture = this.#newPicture(file.name || 'Pasted picture', file);
      this.#dispatch({ type: 'picture-added', picture });
      const read = this.#read(picture, file);
      this.#reading.set(picture.id, read);
      return read;
    });
    const kept = (await Promise.all(pictures)).filter(Boolean).length;
    if (kept > 0) this.announce(picturesAnnouncement(kept, this.#state.conversation.draft.pictures.length));
  }

  /** Takes a picture out of the composer's tray. */
  removePicture(pictureId: string): void {
    this.#dispatch({ type: 'picture-removed', pictureId });
  }

  /** Brings a picture to the stage. */
  showPicture(pictureId: string): void {
    this.#dispatch({ type: 'picture-shown', pictureId });
  }

  type(text: string): void {
    this.#dispatch({ type: 'draft-typed', text });
  }

  /** Asks what the composer holds. Does nothing while an answer is being made or without words. */
  async askDraft(): Promise<void> {
    const { pictures } = this.#state.conversation.draft;
    if (!this.#canAsk()) return;
    const read = await Promise.all(pictures.map(({ id }) => this.#reading.get(id) ?? true));
    // A picture that turned out unreadable has left the tray with a notice: let the person look first.
    if (read.includes(false) || !this.#canAsk()) return;
    const turnId = newId();
    this.#dispatch({ type: 'draft-asked', turnId });
    this.#start(turnId);
  }

  /** Asks a sample's question about its picture; the composer keeps what it holds. */
  async askSample(sample: Sample): Promise<void> {
    if (openTurn(this.#state.conversation) !== null) return;
    try {
      const blob = await fetchSample(sample);
      const content = await readPicture(blob);
      // Pressed twice, or something else was asked in the meantime.
      if (openTurn(this.#state.conversation) !== null) return;
      const picture = this.#newPicture(sample.alt, blob);
      const turnId = newId();
      const question = { text: sample.question, pictures: [{ ...picture, content }] };
      this.#dispatch({ type: 'asked', turnId, question });
      this.#start(turnId);
    } catch (error) {
      this.#notice(toGlanceError(error));
    }
  }

  /** Ends the answer being made; what it said so far stays. */
  stop(): void {
    const running = this.#running;
    if (running === null || running.abort.signal.aborted) return;
    this.#dispatch({ type: 'answer-stopping', turnId: running.turnId });
    running.abort.abort();
    const patience = setTimeout(() => {
      this.#loseModel();
      this.#client.close();
      void this.load();
    }, STOP_PATIENCE_MS);
    void running.ended.then(() => clearTimeout(patience));
  }

  /** Asks the last question again. */
  retry(turnId: string): void {
    if (this.#state.conversation.turns.at(-1)?.id !== turnId || this.#running !== null) return;
    this.#dispatch({ type: 'retried', turnId });
    this.#start(turnId);
  }

  /** Takes the last question back into the composer. */
  edit(turnId: string): void {
    if (this.#state.conversation.turns.at(-1)?.id !== turnId || this.#running !== null) return;
    this.#dispatch({ type: 'edited', turnId });
  }

  /** Starts a new conversation; {@link restore} brings the old one back. */
  async clear(): Promise<void> {
    this.stop();
    await this.#running?.ended;
    this.#dispatch({ type: 'cleared' });
    this.announce('New conversation');
  }

  restore(): void {
    this.#dispatch({ type: 'restored' });
    this.announce('Conversation brought back');
  }

  dismissNotice(noticeId: string): void {
    this.#dispatch({ type: 'notice-dismissed', noticeId });
  }

  /** Shows an error that belongs to no question. */
  report(error: unknown): void {
    this.#notice(toGlanceError(error));
  }

  announce(announcement: string): void {
    this.#update({ announcement });
  }

  #canAsk(): boolean {
    const { conversation } = this.#state;
    return openTurn(conversation) === null && conversation.draft.text.trim() !== '';
  }

  #newPicture(name: string, blob: Blob): Picture {
    return { id: newId(), name, url: URL.createObjectURL(blob), content: null };
  }

  async #read(picture: Picture, file: File): Promise<boolean> {
    try {
      const content = await readPicture(file);
      this.#dispatch({ type: 'picture-read', pictureId: picture.id, content });
      return true;
    } catch (error) {
      this.#dispatch({ type: 'picture-removed', pictureId: picture.id });
      this.#notice(toGlanceError(error), picture.name);
      return false;
    } finally {
      this.#reading.delete(picture.id);
    }
  }

  #notice(error: GlanceError, subject: string | null = null): void {
    this.#dispatch({ type: 'noticed', notice: { id: newId(), error, subject } });
  }

  #start(turnId: string): void {
    const abort = new AbortController();
    const running = { turnId, abort, ended: Promise.resolve() };
    this.#running = running;
    running.ended = this.#answer(turnId, abort.signal).finally(() => {
      this.#running = null;
    });
  }

  async #answer(turnId: string, signal: AbortSignal): Promise<void> {
    this.announce('Working on the answer');
    try {
      await Promise.race([this.#ready(), rejectOnAbort(signal)]);
      this.#dispatch({ type: 'answer-begun', turnId });
      const result = await this.#client.chat(
        { messages: messagesFor(this.#state.conversation, turnId) },
        (event) => this.#dispatch({ type: 'answer-progressed', turnId, event }),
        signal,
      );
      this.#dispatch({ type: 'answer-ended', turnId, result });
      this.announce(answerAnnouncement(result.text, result.finishReason === 'abort'));
    } catch (thrown) {
      const error = toGlanceError(thrown);
      if (error.code === 'worker-lost' || error.code === 'no-model') this.#loseModel();
      if (error.code === 'aborted') {
        this.#dispatch({ type: 'answer-stopped', turnId });
        this.announce(answerAnnouncement(this.#textOf(turnId), true));
      } else {
        // The error card is an alert: it speaks for itself.
        this.#dispatch({ type: 'answer-failed', turnId, error });
      }
    }
  }

  #textOf(turnId: string): string {
    const turn = this.#state.conversation.turns.find(({ id }) => id === turnId);
    return turn === undefined ? '' : textSoFar(turn.answer);
  }

  #loseModel(): void {
    this.#loading = null;
    this.#update({ model: { status: 'idle' } });
  }

  /** The loaded model; starts loading if nobody has, or if the last try failed. */
  #ready(): Promise<ModelInfo> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  async #load(): Promise<ModelInfo> {
    const downloads = new Downloads(fileNames(this.#options.source));
    this.#update({ model: { status: 'loading', loading: LOAD_START } });
    try {
      const info = await this.#client.load(this.#options, (progress) => {
        if (this.#state.model.status !== 'loading') return;
        this.#update({ model: { status: 'loading', loading: downloads.add(progress) } });
      });
      this.#update({ model: { status: 'ready', info } });
      return info;
    } catch (thrown) {
      const error = toGlanceError(thrown);
      this.#loading = null;
      this.#update({ model: { status: 'failed', error } });
      throw error;
    }
  }

  #dispatch(action: ConversationAction): void {
    const before = this.#state.conversation;
    const conversation = reduce(before, action);
    if (conversation === before) return;
    this.#update({ conversation });
    const held = heldPictureIds(conversation);
    for (const picture of [...allPictures(before), ...(before.previous ?? []).flatMap(picturesOf)]) {
      if (!held.has(picture.id)) release(picture);
    }
  }

  #update(change: Partial<SessionState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function picturesOf({ question }: { question: { pictures: readonly Picture[] } }): readonly Picture[] {
  return question.pictures;
}

function release({ url, content }: Picture): void {
  URL.revokeObjectURL(url);
  if (content !== null && content.input instanceof ImageBitmap) content.input.close();
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(new DOMException('Stopped.', 'AbortError'));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
