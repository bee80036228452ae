/**
 * For pages of other sites: shows Glance in a frame, and talks to it. One small module without imports; importing it
 * does nothing.
 */
import type { Answered } from './answered.ts';
import type { LoadedModel, LoadingProgress } from './events.ts';
import type {
  FrameAction,
  FrameEvent,
  FrameMessage,
  FrameRequest,
  FrameTheme,
  PROTOCOL_VERSION,
} from './frame/protocol.ts';

export type { Answered, FrameEvent, FrameTheme, LoadedModel, LoadingProgress };

const VERSION: typeof PROTOCOL_VERSION = 1;

/** A picture as its file, or the file's bytes. */
export type Picture = Blob | ArrayBuffer;

/** How the frame is made. */
export interface FrameOptions {
  /** Address of the Glance site; default: the folder that this module was loaded from. */
  src?: string | URL;
  /** Default: as the visitor's system has it. */
  theme?: FrameTheme;
  /** A model by its name; default: the demo. */
  model?: string;
  /** Language of the frame's words, as `en` or `zh`; default: the visitor's. */
  lang?: string;
  /** Takes the frame away again if it is raised before the frame is there. */
  signal?: AbortSignal;
  /** How long the frame may take to be there, in milliseconds; default: 30,000. The model is loaded later. */
  timeoutMs?: number;
  /** Hears what happens in the frame, whoever asked. */
  onEvent?: (event: FrameEvent) => void;
}

/** Why the frame did not do what it was asked for. */
export class FrameError extends Error {
  /**
   * That of a GlanceError (`no-model`, `aborted`, ...), why the frame refused (`origin-not-allowed`,
   * `browser-not-supported`, ...), `frame-closed`, or `frame-unreachable`.
   */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'FrameError';
    this.code = code;
  }
}

/** How {@link GlanceFrame.ask} asks. */
export interface FrameAskOptions {
  /** What is asked about; default: the pictures in the composer, and those asked about before. */
  image?: Picture;
  /**
   * Ends this question and no other: an answer that has begun then holds what was said so far, one that has not rejects
   * with `aborted`.
   */
  signal?: AbortSignal;
}

/** Glance in a frame. What is asked for rejects with a {@link FrameError}. */
export interface GlanceFrame {
  /** To be sized and styled by the page. */
  readonly iframe: HTMLIFrameElement;
  /** Asks, once what is being answered is answered. */
  ask(question: string, options?: FrameAskOptions): Promise<Answered>;
  /** Ends the answer being made, whoever asked. */
  stop(): Promise<void>;
  /** Begins a new conversation. */
  clear(): Promise<void>;
  /**
   * Puts a picture into the composer, in place of the one before. Rejects if it is none that can be read
   * (`picture-unreadable`).
   */
  setImage(image: Picture | null): Promise<void>;
  /** Light or dark. */
  setTheme(theme: FrameTheme): Promise<void>;
  /** What is said to the model before everything else, from the next question on. */
  setSystem(system: string): Promise<void>;
  /** Loads another model, by its name, and waits for it. Rejects if it cannot be loaded (`no-model`, ...). */
  setModel(model: string): Promise<void>;
  /** Takes the frame away. What is waited for rejects with `frame-closed`. */
  close(): void;
}

/** As the protocol has it, with pictures as pages may have them. */
type WithPicture<A> = A extends { image: unknown }
  ? Omit<A, 'image'> & { image?: Picture | null | undefined }
  : A;
type Action = WithPicture<FrameAction>;
type Outgoing = WithPicture<FrameRequest>;

interface Waiting {
  resolve(result: Answered | null): void;
  reject(error: FrameError): void;
}

/** A site that is slow, and no worse, has answered by then. */
const TIMEOUT_MS = 30_000;
/** How often it is seen whether the frame is still in the page, while something is waited for: nothing tells of it. */
const WATCH_MS = 500;

/**
 * Puts Glance into an element of the page. A frame that did not come to be there is taken away again.
 *
 * @returns settles when the frame is there and has let this page in
 * @throws FrameError `origin-not-allowed`, unless the site's `embed.json` names the origin of this page;
 * `browser-not-supported`; `frame-unreachable` if nothing was heard of it in time: at this address there is no Glance, or
 * another site that it redirects to, or a policy of this page (`frame-src`) forbids it; `aborted`
 */
