import { STORE_CHANNEL, type StoreMessage } from '../model/storage.ts';

/** What the stores of all tabs tell each other; a store also hears itself. */
export class StoreChannel {
  readonly #channel = new BroadcastChannel(STORE_CHANNEL);
  readonly #listeners = new Set<(message: StoreMessage) => void>();

  constructor() {
    this.#channel.addEventListener('message', ({ data }) => this.#tell(data as StoreMessage));
  }

  post(message: StoreMessage): void {
    this.#channel.postMessage(message);
    this.#tell(message);
  }

  /** @returns ends the listening */
  listen(listener: (message: StoreMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#channel.close();
    this.#listeners.clear();
  }

  #tell(message: StoreMessage): void {
    for (const listener of [...this.#listeners]) listener(message);
  }
}
