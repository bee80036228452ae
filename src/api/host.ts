/** What the API needs of its surroundings. It knows the engine's interface only. */
import type { ChatEvent, ChatRequest, ChatResult, ModelInfo } from '../model/request.ts';
import type { NamedPicture } from './named_picture.ts';

/** A model that can be asked for by name. */
export interface ApiModel {
  id: string;
  /** When it came to this device, or was published, in seconds since 1970. */
  created: number;
  ownedBy: string;
}

/** A model that is loaded. */
export interface ReadyModel {
  id: string;
  info: ModelInfo;
  /** Name of its text file, `pico-Q8_0.gguf`. */
  file: string;
}

export interface ApiHost {
  /** As `fetchNamedPicture`. */
  fetchPicture(url: string, signal?: AbortSignal): Promise<NamedPicture>;

  /** Models that can be asked for by name: those stored, the demo, the one that is loaded. */
  models(): Promise<ApiModel[]>;

  /**
   * Makes a model ready, loading it if another is loaded or none.
   *
   * @throws GlanceError `no-model` for an unknown name, `aborted`, or about its files and the device
   */
  ready(model: string, signal?: AbortSignal): Promise<ReadyModel>;

  /**
   * Answers with that model, in its turn. Raising the signal ends the answer, which then holds what was said so far
   * and `finishReason: 'abort'`.
   *
   * @throws GlanceError as `ready`, and about the request
   */
  chat(
    model: string,
    request: ChatRequest,
    onEvent: (event: ChatEvent) => void,
    signal?: AbortSignal,
  ): Promise<ChatResult>;
}
