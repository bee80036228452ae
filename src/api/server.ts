import type { Model, ModelsPage } from 'openai/resources/models';
import { abortedError, type GlanceError, toGlanceError } from '../model/errors.ts';
import type { ChatRequest } from '../model/request.ts';
import { answerAll, type Question } from './answering.ts';
import { readChatRequest } from './chat_request.ts';
import { ChatShape } from './chat_shape.ts';
import { readCompletionRequest } from './completion_request.ts';
import { CompletionShape } from './completion_shape.ts';
import { errorReply, RequestError } from './errors.ts';
import { EventQueue } from './event_queue.ts';
import type { ApiReply, ApiRequest, ApiResponse, ApiStream } from './exchange.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { ApiHost, ApiModel, ReadyModel } from './host.ts';
import { fetchPictures, placePictures } from './pictures.ts';
import type { Heading, Shape } from './shape.ts';
import { checkEffort } from './thinking.ts';

export type { ApiReply, ApiRequest, ApiResponse, ApiStream } from './exchange.ts';

type Handler = (request: ApiRequest, signal: AbortSignal) => Promise<ApiResponse>;

/** A request that is ready to be answered, and how its answers are written. */
interface Prepared {
  question: Question;
  shape: Shape;
  stream: boolean;
  includeUsage: boolean;
}

/** Answers requests of the OpenAI API about models of this device. */
export class ApiServer {
  readonly #host: ApiHost;
  readonly #routes = new Map<string, { method: string; handle: Handler }>([
    ['/v1/models', { method: 'GET', handle: async () => json(await this.#listModels()) }],
    [
      '/v1/chat/completions',
      {
        method: 'POST',
        handle: async (request, signal) => this.#answer(await this.#prepareChat(request, signal), signal),
      },
    ],
    [
      '/v1/completions',
      {
        method: 'POST',
        handle: async (request, signal) =>
          this.#answer(await this.#prepareCompletion(request, signal), signal),
      },
    ],
  ]);

  constructor(host: ApiHost) {
    this.#host = host;
  }

  /**
   * Answers a request; never throws. A stream is returned once its model is ready and the request is known to be
   * sound, so that most errors have a status of their own.
   *
   * @param signal ends the work, also that of a stream that has been returned
   */
  async handle(request: ApiRequest, signal?: AbortSignal): Promise<ApiResponse> {
    const response = await this.#respond(request, signal ?? new AbortController().signal);
    response.headers['x-request-id'] = uniqueId('req_');
    return response;
  }

  async #respond(request: ApiRequest, signal: AbortSignal): Promise<ApiResponse> {
    try {
      if (signal.aborted) throw abortedError();
      const path = request.path.replace(/[?#].*$/s, '').replace(/(?<=.)\/$/, '');
      const route = this.#routes.get(path);
      if (route) {
        checkMethod(request, route.method);
        return await route.handle(request, signal);
      }
      const model = /^\/v1\/models\/(.+)$/.exec(path)?.[1];
      if (model === undefined) {
        throw new RequestError('unknown_url', null, `There is nothing at ${path}. ${this.#knownPaths()}`);
      }
      checkMethod(request, 'GET');
      return json(await this.#findModel(decoded(model)));
    } catch (thrown) {
      return errorReply(toGlanceError(thrown));
    }
  }

  #knownPaths(): string {
    return `Known are ${[...this.#routes.keys()].join(', ')} and /v1/models/{model}.`;
  }

  async #listModels(): Promise<Pick<ModelsPage, 'data' | 'object'>> {
    return { object: 'list', data: (await this.#host.models()).map(modelBody) };
  }

  async #findModel(id: string): Promise<Model> {
    const model = (await this.#host.models()).find((model) => model.id === id);
    if (model) return modelBody(model);
    throw modelNotFound(id);
  }

  async #ready(model: string, signal: AbortSignal): Promise<ReadyModel> {
    try {
      return await this.#host.ready(model, signal);
    } catch (thrown) {
      throw toGlanceError(thrown).code === 'no-model' ? modelNotFound(model) : thrown;
    }
  }

  async #prepareChat({ body }: ApiRequest, signal: AbortSignal): Promise<Prepared> {
    const { messages, effort, request, stream, includeUsage, ...question } = readChatRequest(parseBody(body));
    const [ready, pictures] = await together(signal, (either) => [
      this.#ready(question.model, either),
      fetchPictures(messages, either, (url, stopped) => this.#host.fetchPicture(url, stopped)),
    ]);
    checkEffort(effort, ready.info);
    const requests = [{ ...request, messages: placePictures(messages, pictures, ready.info) }];
    const logprobs = request.logprobs !== undefined;
    const shape = new ChatShape(heading('chatcmpl-', ready), { includeUsage, logprobs });
    return { question: { ...question, requests, promptName: 'messages' }, shape, stream, includeUsage };
  }

  async #prepareCompletion({ body }: ApiRequest, signal: AbortSignal): Promise<Prepared> {
    const read = readCompletionRequest(parseBody(body));
    const { prompts, echo, request, stream, includeUsage, ...question } = read;
    const ready = await this.#ready(question.model, signal);
    const requests = prompts.map((prompt): ChatRequest => ({ ...request, messages: [], prompt }));
    const shape = new CompletionShape(heading('cmpl-', ready), {
      includeUsage,
      echo: (index) => (echo ? prompts[Math.floor(index / question.n)]! : ''),
    });
    return { question: { ...question, requests, promptName: 'prompt' }, shape, stream, includeUsage };
  }

  async #answer(prepared: Prepared, signal: AbortSignal): Promise<ApiResponse> {
    if (prepared.stream) return this.#stream(prepared, signal);
    const { answers, usage } = await answerAll(this.#host, prepared.question, {}, signal);
    return json(prepared.shape.whole(answers, usage));
  }

  /** Resolves when the first answer has begun; throws what prevents it. */
  #stream({ question, shape, includeUsage }: Prepared, signal: AbortSignal): Promise<ApiStream> {
    const left = new AbortController();
    const queue = new EventQueue<object>(() => left.abort());
    const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };
    return new Promise((resolve, reject) => {
      const begin = () => resolve({ status: 200, headers, events: queue });
      const listener = {
        onBegin: (index: number) => {
          for (const piece of shape.opening(index)) queue.push(piece);
        },
        onEvent: (index: number, event: Parameters<Shape['piece']>[1]) => {
          // Pictures are looked at before the prompt is known to fit.
          if (event.type !== 'pictures') begin();
          const piece = shape.piece(index, event);
          if (piece) queue.push(piece);
        },
        onEnd: (answer: Parameters<Shape['closing']>[0]) => {
          begin();
          queue.push(shape.closing(answer));
        },
      };
      const stopped = AbortSignal.any([signal, left.signal]);
      answerAll(this.#host, question, listener, stopped)
        .then(({ usage }) => {
          if (includeUsage) queue.push(shape.usage(usage));
        })
        .catch((thrown: unknown) => {
          reject(thrown);
          // The listener of a stream that has begun hears of it as of the rest, unless it left.
          if (!stopped.aborted) queue.push(errorReply(toGlanceError(thrown)).body);
        })
        .finally(() => queue.end());
    });
  }
}

