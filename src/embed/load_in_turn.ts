import { abortable } from '../model/abortable.ts';
import type { GlanceClient } from '../rpc/client.ts';
import type { LoadOptions, LoadProgress, ModelInfo } from '../rpc/contract.ts';

type Loading = Pick<GlanceClient, 'load'>;

/** Loads of one user that come without another's between them. */
interface Turn {
  readonly user: object;
  readonly begin: Promise<unknown>;
  readonly end: Promise<unknown>;
}

/** The latest one. */
const turns = new WeakMap<Loading, Turn>();

/**
 * Loads a model once those of the page's other users are loaded: at the engine they are one user, whose newer load ends
 * the one before. So does the same user's here.
 *
 * @throws GlanceError as {@link GlanceClient.load}
 */
export function loadInTurn(
  user: object,
  client: Loading,
  options: LoadOptions,
  onProgress: (progress: LoadProgress) => void,
  signal: AbortSignal,
): Promise<ModelInfo> {
  const latest = turns.get(client);
  const begin = (latest?.user === user ? latest.begin : latest?.end) ?? Promise.resolve();
  const load = abortable(begin, signal).then(() => client.load(options, onProgress, signal));
  turns.set(client, { user, begin, end: Promise.allSettled([latest?.end, load]) });
  return load;
}
