/**
 * llama.cpp as a judge of token ids, through its WASM build (wllama), which has no call to tokenise. But
 * its embedding request takes text or token ids alike: if both give the same vector to the last bit, out
 * of a random network in which every token and its position matter, then llama.cpp's own ids for the text
 * are these.
 */
import { Wllama } from '@wllama/wllama';
import wasmUrl from '@wllama/wllama/esm/wasm/wllama.wasm?url';
import { fetchWasm } from './wasm_asset.ts';

const silent = { debug() {}, log() {}, warn() {}, error() {} };

/** Longest text, in tokens, that {@link LlamaCpp.embed} takes. */
export const MAX_EMBED_TOKENS = 2048;

export class LlamaCpp {
  readonly #wllama: Wllama;

  private constructor(wllama: Wllama) {
    this.#wllama = wllama;
  }

  /** Loads a text model for embedding. */
  static async load(model: Blob): Promise<LlamaCpp> {
    const wllama = new Wllama(
      { default: URL.createObjectURL(await fetchWasm(wasmUrl)) },
      { suppressNativeLog: true, logger: silent },
    );
    await wllama.loadModel([model], {
      embeddings: true,
      pooling_type: 'mean',
      n_ctx: MAX_EMBED_TOKENS,
      n_batch: MAX_EMBED_TOKENS,
      n_ubatch: MAX_EMBED_TOKENS,
      n_threads: 1,
      n_gpu_layers: 0,
      flash_attn: false,
    });
    return new LlamaCpp(wllama);
  }

  /**
   * The pooled vector of one sequence, made of token ids and of texts. Each text is tokenised by itself,
   * special tokens in it are found.
   */
  async embed(sequence: readonly (string | number)[]): Promise<number[]> {
    // llama.cpp's server takes mixed lists; the type knows pure ones only.
    const { data } = await this.#wllama.createEmbedding({ input: sequence as number[] });
    const [result] = data;
    if (data.length !== 1 || !Array.isArray(result?.embedding)) throw new Error('llama.cpp gave no vector');
    return result.embedding;
  }

  async close(): Promise<void> {
    await this.#wllama.exit();
  }
}
