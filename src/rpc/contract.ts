/**
 * What crosses between a page and the inference worker. Both sides import this module and nothing of
 * each other. Everything here can be cloned by `postMessage`, except the callbacks, which comlink proxies.
 */
import type {
  ChatEvent,
  ChatRequest,
  ChatResult,
  Device,
  DeviceMemory,
  LoadProgress,
  ModelInfo,
} from '../model/request.ts';

export type { ChatEvent, ChatRequest, ChatResult, Device, DeviceMemory, LoadProgress, ModelInfo };

/**
 * Where the model's files are: absolute URLs, files that the page holds, or keys of files that the store
 * keeps on this device. `vision` is the mmproj file. Of a split model, the URL or key of any part, or all
 * parts as files.
 */
export type ModelSource =
  | { kind: 'url'; text: string; vision?: string }
  | { kind: 'file'; text: Blob | readonly Blob[]; vision?: Blob }
  | { kind: 'stored'; text: string; vision?: string };

export interface LoadOptions {
  source: ModelSource;
  device?: Device | 'auto';
  /** Tokens that prompt and answer may take together; default: the smaller of 4,096 and the model's own. */
  contextLength?: number;
}

/**
 * What the inference worker offers through comlink. Loads and chats are named by their caller, so that they
 * can be stopped. Whoever calls back may be far away: callbacks can be awaited.
 */
export interface InferenceService {
  /** Loads a model in place of the one loaded before, which stays until the new files are found sound. */
  load(
    requestId: string,
    options: LoadOptions,
    onProgress?: (progress: LoadProgress) => void | Promise<void>,
  ): Promise<ModelInfo>;
  /** All events have been heard when the promise settles. */
  chat(
    requestId: string,
    request: ChatRequest,
    onEvent?: (event: ChatEvent) => void | Promise<void>,
  ): Promise<ChatResult>;
  /**
   * Ends a load, which then throws `aborted`, or a chat, which then resolves with what was said so far and
   * `finishReason: 'abort'`.
   */
  abort(requestId: string): Promise<void>;
  unload(): Promise<void>;
  /** What the loaded model holds on its device; null if none is loaded. */
  memory(): Promise<DeviceMemory | null>;
  /**
   * Name of a Web Lock that the worker holds for as long as it lives: who asks for it hears of the worker's
   * end. Null where there are no locks.
   */
  lifeline(): Promise<string | null>;
}
