/**
 * What crosses between a page and the inference worker, its own or that of another tab. Both sides import this
 * module and nothing of each other. Everything here can be cloned by `postMessage`, except the callbacks, which
 * comlink proxies, and ports, which are transferred.
 */
import type { ApiReply, ApiRequest } from '../api/exchange.ts';
import type { ApiModel } from '../api/host.ts';
import type { NamedPicture } from '../api/named_picture.ts';
import type { GlanceErrorCode } from '../model/errors.ts';
import type {
  ChatEvent,
  ChatRequest,
  ChatResult,
  Device,
  DeviceMemory,
  LoadProgress,
  ModelInfo,
} from '../model/request.ts';

export type {
  ApiModel,
  ApiReply,
  ApiRequest,
  ChatEvent,
  ChatRequest,
  ChatResult,
  Device,
  DeviceMemory,
  LoadProgress,
  ModelInfo,
};

/**
 * To be raised whenever anything here changes: tabs whose scripts are of different versions, as after an update,
 * then keep an engine each and never misunderstand each other.
 */
export const ENGINE_PROTOCOL = 3;

/**
 * Where the model's files are: absolute URLs, files that the page holds, or keys of files that the store
 * keeps on this device. `vision` is the mmproj file. Of a split model, the URL or key of any part, or all
 * parts as files. Or a model by its name, as the API has it: of the demo, or of a model kept on this device.
 */
export type ModelSource =
  | { kind: 'url'; text: string; vision?: string }
  | {
      kind: 'file';
      text: Blob | readonly Blob[];
      vision?: Blob;
      /** Tells these files from others among all tabs, for copies of a Blob cannot be compared. */
      key?: string;
    }
  | { kind: 'stored'; text: string; vision?: string }
  | { kind: 'named'; name: string };

/** Which model is loaded, and how. */
export interface LoadOptions {
  source: ModelSource;
  /** Default: whatever a named model is loaded on by now, else `auto`. */
  device?: Device | 'auto';
  /**
   * Tokens that prompt and answer may take together; default: what a named model is loaded with by now, else the
   * smaller of 4,096 and the model's own.
   */
  contextLength?: number;
}

/** What is heard of the model before an answer begins: it is loaded if another one is there, or none. */
export type ModelEvent =
  /** Null until there is something to tell. */
  | { type: 'load'; progress: LoadProgress | null }
  /** The request's turn has come and its model is there. */
  | { type: 'begin'; info: ModelInfo };

/** What is heard of a call of the API before its end. */
export type ApiPart =
  | { type: 'load'; progress: LoadProgress }
  /** The answer will come as a whole, and what it says is being made: nothing is wrong with the request. */
  | { type: 'begun' }
  /** The answer comes in events. */
  | { type: 'head'; headers: Record<string, string> }
  | { type: 'event'; data: unknown };

/** An error as it crosses without being thrown. */
export interface ErrorCopy {
  code: GlanceErrorCode;
  message: string;
}

/** How a call of the API ended. */
export interface ApiOutcome {
  /** The whole answer; null for one in events, all of which have been heard then. */
  reply: ApiReply | null;
  /** The answer tells of an error after which the worker cannot be trusted any more. */
  fatal: ErrorCopy | null;
}

/** After these a worker cannot be trusted to work again; a fresh one can. */
const FATAL: ReadonlySet<GlanceErrorCode> = new Set([
  'runtime-unavailable',
  'out-of-memory',
  'device-lost',
  'gpu-error',
]);

/** Whether a worker must be replaced after this error. */
export function isFatal({ code }: ErrorCopy): boolean {
  return FATAL.has(code);
}

export type FetchPicture = (url: string) => Promise<NamedPicture>;

/** How a call of the API is to be answered, where its body does not say. */
export interface ApiSettings {
  device?: Device | 'auto';
  contextLength?: number;
  /** The first of the seeds to draw with if the request names none, so that a call can be repeated. */
  seed: number;
}

/**
 * What the inference worker offers through comlink, to its own page and through ports to other tabs; each client
 * has its own. Requests are named by their client, so that they can be stopped, and those of several clients are
 * answered in turn. Whoever calls back may be far away: callbacks can be awaited.
 */
export interface InferenceService {
  /**
   * Loads a model in place of the one loaded before, which stays until the new files are found sound and the
   * answers that are being made for other clients have ended. What is loaded already is not loaded again.
   */
  load(
    requestId: string,
    options: LoadOptions,
    onProgress?: (progress: LoadProgress) => void | Promise<void>,
  ): Promise<ModelInfo>;
  /**
   * Answers in its turn. All events have been heard when the promise settles.
   *
   * @param model is loaded first if it is not; absent: whatever is loaded
   */
  chat(
    requestId: string,
    request: ChatRequest,
    onEvent?: (event: ChatEvent | ModelEvent) => void | Promise<void>,
    model?: LoadOptions,
  ): Promise<ChatResult>;
  /**
   * Answers a call of the OpenAI-compatible API, errors as the API has them included.
   *
   * @param fetchPicture fetches what the request names by the address of a server: only who asks may do so
   */
  api(
    requestId: string,
    request: ApiRequest,
    onPart: (part: ApiPart) => void | Promise<void>,
    settings: ApiSettings,
    fetchPicture: FetchPicture,
  ): Promise<ApiOutcome>;
  /** Models that can be asked for by name. */
  models(): Promise<ApiModel[]>;
  /**
   * Ends a load, which then throws `aborted`, or a chat, which then resolves with what was said so far and
   * `finishReason: 'abort'`.
   */
  abort(requestId: string): Promise<void>;
  /** Frees the model, unless another client uses it too. */
  unload(): Promise<void>;
  /** Ends what this client has asked for; settles when it has come to rest. */
  leave(): Promise<void>;
  /**
   * Offers all this to another client through a port.
   *
   * @param lifeline name of a Web Lock that the client holds for as long as it lives
   */
  connect(port: MessagePort, lifeline: string): Promise<void>;
  /** What the loaded model holds on its device; null if none is loaded. */
  memory(): Promise<DeviceMemory | null>;
  /**
   * Name of a Web Lock that the worker holds for as long as it lives: who asks for it hears of the worker's
   * end. Null where there are no locks.
   */
  lifeline(): Promise<string | null>;
}
