import { LoggerWithoutDebug, Wllama } from '@wllama/wllama';
import wasmAddress from '@wllama/wllama/esm/wasm/wllama.wasm?url';
import { fetchWasm } from '../support/wasm_asset.ts';
import type { DecodeSample } from './contract.ts';

/** One token, whatever the vocabulary, so that a prompt has exactly the wanted length. */
const TOKEN = '<|endoftext|>';

/** llama.cpp in this page as its users have it: its own defaults, one thread like all contenders, the CPU. */
export class LlamaContender {
  readonly #wllama: Wllama;

  private constructor(wllama: Wllama) {
    this.#wllama = wllama;
  }

  static get version(): string {
    return Wllama.getLibllamaVersion();
  }

  static async load(file: Blob, contextLength: number): Promise<LlamaContender> {
    const wllama = new Wllama(
      { default: URL.createObjectURL(await fetchWasm(wasmAddress)) },
      { suppressNativeLog: true, logger: LoggerWithoutDebug },
    );
    await wllama.loadModel([file], { n_ctx: contextLength, n_threads: 1, n_parallel: 1, n_gpu_layers: 0 });
    return new LlamaContender(wllama);
  }

  /** Times of single tokens after a real prompt, by llama.cpp's own clock. */
  async decode(context: number, tokens: number): Promise<DecodeSample> {
    const request = { ...requestOf(context, tokens + 1, true), stream: true as const };
    const stream = await this.#wllama.createCompletion(request);
    const sinceFirstMs = new Map<number, number>();
    let promptTokens = 0;
    for await (const { timings } of stream) {
      if (timings) {
        sinceFirstMs.set(timings.predicted_n, timings.predicted_ms);
        promptTokens = timings.prompt_n + (timings.cache_n ?? 0);
      }
    }
    if (promptTokens !== context) throw new Error(`llama.cpp read ${promptTokens} tokens, not ${context}.`);
    const ends = [...sinceFirstMs].sort(([a], [b]) => a - b);
    const msPerToken = ends.slice(1).map(([n, ms], i) => (ms - ends[i]![1]) / (n - ends[i]![0]));
    if (msPerToken.length === 0) throw new Error('llama.cpp told no times.');
    return {
      tokens: ends.at(-1)![0] - ends[0]![0],
      msPerToken,
      submitsPerToken: null,
      dispatchesPerToken: null,
      gpuBytes: null,
    };
  }

  /** Milliseconds from a prompt to its first token. */
  async prefill(length: number): Promise<number> {
    const startMs = performance.now();
    await this.#wllama.createCompletion(requestOf(length, 1, false));
    return performance.now() - startMs;
  }

  async dispose(): Promise<void> {
    await this.#wllama.exit();
  }
}

/**
 * llama.cpp's server knows more options than Wllama's type.
 *
 * @param cached what was read before is not read again
 */
const requestOf = (promptTokens: number, tokens: number, cached: boolean) => ({
  prompt: TOKEN.repeat(promptTokens),
  max_tokens: tokens,
  temperature: 0,
  ignore_eos: true,
  cache_prompt: cached,
  timings_per_token: true,
});
