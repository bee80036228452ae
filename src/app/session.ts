import { type GlanceError, toGlanceError } from '../model/errors.ts';
import type { GlanceClient } from '../rpc/client.ts';
import type { LoadOptions } from '../rpc/contract.ts';
import { AnswerRunner } from './answer_runner.ts';
import { canContinue, reachedLimit } from './answering.ts';
import {
  type Conversation,
  type ConversationAction,
  emptyConversation,
  heldPictures,
  holdsDraftOf,
  type OpenedConversation,
  openTurn,
  type Question,
  reduce,
  type Turn,
} from './conversation.ts';
import type { DeviceChoice } from './device.ts';
import type { PictureEdit } from './editing/geometry.ts';
import { type ModelChoice, ModelLoader, type SessionModel } from './model_loader.ts';
import { newId } from './new_id.ts';
import { errorTitle } from './phrases.ts';
import { newPicture, PictureReading, release } from './picture_reading.ts';
import { fetchPictureReader, type PictureDetail, readPicture } from './pictures.ts';
import { fetchSample, type Sample } from './samples.ts';
import type { SessionPage } from './session_page.ts';
import { type AskSettings, type ConversationSettings, DEFAULT_SETTINGS } from './settings/settings.ts';
import { words } from './words/index.ts';

export interface SessionOptions extends LoadOptions {
  /** Asked once, before the first load: the model to load in place of the one given; null for none. */
  firstModel?: () => Promise<SessionModel | null>;
  /** Tells how questions are asked from now on; default: as models recommend it. */
  settings?: () => AskSettings;
}

/** Everything that the page shows. */
export interface SessionState extends ModelChoice {
  readonly conversation: Conversation;
  /** The sample that was pressed and whose picture is on its way. */
  readonly pressedSample: Sample | null;
  /** What a screen reader should say now. */
  readonly announcement: string;
}

/** What a session needs of a {@link GlanceClient}. */
export type SessionClient = Pick<GlanceClient, 'load' | 'chat' | 'close'>;

/**
 * The page's one conversation and the model that answers: does what the elements ask for, keeps the state
 * that they draw, and owns what must be released (object URLs, bitmaps, the running request).
 */
export class Session {
  readonly #client: SessionClient;
  readonly #loader: ModelLoader;
  readonly #listeners = new Set<() => void>();
  readonly #pictures: PictureReading;
  readonly #runner: AnswerRunner;
  #state: SessionState;

