import { wrap } from 'comlink';
import { offer } from '../support/offer.ts';
import type { BenchRequest, CopyAnswer, DecodeSample, LoadAnswer } from './contract.ts';
import { LlamaContender } from './llama.ts';
import type { BenchWorker } from './worker.ts';

/** Room behind the longest prompt that llama.cpp is given. */
const LLAMA_CONTEXT = 1024 + 256;

const started = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
started.addEventListener('error', (event) => {
  throw new Error(`The worker failed: ${event.message}`);
});
const worker = wrap<BenchWorker>(started);
let llama: LlamaContender | null = null;

offer(async (request: BenchRequest): Promise<LoadAnswer | DecodeSample | CopyAnswer | number> => {
  switch (request.do) {
    case 'load': {
      await llama?.dispose();
      const response = await fetch(request.file);
      if (!response.ok) throw new Error(`${request.file}: ${response.status}`);
      const file = await response.blob();
      llama = request.withWllama ? await LlamaContender.load(file, LLAMA_CONTEXT) : null;
      return { ...(await worker.load(file, request.most)), wllamaVersion: LlamaContender.version };
    }
    case 'decode': {
      const { contender, context, tokens } = request;
      return contender.engine === 'wllama'
        ? loadedLlama().decode(context, tokens)
        : worker.decode({
            contender,
            context,
            tokens,
            ...(request.marks && { marks: request.marks }),
          });
    }
    case 'prefill':
      return request.contender.engine === 'wllama'
        ? loadedLlama().prefill(request.length)
        : worker.prefill(request.contender, request.length);
    case 'copy':
      return worker.copy(request.speculate, request.tokens);
  }
});

function loadedLlama(): LlamaContender {
  if (!llama) throw new Error('llama.cpp has no model.');
  return llama;
}
