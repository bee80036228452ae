import { FairQueue } from '../src/engine/fair_queue.ts';
import { throwIfAborted } from '../src/model/errors.ts';
import type { LoadProgress } from '../src/rpc/contract.ts';
import { Backends } from './backends.ts';
import { ComingModel, type LoadedModel, type OnProgress } from './coming_model.ts';
import { type Asked, fits } from './model_key.ts';

/**
 * The one model that a worker holds, for all its clients: each says which model it wants, and has it for as long as
 * its turn lasts. Nobody's turn is cut short by a load of somebody else's.
 */
export class Models {
  readonly #backends = new Backends();
  readonly #queue = new FairQueue();
  readonly #coming = new Set<ComingModel>();
  /** What each client has asked for last. */
  readonly #wanted = new Map<object, Asked>();
  #loaded: LoadedModel | null = null;

  get loaded(): LoadedModel | null {
    return this.#loaded;
  }

  /** The loaded model, if it is the one that is asked for. */
  fitting(asked: Asked): LoadedModel | null {
    const loaded = this.#loaded;
    return loaded !== null && fits(loaded.asked, loaded.engine.info, asked) ? loaded : null;
  }

  /** The loaded model, if it is the one that is asked for; the client wants it from now on. */
  claim(client: object, asked: Asked): LoadedModel | null {
    const loaded = this.fitting(asked);
    if (loaded !== null) this.#wanted.set(client, asked);
    return loaded;
  }

  /**
   * Makes a model the loaded one and works with it in the client's turn.
   *
   * @param client stands for who asks
   * @param onProgress is heard if the model has to be loaded; null at first
   * @throws GlanceError about the files and the device; `aborted`
   */
  async use<T>(
    client: object,
    asked: Asked,
    onProgress: (progress: LoadProgress | null) => void,
    signal: AbortSignal,
    work: (model: LoadedModel) => Promise<T>,
  ): Promise<T> {
    throwIfAborted(signal);
    this.#wanted.set(client, asked);
    // A listener of this call alone, for the same function may wait twice.
    const listener: OnProgress = (progress) => onProgress(progress);
    let coming: ComingModel | null = null;
    const join = (): ComingModel => {
      if (coming?.over === false) return coming;
      coming?.leave(listener);
      onProgress(null);
      coming = this.#comingOf(asked);
      coming.join(listener);
      return coming;
    };
    const giveUp = () => coming?.leave(listener);
    signal.addEventListener('abort', giveUp);
    try {
      // Files are fetched and checked beside what the engine does for others.
      if (this.fitting(asked) === null) await join().opened(signal);
      return await this.#queue.run(
        client,
        async () => {
          throwIfAborted(signal);
          let model = this.fitting(asked);
          if (model === null) {
            const chosen = join();
            await chosen.opened(signal);
            model = await this.#start(chosen);
          }
          throwIfAborted(signal);
          return work(model);
        },
        signal,
      );
    } finally {
      signal.removeEventListener('abort', giveUp);
      giveUp();
    }
  }

  /** Works in the client's turn with whatever is loaded then. */
  useLoaded<T>(
    client: object,
    signal: AbortSignal,
    work: (model: LoadedModel | null) => Promise<T>,
  ): Promise<T> {
    return this.#queue.run(client, () => work(this.#loaded), signal);
  }

  /** Frees the model if no other client wants it; in the client's turn, so after its answers. */
  async unload(client: object): Promise<void> {
    this.forget(client);
    await this.#queue.run(client, async () => {
      if (![...this.#wanted.values()].some((asked) => this.fitting(asked) !== null)) await this.#drop();
    });
  }

  /** Says that a client wants nothing any more; what is loaded stays for the next one. */
  forget(client: object): void {
    this.#wanted.delete(client);
  }

  #comingOf(asked: Asked): ComingModel {
    for (const coming of this.#coming) {
      if (coming.over) this.#coming.delete(coming);
      else if (fits(coming.asked, null, asked)) return coming;
    }
    const coming = new ComingModel(asked, this.#backends);
    this.#coming.add(coming);
    return coming;
  }

  async #start(coming: ComingModel): Promise<LoadedModel> {
    try {
      this.#loaded = await coming.start(() => this.#drop());
      return this.#loaded;
    } finally {
      this.#coming.delete(coming);
    }
  }

  async #drop(): Promise<void> {
    const model = this.#loaded;
    this.#loaded = null;
    await model?.engine.dispose();
    model?.release();
  }
}
