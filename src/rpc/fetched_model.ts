import { GlanceError } from '../model/errors.ts';
import type { LoadOptions, LoadProgress, ModelSource } from './contract.ts';

type UrlSource = Extract<ModelSource, { kind: 'url' }>;
type FileSource = Extract<ModelSource, { kind: 'file' }>;

/** Downloads a model's files in this thread. */
export type FetchModel = (
  source: UrlSource,
  onProgress: (progress: LoadProgress) => void,
  signal?: AbortSignal,
) => Promise<FileSource>;

/**
 * The engine may be in another tab, whose policy keeps it from servers that this page may reach: a tab of the site lets
 * it reach the hub alone. Then this page fetches the files for itself, as it does with pictures, and hands them over.
 */
export class FetchedModel {
  readonly #fetch: FetchModel | null;
  /** The last one, so that the next question about it needs no download. */
  #fetched: { key: string; source: FileSource } | null = null;

  /** @param fetch null: what the engine cannot reach is refused */
  constructor(fetch: FetchModel | null) {
    this.#fetch = fetch;
  }

  /**
   * Does something with a model, and once more with its files where the engine may not reach them.
   *
   * @throws whatever `work` throws; GlanceError of the download
   */
  async use<T, O extends LoadOptions | undefined>(
    options: O,
    onProgress: (progress: LoadProgress) => void,
    signal: AbortSignal | undefined,
    work: (options: O) => Promise<T>,
  ): Promise<T> {
    if (this.#fetch === null || options?.source.kind !== 'url') return work(options);
    const { source } = options;
    const key = JSON.stringify([source.text, source.vision ?? null]);
    if (this.#fetched?.key !== key) {
      try {
        return await work(options);
      } catch (error) {
        if (!isRefusedByPolicy(error)) throw error;
      }
      // The name by which other copies of these files are known as well.
      const fetched = { ...(await this.#fetch(source, onProgress, signal)), key };
      this.#fetched = { key, source: fetched };
    }
    return work({ ...options, source: this.#fetched!.source });
  }
}

/** Whether it is a policy that keeps the engine from a file, not the network or the server. */
function isRefusedByPolicy(error: unknown): boolean {
  return error instanceof GlanceError && error.details.policy === 'connect-src';
}
