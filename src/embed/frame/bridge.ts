import { toGlanceError } from '../../model/errors.ts';
import type { EmbeddedConversation, EmbeddedListener } from '../conversation.ts';
import {
  type FrameAction,
  type FrameEvent,
  type FrameMessage,
  type FrameTheme,
  isForGlance,
  PROTOCOL_VERSION,
  type RefusalReason,
  readFrameRequest,
  readHostGreeting,
} from './protocol.ts';

/** Questions that may wait for their turn. */
const MAX_WAITING = 16;

/** What the bridge needs of a conversation. */
export type BridgedConversation = Pick<
  EmbeddedConversation,
  'ask' | 'setPicture' | 'clear' | 'useModel' | 'stop'
> & {
  system: string;
};

/** What the bridge lets pages do. */
export interface FrameSide {
  conversation: BridgedConversation;
  showTheme(theme: FrameTheme): void;
}

/** A message to the frame's window, as far as it is looked at. */
export interface Greeting {
  readonly data: unknown;
  readonly origin: string;
  readonly source: unknown;
  readonly ports: readonly MessagePort[];
}

/** The frame's side of the protocol: greets the page around it, and does what that asks for. */
export class FrameBridge {
  readonly #side: FrameSide;
  readonly #parent: Pick<Window, 'postMessage'>;
  readonly #isAllowed: (origin: string) => boolean;
  #port: MessagePort | null = null;
  /** Questions that are asked or wait, by their ids. */
  #asked = new Map<number, AbortController>();

  /**
   * @param parent the window around the frame: no other one is listened to
   * @param isAllowed whether an origin may talk to the frame
   */
  constructor(side: FrameSide, parent: Pick<Window, 'postMessage'>, isAllowed: (origin: string) => boolean) {
    this.#side = side;
    this.#parent = parent;
    this.#isAllowed = isAllowed;
  }

  /** Tells the page what happens in the conversation. */
  readonly listener: EmbeddedListener = {
    progress: (progress) => this.#tell({ type: 'progress', progress }),
    ready: (model) => this.#tell({ type: 'ready', model }),
    text: (text) => this.#tell({ type: 'text', text }),
    message: (message) => this.#tell({ type: 'message', message }),
    error: ({ code, message }) => this.#tell({ type: 'error', error: { code, message } }),
  };

  /** Says that the frame is there. What it says is the same for every page: nothing about this one's visitor. */
  announce(): void {
    this.#parent.postMessage({ glance: 'here', version: PROTOCOL_VERSION }, '*');
  }

  /**
   * Takes a message to the frame's window.
   *
   * @returns whether it was a greeting that was accepted
   */
  receive({ data, origin, source, ports }: Greeting): boolean {
    if (!isForGlance(data)) return false;
    const refuse = (reason: RefusalReason) => {
      for (const port of ports) port.close();
      // To the one that asked, whose origin the browser vouches for; sandboxed pages have none to be named by.
      const target = source as Pick<Window, 'postMessage'> | null;
      const message = { glance: 'refused', version: PROTOCOL_VERSION, reason };
      if (origin !== 'null') target?.postMessage?.(message, origin);
      return false;
    };
    if (source !== this.#parent || !this.#isAllowed(origin)) return refuse('origin-not-allowed');
    const read = readHostGreeting(data);
    if ('refused' in read) return refuse(read.refused);
    const [port] = ports;
    if (port === undefined || ports.length !== 1) return refuse('invalid-message');
    // Nobody hears the answers any more.
    for (const asked of this.#asked.values()) asked.abort();
    this.#port?.close();
    this.#port = port;
    this.#asked = new Map();
    port.onmessage = (event) => this.#take(event.data, port);
    port.onmessageerror = () => this.#take(null, port);
    this.#tell({ type: 'welcome', version: PROTOCOL_VERSION });
    return true;
  }

  #take(data: unknown, port: MessagePort): void {
    if (port !== this.#port) return;
    const read = readFrameRequest(data);
    if ('refused' in read) {
      this.#tell({ type: 'refused', id: read.id, reason: read.refused, field: read.field });
      return;
    }
    const { id, ...action } = read.value;
    const asked = this.#asked;
    if (action.type === 'cancel') {
      asked.get(id)?.abort();
      return;
    }
    const abort = new AbortController();
    if (action.type === 'ask') {
      if (asked.size >= MAX_WAITING || asked.has(id)) {
        const reason = asked.has(id) ? 'invalid-message' : 'too-many-requests';
        this.#tell({ type: 'refused', id, reason, field: asked.has(id) ? 'id' : null });
        return;
      }
      asked.set(id, abort);
    }
    this.#do(action, abort.signal)
      .then(
        (result) => this.#reply({ type: 'done', id, result }, port),
        (thrown) => {
          const { code, message } = toGlanceError(thrown);
          this.#reply({ type: 'failed', id, error: { code, message } }, port);
        },
      )
      .finally(() => {
        if (asked.get(id) === abort) asked.delete(id);
      });
  }

  async #do(action: FrameAction, signal: AbortSignal) {
    const { conversation, showTheme } = this.#side;
    switch (action.type) {
      case 'ask':
        return conversation.ask(action.question, action.image, signal);
      case 'stop':
        conversation.stop();
        break;
      case 'clear':
        await conversation.clear();
        break;
      case 'set-image':
        await conversation.setPicture(action.image);
        break;
      case 'set-theme':
        showTheme(action.theme);
        break;
      case 'set-system':
        conversation.system = action.system;
        break;
      case 'set-model':
        await conversation.useModel({ model: action.model });
        break;
    }
    return null;
  }

  /** A page that has greeted the frame anew meanwhile knows nothing of what was asked before. */
  #reply(message: FrameMessage, port: MessagePort): void {
    if (port === this.#port) port.postMessage(message);
  }

  #tell(message: FrameMessage | FrameEvent): void {
    this.#port?.postMessage(message);
  }
}
