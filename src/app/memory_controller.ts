import type { ReactiveControllerHost } from 'lit';
import type { DeviceMemory, ModelInfo } from '../rpc/contract.ts';
import { formatBytes, words } from './words/index.ts';

export type ReadMemory = () => Promise<DeviceMemory | null>;

/** What the loaded model holds on its device, asked for anew for each model that is looked at. */
export class MemoryController {
  readonly #host: ReactiveControllerHost;
  readonly #read: () => ReadMemory | null;
  #memory: DeviceMemory | null = null;
  #asked: ModelInfo | null = null;

  /** @param read tells how it is asked for; null where it cannot be */
  constructor(host: ReactiveControllerHost, read: () => ReadMemory | null) {
    this.#host = host;
    this.#read = read;
  }

  /** In plain words; null until it is known. */
  get words(): string | null {
    return this.#memory && memoryWords(this.#memory);
  }

  /** @param info of the model that is seen; null while there is none */
  look(info: ModelInfo | null): void {
    if (info === this.#asked) return;
    this.#asked = info;
    this.#memory = null;
    if (info !== null) void this.#ask(info);
  }

  async #ask(info: ModelInfo): Promise<void> {
    const memory = (await this.#read()?.().catch(() => null)) ?? null;
    if (this.#asked !== info) return;
    this.#memory = memory;
    this.#host.requestUpdate();
  }
}

/** "412 MB: weights 300 MB, context 100 MB, other 12 MB" */
function memoryWords({ bytes, byCategory }: DeviceMemory): string {
  const { settings: said } = words;
  const names: Readonly<Record<string, string>> = said.memoryParts;
  const known = Object.entries(byCategory).filter(([category, held]) => names[category] && held.bytes > 0);
  const parts = known.map(([category, held]) => said.memoryPart(names[category]!, held.bytes));
  const rest = bytes - known.reduce((sum, [, held]) => sum + held.bytes, 0);
  if (rest > 0 && parts.length > 0) parts.push(said.memoryPart(said.memoryOther, rest));
  return parts.length < 2 ? formatBytes(bytes) : said.memoryOf(formatBytes(bytes), parts);
}
