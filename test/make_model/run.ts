/**
 * Writes a stand-in for a published model.
 *
 *     npm run make-model -- --like qwen3-vl-2b --quant Q4_K_M --out FOLDER [--vision-quant Q8_0] [--scale N] [--seed N]
 */
import { parseArgs } from 'node:util';
import { type StandInOptions, writeStandIn } from './write.ts';

function readOptions(): StandInOptions {
  const { values } = parseArgs({
    options: {
      like: { type: 'string', default: 'qwen3-vl-2b' },
      quant: { type: 'string', default: 'Q4_K_M' },
      'vision-quant': { type: 'string', default: 'Q8_0' },
      scale: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string' },
    },
  });
  const visionQuant = (['F32', 'F16', 'Q8_0'] as const).find((known) => known === values['vision-quant']);
  const [scale, seed] = [Number(values.scale), Number(values.seed)];
  if (visionQuant === undefined) throw new Error('--vision-quant must be F32, F16 or Q8_0.');
  if (!(scale >= 1)) throw new Error('--scale must be a number from 1 on.');
  if (!Number.isInteger(seed)) throw new Error('--seed must be a whole number.');
  if (values.out === undefined) throw new Error('Say where the files shall go: --out FOLDER.');
  return { like: values.like, quant: values.quant, visionQuant, scale, seed, folder: values.out };
}

try {
  for (const { path, bytes } of await writeStandIn(readOptions())) {
    console.log(`${path}: ${bytes.toLocaleString('en')} bytes`);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
