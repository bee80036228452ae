/** What pages tell each other about the conversations that they share. */
export type HistoryMessage =
  | { type: 'changed'; id: string; turns: readonly string[]; removedTurns: readonly string[] }
  | { type: 'listed'; id: string }
  | { type: 'deleted'; id: string };

export class HistoryChannel {
  readonly #channel = new BroadcastChannel('glance-history');

  constructor(listener: (message: HistoryMessage) => void) {
    this.#channel.addEventListener('message', ({ data }) => listener(data as HistoryMessage));
  }

  /** Other pages hear it, this one does not. */
  post(message: HistoryMessage): void {
    this.#channel.postMessage(message);
  }

  close(): void {
    this.#channel.close();
  }
}
