/** The faults' page, which has the store, and a worker that loads what is kept. */
import '../../faults/page.ts';
import { wrap } from 'comlink';
import type { LoadPageApi } from './contract.ts';

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
worker.addEventListener('error', (event) => {
  throw new Error(`The worker failed: ${event.message}`);
});
const remote = wrap<LoadPageApi>(worker);

globalThis.loadPage = {
  adapter: () => remote.adapter(),
  round: (model) => remote.round(model),
  start: (model, options) => remote.start(model, options),
  firstToken: (promptTokens) => remote.firstToken(promptTokens),
};
