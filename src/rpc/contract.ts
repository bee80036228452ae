/**
 * What crosses between a page and the inference worker. Both sides import this module and nothing of
 * each other. Everything here can be cloned by `postMessage`, except the callbacks, which comlink proxies.
 */
import type {
  ChatEvent,
  ChatRequest,
  ChatResult,
  Device,
  LoadProgress,
  ModelInfo,
} from '../model/request.ts';

export type { ChatEvent, ChatRequest, ChatResult, Device, LoadProgress, ModelInfo };

/** Where the model's files are: absolute URLs, or files that the page holds. `vision` is the mmproj file. */
export type ModelSource =
  | { kind: 'url'; text: string; vision?: string }
  | { kind: 'file'; text: Blob; vision?: Blob };

export interface LoadOptions {
  source: ModelSource;
  device?: Device | 'auto';
  /** Tokens that prompt and answer may take together; default: the smaller of 4,096 and the model's own. */
  contextLength?: number;
}

/** What the inference worker offers through comlink. A request is named by its caller so it can be aborted. */
export interface InferenceService {
  load(options: LoadOptions, onProgress?: (progress: LoadProgress) => void): Promise<ModelInfo>;
  chat(requestId: string, request: ChatRequest, onEvent?: (event: ChatEvent) => void): Promise<ChatResult>;
  /** Ends the request; its `chat` resolves with what was said so far and `finishReason: 'abort'`. */
  abort(requestId: string): Promise<void>;
  unload(): Promise<void>;
}
