import { abortedError, type GlanceError, toGlanceError } from '../model/errors.ts';
import type { GlanceClient } from '../rpc/client.ts';
import type { LoadOptions, ModelEvent, ModelInfo, ModelSource } from '../rpc/contract.ts';
import type { DeviceChoice } from './device.ts';
import { Downloads, fileNames, LOAD_START, type Loading } from './loading.ts';

export type ModelState =
  | { readonly status: 'idle' }
  | { readonly status: 'loading'; readonly loading: Loading }
  | { readonly status: 'ready'; readonly info: ModelInfo }
  | { readonly status: 'failed'; readonly error: GlanceError };

/** A model that the page can load. */
export interface SessionModel {
  /** Under which it is kept on this device; null for the demo model, which comes with the site. */
  readonly id: string | null;
  readonly source: ModelSource;
  /** In tokens; default: the engine's. */
  readonly contextLength?: number;
}

/** What is loaded, or is to be, and on what. */
export interface ModelChoice {
  readonly model: ModelState;
  /** The model that is, or is to be, loaded. */
  readonly chosen: SessionModel;
  /** What the model is to run on; what it does run on is with the loaded model. */
  readonly device: DeviceChoice;
}

/** Loads the model that is chosen, once for all who wait for it, and tells where that stands. */
export class ModelLoader {
  readonly #client: Pick<GlanceClient, 'load'>;
  readonly #choice: () => ModelChoice;
  readonly #update: (change: Partial<ModelChoice>) => void;
  #firstModel: (() => Promise<SessionModel | null>) | undefined;
  #loading: Promise<ModelInfo> | null = null;
  #loadCount = 0;
  /** What is fetched for a question whose model was not there any more. */
  #followed: Downloads | null = null;

  /**
   * @param choice tells what is chosen now
   * @param update takes what has changed
   * @param firstModel asked once, before the first load: the model to load in place of the one chosen
   */
  constructor(
    client: Pick<GlanceClient, 'load'>,
    choice: () => ModelChoice,
    update: (change: Partial<ModelChoice>) => void,
    firstModel: (() => Promise<SessionModel | null>) | undefined,
  ) {
    this.#client = client;
    this.#choice = choice;
    this.#update = update;
    this.#firstModel = firstModel;
  }

  /** The loaded model; starts loading if nobody has, or if the last try failed. */
  ready(): Promise<ModelInfo> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  /** The model is loaded for a question just now, as another tab had loaded another one, or has taken it along. */
  get isFollowing(): boolean {
    return this.#followed !== null;
  }

  /** Shows what happens to the model while a question waits for it. */
  follow(event: ModelEvent): void {
    if (event.type === 'load') {
      this.#followed ??= new Downloads(fileNames(this.#choice().chosen.source));
      const loading = event.progress === null ? LOAD_START : this.#followed.add(event.progress);
      this.#update({ model: { status: 'loading', loading } });
    } else if (this.#followed !== null) {
      this.#followed = null;
      this.#update({ model: { status: 'ready', info: event.info } });
    }
  }

  /** Says that the model could not be loaded for the question. */
  failToFollow(error: GlanceError): void {
    if (error.code === 'aborted') {
      this.loadAnew();
      return;
    }
    this.#followed = null;
    this.#loading = null;
    this.#update({ model: { status: 'failed', error } });
  }

  /** Goes on with the load that a question began and does not wait for any more. */
  loadAnew(): void {
    this.#followed = null;
    this.#loading = null;
    void this.ready().catch(() => {});
  }

  /** Says that there is no model any more. */
  lose(): void {
    this.#followed = null;
    this.#loading = null;
    this.#update({ model: { status: 'idle' } });
  }

  /** Says that a model was chosen: that of an earlier visit is not wanted any more. */
  forgetFirstModel(): void {
    this.#firstModel = undefined;
  }

  async #load(): Promise<ModelInfo> {
    this.#loadCount += 1;
    const count = this.#loadCount;
    this.#update({ model: { status: 'loading', loading: LOAD_START } });
    try {
      if (this.#firstModel !== undefined) {
        await this.#takeFirstModel(this.#firstModel);
        if (count !== this.#loadCount) throw abortedError();
      }
      const { chosen, device } = this.#choice();
      const { source, contextLength } = chosen;
      const downloads = new Downloads(fileNames(source));
      const options: LoadOptions = {
        source,
        device,
        ...(contextLength !== undefined && { contextLength }),
      };
      const info = await this.#client.load(options, (progress) => {
        if (this.#choice().model.status !== 'loading' || count !== this.#loadCount) return;
        this.#update({ model: { status: 'loading', loading: downloads.add(progress) } });
      });
      this.#update({ model: { status: 'ready', info } });
      return info;
    } catch (thrown) {
      const error = toGlanceError(thrown);
      // What became of a load that another one has replaced is of no interest any more.
      if (count === this.#loadCount) {
        this.#loading = null;
        this.#update({ model: { status: 'failed', error } });
      }
      throw error;
    }
  }

  /** The model of an earlier visit takes the place of the one that comes with the site. */
  async #takeFirstModel(firstModel: () => Promise<SessionModel | null>): Promise<void> {
    const model = await firstModel().catch(() => null);
    // Something else may have been chosen meanwhile.
    if (this.#firstModel !== firstModel) return;
    this.#firstModel = undefined;
    if (model !== null) this.#update({ chosen: model });
  }
}
