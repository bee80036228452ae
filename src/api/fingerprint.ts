import { version } from '../../package.json';
import type { ReadyModel } from './host.ts';

/**
 * Names what an answer depends on besides the request: the model's file, the version of the engine, and what
 * computes. With equal fingerprints and seeds, answers are equal.
 */
export function fingerprintOf({ file, info }: ReadyModel): string {
  return `${file}|glance-${version}|${info.device}`;
}
