import type { ApiHost, ApiModel, ReadyModel } from '../../src/api/host.ts';
import { fetchNamedPicture } from '../../src/api/named_picture.ts';
import { ApiServer } from '../../src/api/server.ts';
import { respond } from '../../src/api/sse.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { GlanceError } from '../../src/model/errors.ts';
import type { ChatEvent, ChatRequest, ChatResult } from '../../src/model/request.ts';
import type { Fetch } from './contract.ts';

/** Engines that are loaded, under the names of their models. */
export class EngineHost implements ApiHost {
  readonly #engines: ReadonlyMap<string, Engine>;

  constructor(engines: ReadonlyMap<string, Engine>) {
    this.#engines = engines;
  }

  readonly fetchPicture = fetchNamedPicture;

  async models(): Promise<ApiModel[]> {
    return [...this.#engines.keys()].map((id) => ({ id, created: 1_700_000_000, ownedBy: 'glance' }));
  }

  async ready(model: string): Promise<ReadyModel> {
    return { id: model, info: this.#engine(model).info, file: `${model}.gguf` };
  }

  async chat(
    model: string,
    request: ChatRequest,
    onEvent: (event: ChatEvent) => void,
    signal?: AbortSignal,
  ): Promise<ChatResult> {
    return this.#engine(model).chat(request, onEvent, signal);
  }

  #engine(model: string): Engine {
    const engine = this.#engines.get(model);
    if (engine) return engine;
    throw new GlanceError('no-model', `No model is called ${model}.`);
  }
}

/** A `fetch` that asks engines. */
export function fetchFromEngines(engines: Readonly<Record<string, Engine>>): Fetch {
  const server = new ApiServer(new EngineHost(new Map(Object.entries(engines))));
  return (input, init) =>
    respond((request, signal) => server.handle(request, signal), new Request(input, init));
}
