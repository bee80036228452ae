import { transfer, wrap } from 'comlink';
import { askForEngine, type HostAnswer, listenToBroker, type PageState, type Recipient } from './broker.ts';
import {
  type Connection,
  type Connector,
  closedError,
  connectWorker,
  openConnection,
  workerLost,
} from './connection.ts';
import type { InferenceService } from './contract.ts';
import { ENGINE_LOCK, type EngineNews, openEngineNews } from './engine_news.ts';
import { holdLifeline, lockManager, watchLifeline } from './lifeline.ts';

/** After so long without an engine of another tab this one starts its own. */
const PATIENCE_MS = 8000;
/** Between two questions who has the engine, while nobody does. */
const ASK_AGAIN_MS = 300;
/** Who has been told to stop comes to rest within this time, or the worker is ended. */
const REST_MS = 5000;

interface LocalWorker {
  connection: Connection;
  lifeline: Promise<string | null>;
}

/** The service worker of an address, which another takes the place of when the site is updated. */
export interface Brokers {
  /** The one that is at work; null if there is none any more. */
  current(): Recipient | null;
}

/**
 * One inference worker for all tabs of the origin. A Web Lock elects the tab that has it; the others get a port to
 * it through the service worker. When that tab is closed another one is elected. Where there are no locks or no
 * service worker (pages without TLS, some private windows), each tab has a worker of its own.
 */
export class EngineShare implements Connector {
  readonly shared = true;
  readonly #startWorker: () => Worker;
  readonly #broker: () => Promise<Brokers | null>;
  readonly #container: ServiceWorkerContainer | undefined = navigator.serviceWorker;
  /** Of this page, for those that work for it. */
  #lifeline: Promise<string | null> | null = null;
  #brokering: Promise<Brokers | null> | null = null;
  #campaign: Campaign | null = null;
  #channel: BroadcastChannel | null = null;
  #local: LocalWorker | null = null;
  /** To the worker of another tab. */
  #remote: Connection | null = null;
  /** Lifelines of other clients of the local worker. */
  readonly #guests = new Set<string>();
  #stopListening: (() => void) | null = null;
  /** Raised at the end. */
  readonly #closing = new AbortController();

