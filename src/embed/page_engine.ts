import { GlanceError } from '../model/errors.ts';
import { GlanceClient } from '../rpc/client.ts';
import { EngineShare } from '../rpc/engine_share.ts';
import type { FetchModel } from '../rpc/fetched_model.ts';
import { registerServiceWorker } from '../rpc/registration.ts';
import { startInferenceWorker } from '../rpc/start_worker.ts';
import { defaultBase, hasServiceWorker } from './site.ts';

/** What the users of a page have in common. */
export interface PageEngine {
  readonly client: GlanceClient;
  /** The folder of Glance's files. */
  readonly site: URL;
  /** To be called once, when the user is done. The engine ends with its last user. */
  leave(): void;
}

/** Which engine a user wants. */
export interface EngineChoice {
  /** Folder of Glance's files, with `sw.js`; default: the one that the library lies in. */
  base?: string | URL | undefined;
  /**
   * Whether all tabs of this origin use one engine; default: where a service worker can be expected, which is where
   * the library's files lie as they came, or where `base` says.
   */
  share?: boolean | undefined;
  /** Starts the worker; default: as the page's own policy has it. */
  startWorker?: (() => Worker) | undefined;
}

/** Seldom needed, and so not fetched before. */
const fetchModel: FetchModel = async (...asked) =>
  (await import('../store/fetch_model.ts')).fetchModel(...asked);

const engines = new Map<string, { client: GlanceClient; end: () => void; users: number }>();

/**
 * Becomes a user of the page's engine for this folder.
 *
 * @throws GlanceError `invalid-argument` for a `base` that is no address
 */
export function enterEngine({ base, share, startWorker = startInferenceWorker }: EngineChoice): PageEngine {
  const site = siteAddress(base ?? defaultBase());
  const shares = share ?? (base !== undefined || hasServiceWorker());
  const key = `${shares} ${site.href}`;
  const engine = engines.get(key) ?? { ...startEngine(site, shares, startWorker), users: 0 };
  engine.users += 1;
  engines.set(key, engine);
  return {
    client: engine.client,
    site,
    leave: () => {
      engine.users -= 1;
      if (engine.users > 0) return;
      engines.delete(key);
      engine.end();
    },
  };
}

function startEngine(
  site: URL,
  share: boolean,
  startWorker: () => Worker,
): { client: GlanceClient; end: () => void } {
  if (!share) {
    const client = new GlanceClient(startWorker, fetchModel);
    return { client, end: () => client.close() };
  }
  const engine = new EngineShare(startWorker, () => registerServiceWorker(new URL('sw.js', site)));
  const client = new GlanceClient(engine, fetchModel);
  return {
    client,
    end: () => {
      client.close();
      engine.close();
    },
  };
}

function siteAddress(base: string | URL): URL {
  try {
    const site = new URL(base, document.baseURI);
    if (!site.pathname.endsWith('/')) site.pathname += '/';
    return site;
  } catch (cause) {
    throw new GlanceError('invalid-argument', `"${base}" is no address of a folder.`, {
      cause,
      details: { argument: 'base' },
    });
  }
}
