import { expose } from 'comlink';
import { installErrorTransfer } from '../src/rpc/errors.ts';
import type { Service } from './service.ts';

/** Makes a service this worker's: offers it to the page through comlink. */
export function serve(service: Service): void {
  installErrorTransfer();
  // What cannot be deserialised would leave its sender waiting for ever; as an error it ends the worker.
  addEventListener('messageerror', () => {
    throw new Error('a message could not be read');
  });
  expose(service);
}
