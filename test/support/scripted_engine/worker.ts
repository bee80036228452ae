/**
 * Takes the place of the inference worker in a built site: says what it is told to, at the speed it is told to,
 * through the same contract, so that all of the page that an answer passes through is the real one.
 */
import { expose } from 'comlink';
import { emptyResult } from '../../../src/engine/answer.ts';
import { GlanceError } from '../../../src/model/errors.ts';
import type {
  ApiModel,
  ApiOutcome,
  ChatEvent,
  ChatRequest,
  ChatResult,
  DeviceMemory,
  InferenceService,
  LoadOptions,
  ModelEvent,
  ModelInfo,
} from '../../../src/rpc/contract.ts';
import { holdLifeline } from '../../../src/rpc/lifeline.ts';
import { serve } from '../../../workers/serve.ts';
import { piecesOf, type Script, type ScriptedAnswer } from './script.ts';

declare const GLANCE_SCRIPT: Script;

declare global {
  /** The answer that is held goes on to its end. */
  var glanceLetGo: boolean | undefined;
}

/** Between two looks at the clock. */
const TICK_MS = 5;
/** However long the question is. */
const PREFILL_MS = 20;

const INFO: ModelInfo = {
  name: 'scripted',
  architecture: 'qwen3vl',
  demo: false,
  license: null,
  parameterCount: 2_127_532_032,
  fileBytes: 1_834_426_016,
  quantization: 'Q8_0',
  device: 'wasm',
  deviceName: 'CPU (WebAssembly)',
  kernels: null,
  contextLength: 8192,
  vision: {
    minPixels: 65_536,
    maxPixels: 16_777_216,
    defaultMaxPixels: 1_048_576,
    patchSize: 16,
    mergeSize: 2,
  },
  thinking: 'switchable',
  tools: true,
  tasks: null,
  thinksUnasked: false,
  fileSampling: {},
  defaultSampling: {
    temperature: 0.7,
    topP: 0.8,
    topK: 20,
    minP: 0,
    repetitionPenalty: 1,
    presencePenalty: 1.5,
    frequencyPenalty: 0,
  },
};

type Listener = (event: ChatEvent | ModelEvent) => void | Promise<void>;

/** An engine that plays a script. */
class ScriptedService implements InferenceService {
  readonly #script: Script;
  readonly #info: ModelInfo;
  readonly #lifeline = holdLifeline();
  readonly #running = new Map<string, AbortController>();
  #asked = 0;

  constructor(script: Script) {
    this.#script = script;
    this.#info = { ...INFO, ...script.info };
  }

  async load(_requestId: string, { contextLength }: LoadOptions): Promise<ModelInfo> {
    return { ...this.#info, ...(contextLength !== undefined && { contextLength }) };
  }

  async chat(requestId: string, request: ChatRequest, onEvent: Listener = () => {}): Promise<ChatResult> {
    const { answers } = this.#script;
    const answer = answers[Math.min(this.#asked, answers.length - 1)];
    if (answer === undefined) throw new Error('The script has no answer.');
    this.#asked += 1;
    const controller = new AbortController();
    this.#running.set(requestId, controller);
    try {
      return await this.#play(answer, request, onEvent, controller.signal);
    } finally {
      this.#running.delete(requestId);
    }
  }

  async #play(
    {
      text,
      reasoning,
      tokensPerSecond = Number.POSITIVE_INFINITY,
      held,
      error,
      result: differing,
    }: ScriptedAnswer,
    request: ChatRequest,
    onEvent: Listener,
    signal: AbortSignal,
  ): Promise<ChatResult> {
    const startMs = performance.now();
    const result = emptyResult();
    const promptTokens = request.messages.reduce((sum, { content }) => sum + tokensIn(content), 0);
    result.usage.promptTokens = promptTokens;
    onEvent({ type: 'begin', info: this.#info });
    onEvent({ type: 'prefill', doneTokens: promptTokens, totalTokens: promptTokens });
    await new Promise((resolve) => setTimeout(resolve, PREFILL_MS));
    result.timings.prefillMs = performance.now() - startMs;
    const pieces = [
      ...piecesOf(reasoning ?? '').map((piece) => ({ type: 'reasoning' as const, text: piece })),
      ...piecesOf(text).map((piece) => ({ type: 'text' as const, text: piece })),
    ];
    const decodeStartMs = performance.now();
    result.timings.firstTokenMs = decodeStartMs - startMs;
    let heard: void | Promise<void>;
    while (result.usage.completionTokens < pieces.length && !signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
      const due = globalThis.glanceLetGo
        ? pieces.length
        : Math.floor(((performance.now() - decodeStartMs) / 1000) * tokensPerSecond) + 1;
      const end = held && !globalThis.glanceLetGo ? Math.min(due, pieces.length - 1) : due;
      for (const piece of pieces.slice(result.usage.completionTokens, end)) {
        result.usage.completionTokens += 1;
        if (piece.type === 'text') result.text += piece.text;
        else {
          result.usage.reasoningTokens += 1;
          result.reasoning = (result.reasoning ?? '') + piece.text;
        }
        heard = onEvent({ ...piece, tokens: result.usage.completionTokens });
      }
    }
    // Only now: the test may have let it go before it began.
    globalThis.glanceLetGo = false;
    await heard!;
    result.timings.decodeMs = performance.now() - decodeStartMs;
    if (signal.aborted) result.finishReason = 'abort';
    else if (error !== undefined) throw new GlanceError(error.code, error.message);
    return { ...result, ...differing };
  }

  async api(): Promise<ApiOutcome> {
    throw new Error('The script holds no calls of the API.');
  }

  async models(): Promise<ApiModel[]> {
    return [];
  }

  async abort(requestId: string): Promise<void> {
    this.#running.get(requestId)?.abort();
  }

  async unload(): Promise<void> {}

  async leave(): Promise<void> {
    for (const controller of this.#running.values()) controller.abort();
  }

  async connect(port: MessagePort): Promise<void> {
    expose(this, port);
  }

  async memory(): Promise<DeviceMemory | null> {
    return null;
  }

  lifeline(): Promise<string | null> {
    return this.#lifeline;
  }
}

/** About as many as a model would count: a picture as one of middle size. */
function tokensIn(content: ChatRequest['messages'][number]['content']): number {
  if (typeof content === 'string') return piecesOf(content).length + 4;
  return content.reduce((sum, part) => sum + (part.type === 'text' ? piecesOf(part.text).length : 256), 4);
}

serve(new ScriptedService(GLANCE_SCRIPT));