/** Both of two works; when one fails, the other is given up. */
async function together<A, B>(
  signal: AbortSignal,
  begin: (signal: AbortSignal) => [Promise<A>, Promise<B>],
): Promise<[A, B]> {
  const failed = new AbortController();
  try {
    return await Promise.all(begin(AbortSignal.any([signal, failed.signal])));
  } catch (error) {
    failed.abort();
    throw error;
  }
}

function checkMethod({ method, path }: ApiRequest, allowed: string): void {
  if (method.toUpperCase() === allowed) return;
  throw new RequestError('method_not_supported', null, `${path} answers ${allowed}, not ${method}.`);
}

function parseBody(body: string | null): unknown {
  try {
    return JSON.parse(body ?? '') as unknown;
  } catch (cause) {
    throw new RequestError(null, null, 'The body of the request is no JSON. Send an object.', cause);
  }
}

/** A part of a path as it was before it was written into one. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function modelNotFound(id: string): GlanceError {
  return new RequestError(
    'model_not_found',
    'model',
    `There is no model '${id}' on this device. GET /v1/models lists those that are; others have to be downloaded first.`,
  );
}

function modelBody({ id, created, ownedBy }: ApiModel): Model {
  return { id, object: 'model', created, owned_by: ownedBy };
}

function heading(prefix: string, ready: ReadyModel): Heading {
  return {
    id: uniqueId(prefix),
    created: Math.floor(Date.now() / 1000),
    model: ready.id,
    system_fingerprint: fingerprintOf(ready),
  };
}

function uniqueId(prefix: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return prefix + Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function json(body: object): ApiReply {
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}
