import type { ApiHost, ApiModel, ReadyModel } from '../../../src/api/host.ts';
import { fetchNamedPicture } from '../../../src/api/named_picture.ts';
import { ApiServer } from '../../../src/api/server.ts';
import { respond } from '../../../src/api/sse.ts';
import { GlanceError } from '../../../src/model/errors.ts';
import type { ChatEvent, ChatRequest, ChatResult, ModelInfo } from '../../../src/model/request.ts';
import { GREEDY } from '../../../src/model/sampling.ts';

export const INFO: ModelInfo = {
  name: 'scripted',
  architecture: 'qwen3vl',
  demo: false,
  tasks: null,
  license: null,
  parameterCount: 1,
  fileBytes: 1,
  quantization: 'F32',
  device: 'wasm',
  deviceName: 'CPU',
  kernels: null,
  contextLength: 4096,
  thinking: 'switchable',
  thinksUnasked: true,
  fileSampling: {},
  tools: true,
  vision: {
    minPixels: 65_536,
    maxPixels: 16_777_216,
    defaultMaxPixels: 1_048_576,
    patchSize: 16,
    mergeSize: 2,
  },
  defaultSampling: GREEDY,
};

/** What a model says: its events, then its result, or a failure. */
export interface Script {
  events?: ChatEvent[];
  result?: Partial<ChatResult>;
  failure?: GlanceError;
  /** The answer never ends by itself. */
  endless?: boolean;
}

/** A host whose one model, `scripted`, says what it is told to, and remembers what it was asked. */
export class ScriptedHost implements ApiHost {
  readonly requests: ChatRequest[] = [];
  /** Answers that were stopped. */
  stopped = 0;
  readonly #script: Script;
  readonly #info: ModelInfo;

  constructor(script: Script = {}, info = INFO) {
    this.#script = script;
    this.#info = info;
  }

  readonly fetchPicture = fetchNamedPicture;

  async models(): Promise<ApiModel[]> {
    return [{ id: 'scripted', created: 1_700_000_000, ownedBy: 'test' }];
  }

  async ready(model: string): Promise<ReadyModel> {
    if (model !== 'scripted') throw new GlanceError('no-model', 'No such model.');
    return { id: model, info: this.#info, file: 'scripted.gguf' };
  }

  async chat(
    _: string,
    request: ChatRequest,
    onEvent: (event: ChatEvent) => void,
    signal?: AbortSignal,
  ): Promise<ChatResult> {
    this.requests.push(request);
    const { events = [], result, failure, endless } = this.#script;
    for (const event of events) onEvent(event);
    if (failure) throw failure;
    if (endless && !signal?.aborted) {
      await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }));
    }
    if (signal?.aborted) {
      this.stopped += 1;
      return { ...RESULT, finishReason: 'abort' };
    }
    return { ...RESULT, ...result };
  }
}

export const USAGE: ChatResult['usage'] = {
  promptTokens: 10,
  cachedTokens: 4,
  imageTokens: 0,
  completionTokens: 3,
  reasoningTokens: 1,
};

const RESULT: ChatResult = {
  text: '',
  finishReason: 'stop',
  usage: USAGE,
  speculation: { draftedSteps: 0, draftedTokens: 0, acceptedTokens: 0 },
  timings: { picturesMs: 0, visionMs: 0, prefillMs: 0, firstTokenMs: 0, decodeMs: 0 },
};

/** Sends a body to a host's server by way of `fetch`. */
export function post(host: ApiHost, path: string, body: object, init: RequestInit = {}): Promise<Response> {
  const server = new ApiServer(host);
  return respond(
    (request, signal) => server.handle(request, signal),
    new Request(`https://glance.invalid${path}`, { method: 'POST', body: JSON.stringify(body), ...init }),
    // Node.js forgets to raise the signal of a request that was collected as garbage.
    init.signal ?? undefined,
  );
}

export const HELLO = { model: 'scripted', messages: [{ role: 'user', content: 'Hello!' }] };
