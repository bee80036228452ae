import { expose } from 'comlink';
import type { InferenceService } from '../src/rpc/contract.ts';
import { installErrorTransfer } from '../src/rpc/errors.ts';
import type { StoreService } from '../src/rpc/store_contract.ts';

/** Makes a service this worker's: offers it to the page through comlink. */
export function serve(service: InferenceService | StoreService): void {
  installErrorTransfer();
  // What cannot be deserialised would leave its sender waiting for ever; as an error it ends the worker.
  addEventListener('messageerror', () => {
    throw new Error('a message could not be read');
  });
  expose(service);
}
