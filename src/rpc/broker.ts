/**
 * How a tab comes by a port to the inference worker of another tab: only a service worker can pass ports between
 * tabs. It keeps nothing in mind, for it may be ended between any two messages: it asks all pages of the origin
 * which one has the engine.
 */
import { ENGINE_PROTOCOL } from './contract.ts';

/** What a page has to do with the engine. */
export type PageState =
  /** The engine is here, or begins here when it is asked for. */
  | 'host'
  /** The page waits to become the host, or uses the engine of the one that is. */
  | 'follower'
  /** The page could be asked to become the host. */
  | 'idle'
  /** The page speaks another protocol: it was loaded before an update, or since. */
  | 'other-version';

/** Why a port was brought to nobody: no page of Glance is open, or only such as speak another protocol. */
export type NoHost = 'none' | 'other-version';

/** From a page to the service worker: place this port. Ports: the client's end of the engine, for the answer. */
interface ConnectMessage {
  glance: 'connect';
  protocol: number;
  lifeline: string;
}

/** From the service worker to a page. Ports: for the answer, a {@link PageState}. */
interface StateMessage {
  glance: 'state';
  protocol: number;
}

/** From the service worker to a page. Ports: the client's end of the engine, for the answer. */
interface HostMessage {
  glance: 'host';
  protocol: number;
  lifeline: string;
}

/** Whether this is why a port was brought to nobody, and not the name of a lock. */
export function isNoHost(answer: HostAnswer | NoHost): answer is NoHost {
  return answer === 'none' || answer === 'other-version';
}

/** Name of the Web Lock that the worker behind the port holds; null if nobody took the port. */
export type HostAnswer = string | null;

/** Pages answer at once, unless they are busy, frozen, or none of Glance's. */
const STATE_PATIENCE_MS = 3000;
/** In a page with several users of the engine, the one that has it answers first. */
const STATE_DELAY_MS = 20;
const REFUSAL_DELAY_MS = 1000;
/** To start a worker takes a while on a slow connection. */
const HOST_PATIENCE_MS = 20_000;

/** The part of `Client` that is needed. */
export interface Recipient {
  postMessage(message: unknown, transfer: Transferable[]): void;
}

/** Sends a message with a port for the answer. */
function request<T>(
  to: Recipient,
  message: ConnectMessage | StateMessage | HostMessage,
  patienceMs: number,
  ...ports: MessagePort[]
): Promise<T | null> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    const end = (answer: T | null) => {
      clearTimeout(timer);
      port1.close();
      resolve(answer);
    };
    const timer = setTimeout(() => end(null), patienceMs);
    port1.onmessage = ({ data }) => end(data as T);
    to.postMessage(message, [...ports, port2]);
  });
}

/** In a page: asks the service worker to bring this port to the engine. */
export function askForEngine(broker: Recipient, port: MessagePort, lifeline: string): Promise<HostAnswer> {
  const message: ConnectMessage = { glance: 'connect', protocol: ENGINE_PROTOCOL, lifeline };
  return request<HostAnswer>(broker, message, STATE_PATIENCE_MS + HOST_PATIENCE_MS, port);
}

/** In a page: answers the service worker. */
export interface PageSide {
  state(): PageState;
  /** Gives the engine to a client, or refuses. */
  host(port: MessagePort, lifeline: string): Promise<HostAnswer>;
}

/** @returns ends the listening */
export function listenToBroker(container: ServiceWorkerContainer, page: PageSide): () => void {
  const listener = ({ data, ports }: MessageEvent) => {
    const message = data as StateMessage | HostMessage | null;
    if (message?.protocol !== ENGINE_PROTOCOL) {
      if (message?.glance !== 'state') return;
      // Somebody else in this page may speak it.
      const answer = () => ports[0]?.postMessage('other-version' satisfies PageState);
      return void setTimeout(answer, 2 * STATE_DELAY_MS);
    }
    const state = page.state();
    if (message.glance === 'state') {
      const [answer] = ports;
      if (state === 'host') answer?.postMessage(state);
      else setTimeout(() => answer?.postMessage(state), STATE_DELAY_MS);
    }
    if (message.glance === 'host') {
      const [port, answer] = ports;
      const refuse = () => void setTimeout(() => answer?.postMessage(null), REFUSAL_DELAY_MS);
      if (state === 'follower') return refuse();
      page
        .host(port!, message.lifeline)
        .then((lifeline) => (lifeline === null ? refuse() : answer!.postMessage(lifeline)), refuse);
    }
  };
  container.addEventListener('message', listener);
  container.startMessages();
  return () => container.removeEventListener('message', listener);
}

/** A message with its ports. */
interface Received {
  readonly data: unknown;
  readonly ports: readonly MessagePort[];
}

/** In the service worker: whether a page's message asks for the engine, and who asks. */
export function connectRequest({ data, ports }: Received): {
  port: MessagePort;
  lifeline: string;
  /** Of the page, which may be older or newer than the service worker. */
  protocol: number;
  answer: (answer: HostAnswer) => void;
} | null {
  const message = data as ConnectMessage | null;
  const [port, answer] = ports;
  if (message?.glance !== 'connect' || port === undefined || answer === undefined) return null;
  const { lifeline, protocol } = message;
  return { port, lifeline, protocol, answer: (value) => answer.postMessage(value) };
}

/**
 * In the service worker: brings a port to the page that has the engine.
 *
 * @param pages of this origin
 * @param protocol that both sides have to speak
 * @returns why nobody could take it; null if no page has the engine just now, but one will soon
 */
export async function placePort(
  pages: readonly Recipient[],
  port: MessagePort,
  lifeline: string,
  protocol = ENGINE_PROTOCOL,
): Promise<HostAnswer | NoHost> {
  const found = await findHost(pages, protocol);
  if (found === null || typeof found === 'string') return found;
  const message: HostMessage = { glance: 'host', protocol, lifeline };
  return request<HostAnswer>(found, message, HOST_PATIENCE_MS, port);
}

/** The page that has the engine, else one that could have it. */
function findHost(pages: readonly Recipient[], protocol: number): Promise<Recipient | NoHost | null> {
  const message: StateMessage = { glance: 'state', protocol };
  return new Promise((resolve) => {
    let idle: Recipient | null = null;
    let follows = false;
    let differs = false;
    const asked = pages.map(async (page) => {
      const state = await request<PageState>(page, message, STATE_PATIENCE_MS);
      if (state === 'host') resolve(page);
      if (state === 'idle') idle ??= page;
      if (state === 'follower') follows = true;
      if (state === 'other-version') differs = true;
    });
    const missing = () => (differs ? 'other-version' : 'none');
    void Promise.all(asked).then(() => resolve(follows ? null : (idle ?? missing())));
  });
}
