import { Engine } from '../src/engine/engine.ts';
import { type OpenedModel, openModel } from '../src/engine/open_model.ts';
import { abortable } from '../src/model/abortable.ts';
import { throwIfAborted } from '../src/model/errors.ts';
import type { LoadProgress } from '../src/rpc/contract.ts';
import type { Backends, StartingBackend } from './backends.ts';
import { type OpenFiles, openFiles } from './files.ts';
import type { Asked } from './model_key.ts';
import { storedVerdicts } from './verdicts.ts';

export type OnProgress = (progress: LoadProgress) => void;

/** An engine and what must be let go with it. */
export interface LoadedModel {
  readonly asked: Asked;
  readonly engine: Engine;
  /** Name of the text file. */
  readonly file: string;
  /** When it was loaded, in milliseconds since 1970. */
  readonly loadedAt: number;
  /** Lets go of the model's files. */
  readonly release: () => void;
}

interface Opened {
  model: OpenedModel;
  files: OpenFiles;
  backend: StartingBackend;
}

/**
 * A model on its way, for all who wait for it: its files are opened at once, beside what the engine does; its
 * weights are brought to the device when somebody has the engine's turn. It ends early when nobody waits for it
 * any more.
 */
export class ComingModel {
  readonly asked: Asked;
  readonly #backends: Backends;
  readonly #controller = new AbortController();
  readonly #waiting = new Set<OnProgress>();
  /** What a newcomer has to hear to know where loading stands. */
  readonly #fetched = new Map<string, LoadProgress>();
  #stage: LoadProgress | null = null;
  readonly #opened: Promise<Opened>;
  #state: 'opening' | 'starting' | 'over' = 'opening';

  constructor(asked: Asked, backends: Backends) {
    this.asked = asked;
    this.#backends = backends;
    this.#opened = this.#open();
    // Nobody may be waiting when it fails.
    this.#opened.catch(() => {});
  }

  /** It has been loaded, has failed, or has been given up: who wants the model has to begin anew. */
  get over(): boolean {
    return this.#state === 'over';
  }

  /** Hears how loading goes, from the beginning on. */
  join(onProgress: OnProgress): void {
    this.#waiting.add(onProgress);
    for (const progress of this.#fetched.values()) onProgress(progress);
    if (this.#stage !== null) onProgress(this.#stage);
  }

  leave(onProgress: OnProgress): void {
    if (!this.#waiting.delete(onProgress) || this.#waiting.size > 0 || this.over) return;
    this.#controller.abort();
    if (this.#state === 'starting') return;
    this.#state = 'over';
    // A model that is not wanted any more gives its files back.
    this.#opened.then(({ files }) => files.release()).catch(() => {});
  }

  /** Settles when the files have been found sound. */
  async opened(signal: AbortSignal | undefined): Promise<void> {
    await abortable(this.#opened, signal);
  }

  /**
   * Brings the weights to the device, once. The engine must be the caller's until this settles.
   *
   * @param makeRoom frees what is loaded by now
   */
  async start(makeRoom: () => Promise<void>): Promise<LoadedModel> {
    const { model, files, backend } = await this.#opened;
    const { signal } = this.#controller;
    this.#state = 'starting';
    try {
      throwIfAborted(signal);
      await makeRoom();
      const { contextLength } = this.asked.options;
      const engine = await Engine.start(model, {
        ...(contextLength !== undefined && { contextLength }),
        backend: await backend.started,
        onProgress: this.#tell,
        signal,
        verdicts: storedVerdicts,
      });
      if (signal.aborted) await engine.dispose();
      throwIfAborted(signal);
      const { release } = files;
      return { asked: this.asked, engine, file: files.text.name, loadedAt: Date.now(), release };
    } catch (error) {
      files.release();
      throw error;
    } finally {
      this.#state = 'over';
    }
  }

  async #open(): Promise<Opened> {
    const { device = 'auto', source } = this.asked.options;
    const { signal } = this.#controller;
    let opening: Promise<OpenFiles> | null = null;
    try {
      const backend = await this.#backends.start(device, this.#tell);
      throwIfAborted(signal);
      opening = openFiles(source, this.#tell, signal);
      const [files] = await Promise.all([opening, backend.fetched]);
      this.#tell({ stage: 'runtime' });
      await backend.started;
      this.#tell({ stage: 'tokenizer' });
      const model = await openModel(files.text, files.vision, signal);
      return { model, files, backend };
    } catch (error) {
      // Nobody wants the rest of a model that failed to load.
      this.#state = 'over';
      this.#controller.abort();
      opening?.then(({ release }) => release()).catch(() => {});
      throw error;
    }
  }

  readonly #tell = (progress: LoadProgress): void => {
    if (progress.stage === 'fetch') this.#fetched.set(progress.file, progress);
    else this.#stage = progress;
    for (const onProgress of [...this.#waiting]) onProgress(progress);
  };
}
