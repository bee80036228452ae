import type { ChatMessage, ToolCall, ToolDefinition } from './chat.ts';
import type { FinishReason, SamplingOptions } from './sampling.ts';
import type { Thinking } from './template_abilities.ts';

/** What computes. `auto` lets Glance choose (see DESIGN, fallbacks). */
export type Device = 'webgpu' | 'wasm';

/**
 * Where loading stands. Stages come in this order; `fetch` repeats for each file with its bytes (ONNX
 * Runtime's `.wasm` and the model's files, side by side).
 */
export type LoadProgress =
  | { stage: 'fetch'; file: string; loadedBytes: number; totalBytes: number | null }
  | { stage: 'runtime' }
  | { stage: 'tokenizer' }
  | { stage: 'weights'; done: number; total: number }
  | { stage: 'warm-up' };

/** What is known of a loaded model. */
export interface ModelInfo {
  name: string;
  architecture: 'qwen3' | 'qwen3vl';
  /** The model says of itself that it is a demonstration (pico). */
  demo: boolean;
  /**
   * Ready-made tasks that the model was trained to do, in the wording of its training, where `{}` stands for what
   * is asked for; null: it says nothing of the kind and takes any wording.
   */
  tasks: Readonly<Record<string, string>> | null;
  license: string | null;
  parameterCount: number;
  /** Bytes of the weights as they lie in the files. */
  fileBytes: number;
  /** Format of most weights, in words of the field: Q8_0, Q4_0, F16, ... */
  quantization: string;
  device: Device;
  /** In plain words, for the chip: "CPU (WebAssembly)", or the GPU's name. */
  deviceName: string;
  /**
   * Whether Glance's own kernels decode, as they do unless they failed the check on this GPU; null on a CPU.
   */
  kernels: { used: boolean; reason: string | null } | null;
  contextLength: number;
  /** Null for a text-only model. */
  vision: {
    minPixels: number;
    maxPixels: number;
    defaultMaxPixels: number;
    patchSize: number;
    mergeSize: number;
  } | null;
  /** Whether the model thinks before it answers: never, as requests say, or always. */
  thinking: Thinking;
  /** It thinks where a request does not say whether it should. */
  thinksUnasked: boolean;
  /** Whether it can be told of functions. */
  tools: boolean;
  /** Sampling that the file itself or the model's publisher recommends, for the mode that a request begins in. */
  defaultSampling: SamplingOptions;
  /** Of it, what the file says; the rest depends on the mode (`defaultSampling()` in sampling.ts). */
  fileSampling: Partial<SamplingOptions>;
}

/**
 * What an answer must be: any JSON object, JSON that a schema accepts, text of a grammar (EBNF as XGrammar
 * reads it, from its rule `root`), or text that a regular expression matches as a whole.
 */
export type AnswerFormat =
  | { type: 'json' }
  | { type: 'json-schema'; schema: Readonly<Record<string, unknown>> | boolean }
  | { type: 'grammar'; grammar: string }
  | { type: 'regex'; pattern: string };

/** A question, with the conversation before it, and how it is to be answered. */
export interface ChatRequest {
  messages: ChatMessage[];
  /** Text to go on from as it is, without a chat template, in place of messages, which are then empty. */
  prompt?: string;
  /** The last message is an assistant's, and the answer goes on where it ends. */
  continueLast?: boolean;
  /** Functions that the model may ask to be called. */
  tools?: ToolDefinition[];
  /**
   * Whether calls are made: as the model likes (`auto`, default), never, at least one, or this function's.
   */
  toolChoice?: 'auto' | 'none' | 'required' | { name: string };
  /** Whether one answer may hold several calls; default true. */
  parallelToolCalls?: boolean;
  /** Whether the model thinks before it answers, where it can do both; default: as its template has it. */
  thinking?: boolean;
  /** Tokens of reasoning at most; then the model is made to answer. */
  thinkingBudget?: number;
  /** More variables for the chat template. */
  templateVariables?: Readonly<Record<string, unknown>>;
  /** What the answer must be; reasoning before it is free. */
  format?: AnswerFormat;
  /** Overrides of the model's recommended sampling. */
  sampling?: Partial<SamplingOptions>;
  /** Repeats an answer exactly: same seed, same request, same device. */
  seed?: number;
  /** Up to 4 strings that end the answer; they are not part of it. */
  stop?: string[];
  /** Longest answer in tokens; default: what the context leaves. */
  maxTokens?: number;
  /** Pixel budget of each picture; default: the model's. */
  maxPixels?: number;
  /** Added to the logits of tokens before each is drawn: pairs of token id and bias, -100..100. */
  logitBias?: [number, number][];
  /** Log-probability of each token and of so many of the likeliest, 0..20; default: not computed. */
  logprobs?: number;
  /**
   * Whether tokens may be copied ahead from the conversation where it repeats itself, to save time; default
   * true. The answer is the same.
   */
  speculate?: boolean;
  /**
   * What happens to a conversation that is longer than the model's context: `error` (default) refuses it,
   * `drop-oldest` leaves out the oldest turns, as the result then says.
   */
  overflow?: 'error' | 'drop-oldest';
}

