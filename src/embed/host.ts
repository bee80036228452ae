/**
 * For pages of other sites: shows Glance in a frame, and talks to it. One small module without imports; importing it
 * does nothing.
 */
import type { ModelInfo } from '../rpc/contract.ts';
import type { Answered } from './answered.ts';
import type {
  FrameAction,
  FrameEvent,
  FrameMessage,
  FrameTheme,
  PROTOCOL_VERSION,
} from './frame/protocol.ts';

export type { Answered, FrameEvent, FrameTheme, ModelInfo };

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
  /** Hears what happens in the frame, whoever asked. */
  onEvent?: (event: FrameEvent) => void;
}

/** Why the frame did not do what it was asked for. */
export class FrameError extends Error {
  /** That of a GlanceError, why the frame refused (`origin-not-allowed`, ...), or `frame-closed`. */
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
  /** Stops the answer, which then holds what was said so far. */
  signal?: AbortSignal;
}

/** Glance in a frame. What is asked for rejects with a {@link FrameError}. */
export interface GlanceFrame {
  /** To be sized and styled by the page. */
  readonly iframe: HTMLIFrameElement;
  /**
   * Asks, once what is being answered is answered.
   */
  ask(question: string, options?: FrameAskOptions): Promise<Answered>;
  /** Ends the answer being made. */
  stop(): Promise<void>;
  /** Begins a new conversation. */
  clear(): Promise<void>;
  /** Puts a picture into the composer, in place of the one before. */
  setImage(image: Picture | null): Promise<void>;
  /** Light or dark. */
  setTheme(theme: FrameTheme): Promise<void>;
  /** What is said to the model before everything else, from the next question on. */
  setSystem(system: string): Promise<void>;
  /** Loads another model, by its name. */
  setModel(model: string): Promise<void>;
  /** Takes the frame away. What is waited for rejects with `frame-closed`. */
  close(): void;
}

interface Waiting {
  resolve(result: Answered | null): void;
  reject(error: FrameError): void;
}

/**
 * Puts Glance into an element of the page.
 *
 * @returns settles when the frame is there and has let this page in
 * @throws FrameError `origin-not-allowed`, unless the site's `embed.json` names the origin of this page
 */
export function embedGlance(
  target: Element,
  { src = new URL('./', import.meta.url), theme, model, lang, onEvent }: FrameOptions = {},
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
    let count = 0;
    const waiting = new Map<number, Waiting>();

    const end = (error: FrameError) => {
      port?.close();
      port = undefined;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
      reject(error);
    };

    const request = (
      action: FrameAction | { type: 'ask' | 'set-image'; image?: unknown; question?: string },
    ) =>
      new Promise<Answered | null>((resolve, reject) => {
        if (port === undefined) return reject(new FrameError('frame-closed', 'The frame is gone.'));
        count += 1;
        waiting.set(count, { resolve, reject });
        port.postMessage({ ...action, id: count });
      });

    const take = ({ data }: MessageEvent<FrameMessage>) => {
      if (data.type === 'welcome') return resolve(frame);
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
      if (data?.glance === 'refused') {
        end(new FrameError(data.reason, `Glance refused this page: ${data.reason}.`));
      }
      if (data?.glance !== 'here') return;
      // It has been loaded anew.
      if (port !== undefined) {
        const error = new FrameError('frame-closed', 'The frame was loaded anew.');
        for (const { reject } of waiting.values()) reject(error);
        waiting.clear();
        port.close();
      }
      const channel = new MessageChannel();
      port = channel.port1;
      port.onmessage = take;
      iframe.contentWindow?.postMessage({ glance: 'hello', version: VERSION }, site.origin, [channel.port2]);
    };

    const quiet = (action: FrameAction | { type: 'set-image'; image: Picture | null }) =>
      request(action).then(() => {});

    const frame: GlanceFrame = {
      iframe,
      async ask(question, { image, signal } = {}) {
        const stop = () => void quiet({ type: 'stop' }).catch(() => {});
        signal?.addEventListener('abort', stop);
        try {
          return (await request({ type: 'ask', question, image })) as Answered;
        } finally {
          signal?.removeEventListener('abort', stop);
        }
      },
      stop: () => quiet({ type: 'stop' }),
      clear: () => quiet({ type: 'clear' }),
      setImage: (image) => quiet({ type: 'set-image', image }),
      setTheme: (theme) => quiet({ type: 'set-theme', theme }),
      setSystem: (system) => quiet({ type: 'set-system', system }),
      setModel: (model) => quiet({ type: 'set-model', model }),
      close() {
        removeEventListener('message', greet);
        end(new FrameError('frame-closed', 'The frame was closed.'));
        iframe.remove();
      },
    };

    addEventListener('message', greet);
    target.append(iframe);
  });
}
