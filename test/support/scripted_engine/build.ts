import { build, type Rolldown } from 'vite';
import { repositoryRoot } from '../root.ts';
import type { Script } from './script.ts';

let code: Promise<string> | null = null;

/** How the inference worker's file is called in a built site. */
export const INFERENCE_WORKER = /\/assets\/inference-[^/]*\.js$/;

/** The code of a worker that plays a script, to be served in place of the inference worker's. */
export async function scriptedWorker(script: Script): Promise<string> {
  code ??= buildWorker();
  return `globalThis.GLANCE_SCRIPT = ${JSON.stringify(script)};\n${await code}`;
}

async function buildWorker(): Promise<string> {
  const { output } = (await build({
    configFile: false,
    root: repositoryRoot,
    logLevel: 'warn',
    publicDir: false,
    build: {
      write: false,
      target: 'es2023',
      reportCompressedSize: false,
      rolldownOptions: {
        input: 'test/support/scripted_engine/worker.ts',
        output: { format: 'es', codeSplitting: false },
      },
    },
  })) as Rolldown.RolldownOutput;
  return output[0].code;
}