/** A token, and how likely the model found it, before sampling options have their say. */
export interface TokenLogprob {
  id: number;
  /** UTF-8; a character may be spread over several tokens. */
  bytes: Uint8Array;
  /** Natural logarithm of the probability. */
  logprob: number;
}

/** The token that was drawn, with the likeliest tokens at its place. */
export interface TokenLogprobs extends TokenLogprob {
  top: TokenLogprob[];
}

/**
 * What is heard while an answer is made. `text` events joined together are the answer, `reasoning` events what
 * was thought before it. A call is announced by name, then its arguments follow in pieces; `index` counts the
 * answer's calls. `tokens` are all that were drawn so far.
 */
export type ChatEvent =
  | { type: 'pictures'; done: number; total: number }
  | { type: 'vision'; done: number; total: number }
  | { type: 'prefill'; doneTokens: number; totalTokens: number }
  | { type: 'text'; text: string; tokens: number; logprobs?: TokenLogprobs }
  | { type: 'reasoning'; text: string; tokens: number; logprobs?: TokenLogprobs }
  | { type: 'tool-call'; index: number; id: string; name: string; tokens: number }
  | { type: 'tool-arguments'; index: number; text: string; tokens: number; logprobs?: TokenLogprobs };

/** An answer, and what it took. */
export interface ChatResult {
  text: string;
  /** What was thought before; absent if nothing was. */
  reasoning?: string;
  /** Calls that were asked for; absent if none were. */
  toolCalls?: ToolCall[];
  finishReason: FinishReason;
  usage: {
    promptTokens: number;
    /** Of the prompt's tokens, those that were still known from the answer before. */
    cachedTokens: number;
    /** Of the prompt's tokens, those that stand for pictures. */
    imageTokens: number;
    completionTokens: number;
    /** Of the answer's tokens, those of its reasoning, its end marks included. */
    reasoningTokens: number;
  };
  /** One for each token, if they were asked for. */
  logprobs?: TokenLogprobs[];
  /** How tokens were drawn, defaults included; absent if it did not come to that. */
  sampling?: SamplingOptions;
  /** With which random numbers: the request's, or one that repeats the answer. */
  seed?: number;
  /** Messages that were left out because the conversation was too long for the model. */
  droppedMessages?: number;
  /** Steps that ran drafts (tokens copied ahead), the drafts in them, and those that were drawn. */
  speculation: { draftedSteps: number; draftedTokens: number; acceptedTokens: number };
  timings: {
    /** Decoding and resizing pictures. */
    picturesMs: number;
    /** Vision encoder. */
    visionMs: number;
    prefillMs: number;
    /** From the request to the first token. */
    firstTokenMs: number;
    decodeMs: number;
  };
}

/** What a model holds on its device: buffers and their bytes. */
export interface DeviceMemory {
  readonly count: number;
  readonly bytes: number;
  /** `weights`, `kv`, `scratch`, `features`, `staging`. */
  readonly byCategory: Readonly<Record<string, { readonly count: number; readonly bytes: number }>>;
}
