import {
  type ChatCompletionMessage,
  type ChatCompletionMessageContent,
  type ChatCompletionParams,
  LoggerWithoutDebug,
  Wllama,
} from '@wllama/wllama';
import wasmAddress from '@wllama/wllama/esm/wasm/wllama.wasm?url';
import { fetchWasm } from '../support/wasm_asset.ts';
import type { FixtureMessage } from './fixtures.ts';

export interface LlamaOptions {
  /**
   * Of the likeliest tokens, how many are told. A token among them that is no text by itself, such as a single byte of
   * a longer character, makes llama.cpp fail: its JSON cannot hold it (see legible.ts).
   */
  topTokens: number;
  /** Draws tokens from all of the distribution, rather than greedily. */
  seed?: number;
  /** The text to continue with, whatever is likely; its tokens are single characters. */
  follow?: string;
}

/** One greedily generated token and the likeliest ones at its place. */
export interface LlamaStep {
  id: number;
  top: { id: number; logprob: number }[];
}

export interface LlamaAnswer {
  /** Tokens of the prompt, pictures included. */
  promptTokens: number;
  steps: LlamaStep[];
}

/** llama.cpp in this page, as exact as it can be: on the CPU, nothing in half precision. */
export class LlamaJudge {
  readonly #wllama: Wllama;
  readonly version = Wllama.getLibllamaVersion();

  private constructor(wllama: Wllama) {
    this.#wllama = wllama;
  }

  /** @param text and vision: GGUF files whose weights are all F32, else llama.cpp rounds activations */
  static async load(text: Blob, vision: Blob): Promise<LlamaJudge> {
    const wllama = new Wllama(
      { default: URL.createObjectURL(await fetchWasm(wasmAddress)) },
      { suppressNativeLog: true, logger: LoggerWithoutDebug },
    );
    await wllama.loadModel([text, vision], {
      n_ctx: 2048,
      n_threads: 1,
      n_parallel: 1,
      n_gpu_layers: 0,
      cache_type_k: 'f32',
      cache_type_v: 'f32',
      flash_attn: false,
      // Its own least, 8 tokens, would enlarge small pictures.
      image_min_tokens: 4,
      warmup: false,
    });
    joinPartsPlainly(wllama);
    return new LlamaJudge(wllama);
  }

  /**
   * Continues a conversation, greedily unless told otherwise, past the ends of turns, for a number of tokens.
   *
   * @param pictures encoded files by name
   */
  async generate(
    messages: readonly FixtureMessage[],
    pictures: ReadonlyMap<string, Blob>,
    tokens: number,
    { topTokens, seed, follow }: LlamaOptions,
  ): Promise<LlamaAnswer> {
    const response = await this.#wllama.createChatCompletion({
      messages: await Promise.all(messages.map((message) => translate(message, pictures))),
      max_tokens: tokens,
      ...(seed === undefined ? { temperature: 0 } : { temperature: 1, seed, top_k: 0, top_p: 1, min_p: 0 }),
      // In GBNF a literal is written as in JSON. What is told of the likeliest tokens does not depend on it.
      ...(follow !== undefined && { grammar: `root ::= ${JSON.stringify(follow)}` }),
      logprobs: true,
      top_logprobs: topTokens,
      ignore_eos: true,
      // Each prompt is computed anew, so that no answer depends on the order of the cases.
      cache_prompt: false,
    });
    const content = response.choices[0]!.logprobs?.content ?? [];
    if (content.length !== tokens) {
      throw new Error(`llama.cpp gave ${content.length} of ${tokens} tokens.`);
    }
    // The ids are in the answer but not in its published type.
    const withIds = content as unknown as (LlamaStep & { top_logprobs: LlamaStep['top'] })[];
    return {
      promptTokens: response.usage.prompt_tokens,
      steps: withIds.map(({ id, top_logprobs }) => ({
        id,
        top: top_logprobs.map((entry) => ({ id: entry.id, logprob: entry.logprob })),
      })),
    };
  }

  async dispose(): Promise<void> {
    await this.#wllama.exit();
  }
}

/** What Wllama calls, and keeps to itself, before a request leaves for llama.cpp. */
interface MultimodalInput {
  mediaMarker: string;
  prepareMultimodalInput(params: ChatCompletionParams): {
    params: ChatCompletionParams;
    files: ArrayBuffer[];
  };
}

/**
 * Makes Wllama join the parts of a message as they are. By itself it hands pictures on as text parts, which
 * llama.cpp then joins with line breaks, so that its prompt would differ from the template's.
 */
function joinPartsPlainly(wllama: Wllama): void {
  const internals = wllama as unknown as MultimodalInput;
  if (typeof internals.prepareMultimodalInput !== 'function') {
    throw new Error('This version of Wllama prepares pictures in another way; adapt test/parity/llama.ts.');
  }
  internals.prepareMultimodalInput = (params) => {
    const files: ArrayBuffer[] = [];
    const messages = params.messages.map((message) => {
      if (!Array.isArray(message.content)) return message;
      const content = message.content.map((part) => {
        if (part.type === 'text') return part.text;
        files.push(part.data);
        return internals.mediaMarker;
      });
      return { ...message, content: content.join('') } as ChatCompletionMessage;
    });
    return { params: { ...params, messages }, files };
  };
}

async function translate(
  { role, content }: FixtureMessage,
  pictures: ReadonlyMap<string, Blob>,
): Promise<ChatCompletionMessage> {
  if (typeof content === 'string') return { role, content };
  const parts = content.map(async (part): Promise<ChatCompletionMessageContent> => {
    if (part.type === 'text') return part;
    const picture = pictures.get(part.picture);
    if (picture === undefined) throw new Error(`The picture ${part.picture} was not given.`);
    return { type: 'image', data: await picture.arrayBuffer() };
  });
  return { role, content: await Promise.all(parts) } as ChatCompletionMessage;
}