  /** @param options the model to load, one that comes with the site, and how. */
  constructor(client: SessionClient, { firstModel, settings, device, ...model }: SessionOptions) {
    this.#client = client;
    this.#loader = new ModelLoader(
      client,
      () => this.#state,
      (change) => this.#modelChanged(change),
      firstModel,
    );
    const page: SessionPage = {
      state: () => this.#state,
      dispatch: (action) => this.#dispatch(action),
      announce: (text) => this.announce(text),
      report: (error, title) => this.report(error, title),
    };
    this.#pictures = new PictureReading(page);
    this.#runner = new AnswerRunner(page, {
      client,
      loader: this.#loader,
      settings: settings ?? (() => DEFAULT_SETTINGS),
      pictures: this.#pictures,
      restart: () => this.#restart(),
    });
    this.#state = {
      conversation: { ...emptyConversation, id: newId() },
      model: { status: 'idle' },
      chosen: { id: null, ...model },
      device: device ?? 'auto',
      pressedSample: null,
      announcement: '',
    };
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
    await this.#loader.ready().catch(() => {});
  }

  /** Loads the model anew on another device. The last question is asked again there if it has no answer. */
  async useDevice(device: DeviceChoice): Promise<void> {
    if (device === this.#state.device) return;
    await this.#loadAnew({ device });
  }

  /** Loads another model. The conversation stays; its last question is asked again if it has no answer. */
  async useModel(model: SessionModel): Promise<void> {
    const { chosen, model: state } = this.#state;
    const same = chosen.id === model.id && chosen.contextLength === model.contextLength;
    if (same && (state.status === 'ready' || state.status === 'loading')) return;
    this.#loader.forgetFirstModel();
    await this.#loadAnew({ chosen: model });
  }

  /** Changes what the model depends on, and loads it in a fresh worker. */
  async #loadAnew(change: Partial<SessionState>): Promise<void> {
    const turnId = this.#turnToAskAgain();
    const continues = turnId !== null && this.#turn(turnId)?.keptAnswer !== null;
    this.#update({ ...change, model: { status: 'idle' } });
    const ended = this.#runner.ended;
    this.#restart();
    await ended;
    if (turnId !== null && continues) this.continue(turnId);
    else if (turnId !== null) this.#askAnew(turnId);
  }

  /** Asks again what nobody has stopped: the piece of an answer that was made meanwhile is not kept. */
  #askAnew(turnId: string): void {
    const turn = this.#turn(turnId);
    const last = this.#state.conversation.turns.at(-1);
    if (this.#runner.isRunning || last === undefined || turn?.answer.state === 'done') return;
    // Of a try to ask again, which makes way for the answer before it, there is nothing left.
    if (turn === undefined) this.retry(last.id);
    else {
      this.#dispatch({ type: 'restarted', turnId });
      this.#runner.start(turnId);
    }
  }

  /**
   * Puts files into the composer's tray; those that are no pictures become one notice.
   *
   * @param folders names of folders that came with the files; they cannot be added.
   * @returns why some were not added
   */
  addPictures(files: Iterable<File>, folders: readonly string[] = []): Promise<readonly GlanceError[]> {
    return this.#pictures.add(files, folders);
  }

  /**
   * Puts a document's pages into the composer's tray as they come, after those of earlier ones; questions wait for them.
   * No more are taken once the composer holds something else.
   *
   * @throws why they did not all come
   */
  addPages(pages: AsyncIterable<File>): Promise<void> {
    return this.#pictures.addPages(pages);
  }

  /** Takes a picture out of the composer's tray, also if it has been turned or cropped since. */
  removePicture(pictureId: string): void {
    for (const id of new Set([pictureId, this.#pictures.latest(pictureId)])) {
      this.#dispatch({ type: 'picture-removed', pictureId: id });
    }
  }

  /** Puts the composer's pictures in another order, and leaves some out. */
  arrangePictures(order: readonly string[], removed: readonly string[] = []): void {
    this.#dispatch({ type: 'pictures-arranged', order, removed });
  }

  /** Turns and crops a picture of the composer's tray, always from its original. A failure is told. */
  async editPicture(pictureId: string, edit: PictureEdit): Promise<void> {
    await this.#pictures.edit(pictureId, edit);
  }

  /** Waits until pictures that are being read, turned or cropped are as they will be. */
  async picturesRead(): Promise<void> {
    await this.#pictures.allRead();
  }

  /** How closely the model looks at the pictures of the next question, and of those after it. */
  chooseDetail(detail: PictureDetail): void {
    this.#dispatch({ type: 'detail-chosen', detail });
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
    if (!this.#canAsk()) return;
    const before = this.#state.conversation;
    const complete = await this.#pictures.pagesAdded();
    const errors = await this.#pictures.read(this.#state.conversation.draft.pictures);
    // A picture that turned out unreadable has left the tray with a notice: let the person look first.
    if (!complete || errors.length > 0 || !this.#canAsk()) return;
    if (!holdsDraftOf(before, this.#state.conversation)) return;
    const turnId = newId();
    this.#dispatch({ type: 'draft-asked', turnId, atMs: Date.now() });
    this.#runner.start(turnId);
  }

  /**
   * Asks about the pictures in the composer, which keeps what is typed there. While an old question is edited the pictures
   * are that one's, and stay.
   *
   * @returns the turn's id; null if something else is being answered
   * @throws {@link GlanceError} with a `picture-` code
   */
  async askAboutDraft(text: string): Promise<string | null> {
    const { draft, editing } = this.#state.conversation;
    const [error] = editing === null ? await this.#pictures.read(draft.pictures) : [];
    if (error !== undefined) throw error;
    if (openTurn(this.#state.conversation) !== null) return null;
    const turnId = newId();
    this.#dispatch({ type: 'draft-asked', turnId, text, atMs: Date.now() });
    this.#runner.start(turnId);
    return turnId;
  }

  /** Asks a sample's question about its picture; the composer keeps what it holds. */
  async askSample(sample: Sample): Promise<void> {
    if (openTurn(this.#state.conversation) !== null || this.#state.pressedSample !== null) return;
    this.#update({ pressedSample: sample });
    try {
      const name = words.welcome.sampleName(sample.name);
      await this.ask(sample.question, [{ name, file: await fetchSample(sample), sample: true }]);
    } catch (error) {
      this.report(error);
    } finally {
      this.#update({ pressedSample: null });
    }
  }

  /**
   * Asks about pictures that are not in the composer, which keeps what it holds.
   *
   * @returns the turn's id; null if something else is being answered
   * @throws {@link GlanceError} with a `picture-` code
   */
  async ask(
    text: string,
    files: readonly { name: string; file: Blob; sample: boolean }[],
  ): Promise<string | null> {
    const contents = await Promise.all(files.map(({ file }) => readPicture(file)));
    // Something else may have been asked in the meantime.
    if (openTurn(this.#state.conversation) !== null) return null;
    const pictures = files.map(({ name, file, sample }, i) => ({
      ...newPicture(name, file, sample),
      content: contents[i]!,
    }));
    const turnId = newId();
    this.#dispatch({ type: 'asked', turnId, question: { text, pictures }, atMs: Date.now() });
    this.#runner.start(turnId);
    return turnId;
  }

  /** Ends the answer being made; what it said so far stays. */
  stop(): void {
    this.#runner.stop();
  }

  /** Asks a question of the conversation again, beside the answer that it has. */
  retry(turnId: string): void {
    if (this.#turn(turnId) === undefined || this.#runner.isRunning) return;
    this.#dispatch({ type: 'retried', turnId, newTurnId: newId(), atMs: Date.now() });
    const open = openTurn(this.#state.conversation);
    if (open !== null) this.#runner.start(open.id);
  }

  /** Asks the question again; from now on this conversation's oldest turns are left out where they must be. */
  shorten(turnId: string): void {
    this.#runner.dropsOldest = true;
    this.retry(turnId);
  }

  /** Has the last answer go on where it broke off. */
  continue(turnId: string): void {
    const turn = this.#state.conversation.turns.at(-1);
    if (turn?.id !== turnId || this.#runner.isRunning || !canContinue(turn.answer)) return;
    // An answer that filled the context can only go on without something else.
    if (turn.answer.state === 'done' && !reachedLimit(turn)) this.#runner.dropsOldest = true;
    this.#dispatch({ type: 'continued', turnId });
    this.#runner.start(turnId);
  }

  /** Shows another version of a turn, with what followed it. */
  chooseVersion(turnId: string): void {
    if (!this.#runner.isRunning) this.#dispatch({ type: 'version-chosen', turnId });
  }

  /** Takes a question back into the composer; what is sent then stands beside it. */
  edit(turnId: string): void {
    if (this.#turn(turnId) === undefined || this.#runner.isRunning) return;
    this.#dispatch({ type: 'edit-begun', turnId });
    this.announce(words.announce.editing);
  }

  /** Leaves the question as it was asked; the composer has again what it held before. */
  cancelEdit(): void {
    if (this.#state.conversation.editing === null) return;
    this.#dispatch({ type: 'edit-cancelled' });
    this.announce(words.announce.editCancelled);
  }

  /** Gives the conversation settings of its own, from the next answer on. */
  useSettings(settings: ConversationSettings): void {
    this.#dispatch({ type: 'settings-chosen', settings });
  }

  /** Starts a new conversation; {@link restore} brings the old one back. */
  async clear(): Promise<void> {
    await this.#leave();
    this.#dispatch({ type: 'cleared', newId: newId() });
    this.announce(words.common.newConversation);
  }

  /** Goes on with a conversation that was kept. */
  async open(conversation: OpenedConversation): Promise<void> {
    await this.#leave();
    this.#dispatch({ type: 'opened', conversation });
    this.#pictures.readAgain();
  }

  /** Takes in what was asked in this conversation on another page. */
  merge(turns: readonly Turn[], removed: readonly string[]): void {
    this.#dispatch({ type: 'merged', turns, removed });
    this.#pictures.readAgain();
  }

  /** Empties the composer; a question that is edited stays as it was asked. */
  discardDraft(): void {
    this.cancelEdit();
    this.type('');
    for (const { id } of this.#state.conversation.draft.pictures) this.removePicture(id);
  }

  /** Puts what was not sent at an earlier visit ahead of what the composer holds. */
  restoreDraft(draft: Question): void {
    this.#dispatch({ type: 'draft-restored', draft });
    this.#pictures.readAgain();
  }

  /** What was put away last cannot be brought back any more. */
  forgetPrevious(): void {
    this.#dispatch({ type: 'previous-forgotten' });
  }

  restore(): void {
    this.#dispatch({ type: 'restored' });
    this.announce(words.announce.broughtBack);
  }

  dismissNotice(noticeId: string): void {
    this.#dispatch({ type: 'notice-dismissed', noticeId });
  }

  /** Shows an error that belongs to no question. */
  report(thrown: unknown, title?: string): void {
    const error = toGlanceError(thrown);
    const notice = { id: newId(), title: title ?? errorTitle(error.code), error };
    this.#dispatch({ type: 'noticed', notice });
  }

  /** Has a screen reader say this. */
  announce(text: string): void {
    // The same words again would not be heard: nothing would have changed.
    this.#update({ announcement: text === this.#state.announcement ? `${text}\u00a0` : text });
  }

  #canAsk(): boolean {
    const { conversation } = this.#state;
    return openTurn(conversation) === null && conversation.draft.text.trim() !== '';
  }

  /** Ends what is being done for the conversation. */
  async #leave(): Promise<void> {
    this.stop();
    await this.#runner.ended;
    this.#runner.dropsOldest = false;
  }

  #turn(turnId: string): Turn | undefined {
    return this.#state.conversation.turns.find(({ id }) => id === turnId);
  }

  /** The last question, if it has no answer yet and nobody has stopped it. */
  #turnToAskAgain(): string | null {
    if (this.#runner.isRunning) return this.#runner.unstoppedTurnId;
    const { conversation, model } = this.#state;
    const last = conversation.turns.at(-1);
    const lacksModel =
      model.status === 'failed' && last?.answer.state === 'failed' && last.answer.error === model.error;
    return lacksModel && conversation.editing === null ? last.id : null;
  }

  /** Ends the worker, and with it what it is doing, and loads the model into a fresh one. */
  #restart(): void {
    this.#loader.lose();
    this.#client.close();
    void this.load();
  }

  #modelChanged(change: Partial<ModelChoice>): void {
    this.#update(change);
    if (change.model?.status !== 'ready') return;
    this.announce(words.announce.modelReady);
    // Ahead of the first picture, which may come when the connection is gone.
    void fetchPictureReader().catch(() => {});
  }

  #dispatch(action: ConversationAction): void {
    const before = this.#state.conversation;
    const conversation = reduce(before, action);
    if (conversation === before) return;
    this.#update({ conversation });
    const held = heldPictures(conversation);
    for (const [id, picture] of heldPictures(before)) {
      if (!held.has(id)) release(picture);
    }
  }

  #update(change: Partial<SessionState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
