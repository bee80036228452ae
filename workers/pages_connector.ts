import { wrap } from 'comlink';
import { GlanceError } from '../src/model/errors.ts';
import { isNoHost, type NoHost, placePort, type Recipient } from '../src/rpc/broker.ts';
import { type Connection, type Connector, openConnection, workerLost } from '../src/rpc/connection.ts';
import type { InferenceService } from '../src/rpc/contract.ts';
import { type EngineNews, openEngineNews } from '../src/rpc/engine_news.ts';
import { holdLifeline } from '../src/rpc/lifeline.ts';

/** So long tabs may take to elect another one when that with the engine was closed. */
const PATIENCE_MS = 6000;
const ASK_AGAIN_MS = 300;
/** Who has been told to stop comes to rest within this time, or is not waited for. */
const REST_MS = 5000;

/** Finds the inference worker from a service worker: in a tab of Glance. */
export class PagesConnector implements Connector {
  readonly shared = true;
  readonly #pages: () => Promise<readonly Recipient[]>;
  readonly #address: string;
  readonly #lifeline = holdLifeline();

  /**
   * @param pages all pages of the origin
   * @param address of Glance, for people
   */
  constructor(pages: () => Promise<readonly Recipient[]>, address: string) {
    this.#pages = pages;
    this.#address = address;
  }

  async connect(): Promise<Connection> {
    const own = await this.#lifeline;
    if (own === null) throw this.#noHost('none');
    for (const late = Date.now() + PATIENCE_MS; ; ) {
      const { port1, port2 } = new MessageChannel();
      const lifeline = await placePort(await this.#pages(), port2, own);
      if (lifeline !== null && !isNoHost(lifeline)) {
        return openConnection(wrap<InferenceService>(port1), {
          endpoint: port1,
          replay: 'all',
          lifeline: Promise.resolve(lifeline),
          end: () => port1.close(),
          retire: () => tellRetired(lifeline),
        });
      }
      port1.close();
      if (lifeline !== null || Date.now() > late) throw this.#noHost(lifeline ?? 'none');
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    }
  }

  release(connection: Connection): boolean {
    if (connection.reason !== null) return false;
    const lose = () => connection.lose(workerLost('did not stop'));
    connection.service.leave().then(lose, lose);
    setTimeout(lose, REST_MS);
    return false;
  }

  #noHost(reason: NoHost): GlanceError {
    const open = this.#address;
    const message =
      reason === 'none'
        ? `No tab of Glance is open that could answer. Open ${open} in a tab, keep it open, and try again.`
        : `The tabs of Glance that are open belong to another version of it, as after an update. Reload them, or open ${open} in a tab, keep it open, and try again.`;
    return new GlanceError('runtime-unavailable', message, { details: { open, reason } });
  }
}

/** The tab that has this worker ends it. */
function tellRetired(lifeline: string): void {
  const channel = openEngineNews();
  const news: EngineNews = { type: 'retired', lifeline };
  channel.postMessage(news);
  channel.close();
}
