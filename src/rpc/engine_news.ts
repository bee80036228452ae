/** What all that use one engine tell each other about it. */
import { ENGINE_PROTOCOL } from './contract.ts';

/** Name of the Web Lock of the tab that has the engine; the same for all that can talk to each other. */
export const ENGINE_LOCK = `glance-engine-${ENGINE_PROTOCOL}`;

export type EngineNews =
  /** A tab has been elected. */
  | { type: 'hosted' }
  /** The worker with this lifeline cannot be trusted any more, or does not answer. */
  | { type: 'retired'; lifeline: string };

/** Where they hear and tell it. */
export function openEngineNews(): BroadcastChannel {
  return new BroadcastChannel(ENGINE_LOCK);
}