export function embedGlance(
  target: Element,
  {
    src = new URL('./', import.meta.url),
    theme,
    model,
    lang,
    signal,
    timeoutMs = TIMEOUT_MS,
    onEvent,
  }: FrameOptions = {},
): Promise<GlanceFrame> {
  const site = new URL(src, document.baseURI);
  const parameters = { embed: '', origin: location.origin, theme, model, lang };
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) site.searchParams.set(name, value);
  const iframe = document.createElement('iframe');
  iframe.src = site.href;
  iframe.title = 'Glance';
  iframe.allow = 'camera; clipboard-write; display-capture';
  iframe.style.cssText = 'border:0;inline-size:100%;block-size:100%;min-block-size:360px';

  return new Promise((resolve, reject) => {
    let port: MessagePort | undefined;
    let isWelcome = false;
    let count = 0;
    const waiting = new Map<number, Waiting>();

    const drop = (error: FrameError) => {
      port?.close();
      port = undefined;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };

    const end = (error: FrameError) => {
      removeEventListener('message', greet);
      settle();
      drop(error);
      reject(error);
      iframe.remove();
    };

    const aborted = () => end(abortedError());
    const timer = setTimeout(
      () =>
        end(
          new FrameError(
            'frame-unreachable',
            `Glance did not answer at ${site.origin}${site.pathname}. Check that it is there, and that this page may show it (frame-src, COEP).`,
          ),
        ),
      timeoutMs,
    );
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
    };

    const send = (message: Outgoing) => port?.postMessage(message);

    const request = (action: Action) => {
      count += 1;
      const id = count;
      const done = new Promise<Answered | null>((resolve, reject) => {
        if (port === undefined || !iframe.isConnected) return reject(goneError());
        waiting.set(id, { resolve, reject });
        send({ ...action, id });
      });
      const watch = setInterval(() => iframe.isConnected || drop(goneError()), WATCH_MS);
      const unwatch = () => clearInterval(watch);
      done.then(unwatch, unwatch);
      return { id, done };
    };

    const take = ({ data }: MessageEvent<FrameMessage>) => {
      if (data.type === 'welcome') {
        isWelcome = true;
        settle();
        return resolve(frame);
      }
      if (data.type !== 'done' && data.type !== 'failed' && data.type !== 'refused') return onEvent?.(data);
      const asked = waiting.get(data.id ?? 0);
      waiting.delete(data.id ?? 0);
      if (data.type === 'done') asked?.resolve(data.result);
      else if (data.type === 'failed') asked?.reject(new FrameError(data.error.code, data.error.message));
      else
        asked?.reject(new FrameError(data.reason, `The frame refused this: ${data.reason}, ${data.field}.`));
    };

    const greet = ({ data, origin, source }: MessageEvent) => {
      if (source !== iframe.contentWindow || origin !== site.origin) return;
      // Once it has let this page in, it refuses greetings of others only.
      if (data?.glance === 'refused' && !isWelcome) {
        end(new FrameError(data.reason, `Glance refused this page: ${data.reason}.`));
      }
      if (data?.glance !== 'here') return;
      // It has been loaded anew.
      if (port !== undefined) drop(new FrameError('frame-closed', 'The frame was loaded anew.'));
      isWelcome = false;
      const channel = new MessageChannel();
      const { port1 } = channel;
      port = port1;
      port.onmessage = take;
      // By browsers that know this event: the frame has crashed, or has been removed.
      port.addEventListener('close', () => port === port1 && drop(goneError()));
      iframe.contentWindow?.postMessage({ glance: 'hello', version: VERSION }, site.origin, [channel.port2]);
    };

    const quiet = (action: Action) => request(action).done.then(() => {});

    const frame: GlanceFrame = {
      iframe,
      async ask(question, { image, signal } = {}) {
        if (signal?.aborted) throw abortedError();
        const { id, done } = request({ type: 'ask', question, image });
        // The frame may be gone without a word.
        const cancel = () => (iframe.isConnected ? send({ type: 'cancel', id }) : drop(goneError()));
        signal?.addEventListener('abort', cancel);
        try {
          return (await done) as Answered;
        } finally {
          signal?.removeEventListener('abort', cancel);
        }
      },
      stop: () => quiet({ type: 'stop' }),
      clear: () => quiet({ type: 'clear' }),
      setImage: (image) => quiet({ type: 'set-image', image }),
      setTheme: (theme) => quiet({ type: 'set-theme', theme }),
      setSystem: (system) => quiet({ type: 'set-system', system }),
      setModel: (model) => quiet({ type: 'set-model', model }),
      close: () => end(new FrameError('frame-closed', 'The frame was closed.')),
    };

    if (signal?.aborted) return aborted();
    signal?.addEventListener('abort', aborted);
    addEventListener('message', greet);
    target.append(iframe);
  });
}

function goneError(): FrameError {
  return new FrameError('frame-closed', 'The frame is gone.');
}

function abortedError(): FrameError {
  return new FrameError('aborted', 'This was stopped.');
}