  /**
   * @param startWorker makes a new inference worker
   * @param broker finds the service workers that pass ports between tabs; null where there are none
   */
  constructor(startWorker: () => Worker, broker: () => Promise<Brokers | null>) {
    this.#startWorker = startWorker;
    this.#broker = broker;
    if (this.#container === undefined || lockManager() === undefined) return;
    this.#stopListening = listenToBroker(this.#container, {
      state: () => this.#state(),
      host: (port, lifeline) => this.#host(port, lifeline),
    });
    // A page that may be shown again keeps nothing that others wait for.
    const { signal } = this.#closing;
    addEventListener('pagehide', ({ persisted }) => persisted && this.resign(), { signal });
  }

  async connect(): Promise<Connection> {
    const isPossible = this.#stopListening !== null && (await this.#findBroker(0)) !== 'none';
    this.#checkOpen();
    if (!isPossible) return this.#connectAlone();
    const campaign = this.#run();
    const won = await campaign.wonAtOnce;
    this.#checkOpen();
    return won ? this.#localWorker().connection : this.#follow(campaign);
  }

  release(connection: Connection): boolean {
    if (connection.reason !== null) return false;
    if (connection.replay === 'none' || (this.#local?.connection === connection && this.#guests.size === 0)) {
      connection.lose(closedError());
      return false;
    }
    // Others work with it: only what this client has asked for ends.
    const late = setTimeout(() => connection.retire(workerLost('did not stop')), REST_MS);
    connection
      .guard(connection.service.leave())
      .catch(() => {})
      .finally(() => clearTimeout(late));
    return true;
  }

  /** Leaves the engine to the other tabs. The next connection begins anew. */
  resign(): void {
    this.#local?.connection.lose(workerLost('left to another tab'));
    this.#local = null;
    this.#guests.clear();
    this.#campaign?.end();
    this.#campaign = null;
  }

  /** Takes no part any more. */
  close(): void {
    this.#closing.abort();
    this.resign();
    if (this.#remote?.reason === null) {
      this.#remote.service.leave().catch(() => {});
      this.#remote.lose(closedError());
    }
    this.#remote = null;
    this.#stopListening?.();
    this.#stopListening = null;
    this.#channel?.close();
    this.#channel = null;
  }

  /** What took part in anything after the end would hold what nobody lets go of. */
  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw closedError();
  }

  #state(): PageState {
    if (this.#campaign === null) return 'idle';
    return this.#campaign.won ? 'host' : 'follower';
  }

  /** A worker that only this client knows. */
  #connectAlone(): Connection {
    return connectWorker(this.#startWorker(), 'none').connection;
  }

  /**
   * The service worker. On a first visit it takes a while to be there; the engine of this tab does not wait for it.
   *
   * @returns `none` if it is known by now that there is none
   */
  async #findBroker(patienceMs: number): Promise<Recipient | 'none' | null> {
    this.#brokering ??= this.#broker().catch(() => null);
    const found = this.#brokering.then((brokers) => brokers?.current() ?? ('none' as const));
    const broker = await Promise.race([found, sleep(patienceMs).then(() => null)]);
    if (broker === 'none') this.#campaign?.end();
    return broker;
  }

  /** Stands for election, if that has not been done. */
  #run(): Campaign {
    if (this.#channel === null) {
      this.#channel = openEngineNews();
      this.#channel.addEventListener('message', ({ data }) => this.#hear(data as EngineNews));
    }
    this.#campaign ??= new Campaign(() => this.#tell({ type: 'hosted' }));
    return this.#campaign;
  }

  /** Finds the engine of the elected tab, or becomes that tab. */
  async #follow(campaign: Campaign): Promise<Connection> {
    let late = Date.now() + PATIENCE_MS;
    while (Date.now() < late) {
      this.#checkOpen();
      if (campaign.won) return this.#localWorker().connection;
      const broker = await this.#findBroker(PATIENCE_MS);
      if (broker === 'none') break;
      const turn = new AbortController();
      const asking = broker === null ? Promise.resolve(null) : this.#askForPort(broker);
      const news = this.#news(turn.signal);
      const connection = await Promise.race([asking, campaign.victory.then(() => null), news]);
      if (connection instanceof Object) {
        turn.abort();
        return connection;
      }
      if (connection === 'hosted') {
        // Who was asked may be gone; the one that has been elected since is asked instead.
        late = Date.now() + PATIENCE_MS;
      } else if (!campaign.won) {
        await Promise.race([campaign.victory, news, sleep(ASK_AGAIN_MS)]);
      }
      turn.abort();
      void asking.then((useless) => useless?.lose(closedError())).catch(() => {});
    }
    this.#checkOpen();
    // The tab that has been elected cannot be reached.
    return campaign.won ? this.#localWorker().connection : this.#connectAlone();
  }

  async #askForPort(broker: Recipient): Promise<Connection | null> {
    this.#lifeline ??= holdLifeline();
    const own = await this.#lifeline;
    if (own === null) return null;
    const { port1, port2 } = new MessageChannel();
    const lifeline = await askForEngine(broker, port2, own);
    if (lifeline === null || this.#closing.signal.aborted) {
      port1.close();
      return null;
    }
    this.#remote = openConnection(wrap<InferenceService>(port1), {
      endpoint: port1,
      replay: 'all',
      lifeline: Promise.resolve(lifeline),
      end: () => port1.close(),
      retire: () => this.#tell({ type: 'retired', lifeline }),
    });
    return this.#remote;
  }

  /** The worker of this tab, which has been elected. */
  #localWorker(): LocalWorker {
    if (this.#local === null || this.#local.connection.reason !== null) {
      this.#guests.clear();
      this.#local = connectWorker(this.#startWorker(), 'unbegun');
    }
    return this.#local;
  }

  /** Lets another client use the worker of this tab. */
  async #host(port: MessagePort, lifeline: string): Promise<HostAnswer> {
    const campaign = this.#run();
    if (!campaign.won && !(await campaign.wonAtOnce)) return null;
    if (this.#closing.signal.aborted) return null;
    const { connection, lifeline: worker } = this.#localWorker();
    this.#guests.add(lifeline);
    watchLifeline(lifeline, () => this.#guests.delete(lifeline));
    const connecting = connection.service.connect(transfer(port, [port]), lifeline);
    const [name] = await connection.guard(Promise.all([worker, connecting]));
    return name;
  }

  #tell(news: EngineNews): void {
    this.#channel?.postMessage(news);
  }

  #hear(news: EngineNews): void {
    if (news.type !== 'retired' || this.#local === null) return;
    const { connection, lifeline } = this.#local;
    void lifeline.then((name) => {
      if (name === news.lifeline) connection.lose(workerLost('retired'));
    });
  }

  /** Settles when another tab has been elected; listens no longer than the signal allows. */
  #news(signal: AbortSignal): Promise<'hosted'> {
    return new Promise((resolve) => {
      const listener = ({ data }: MessageEvent) =>
        (data as EngineNews).type === 'hosted' && resolve('hosted');
      this.#channel?.addEventListener('message', listener, { signal });
    });
  }
}

/** One tab's standing for election. */
class Campaign {
  /** Nobody else had been elected when this tab stood. */
  readonly wonAtOnce: Promise<boolean>;
  /** Settles when this tab has been elected. */
  readonly victory: Promise<void>;
  readonly #ended = new AbortController();
  #won = false;

  /** @param onVictory is called when this tab has been elected */
  constructor(onVictory: () => void) {
    let win: () => void = () => {};
    this.victory = new Promise((resolve) => {
      win = resolve;
    });
    const { signal } = this.#ended;
    const hold = () => {
      this.#won = true;
      win();
      onVictory();
      return new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve());
      });
    };
    this.wonAtOnce = new Promise((resolve) => {
      const locks = navigator.locks;
      locks
        .request(ENGINE_LOCK, { ifAvailable: true }, (lock) => {
          resolve(lock !== null);
          if (lock !== null) return hold();
          locks.request(ENGINE_LOCK, { signal }, hold).catch(() => {});
          return undefined;
        })
        .catch(() => resolve(false));
    });
  }

  get won(): boolean {
    return this.#won && !this.#ended.signal.aborted;
  }

  /** Gives the office away, or does not strive for it any more. */
  end(): void {
    this.#ended.abort();
  }
}

function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
