/**
 * Writes a stand-in for a published model.
 *
 *     npm run make-model -- --like qwen3-vl-2b --quant Q4_K_M --out FOLDER [--vision-quant Q8_0] [--scale N] [--seed N]
 *       [--template qwen3|qwen3-april-2025|qwen3-vl-instruct|qwen3-vl-thinking]
 */
import { parseArgs } from 'node:util';
import { TEMPLATE_NAMES } from '../support/templates.ts';
import { type StandInOptions, writeStandIn } from './write.ts';

function readOptions(): StandInOptions {
  const { values } = parseArgs({
    options: {
      like: { type: 'string', default: 'qwen3-vl-2b' },
      quant: { type: 'string', default: 'Q4_K_M' },
      'vision-quant': { type: 'string', default: 'Q8_0' },
      scale: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      template: { type: 'string' },
      out: { type: 'string' },
    },
  });
  const visionQuant = (['F32', 'F16', 'Q8_0'] as const).find((known) => known === values['vision-quant']);
  const [scale, seed] = [Number(values.scale), Number(values.seed)];
  if (visionQuant === undefined) throw new Error('--vision-quant must be F32, F16 or Q8_0.');
  if (!(scale >= 1)) throw new Error('--scale must be a number from 1 on.');
  if (!Number.isInteger(seed)) throw new Error('--seed must be a whole number.');
  const template = TEMPLATE_NAMES.find((known) => known === values.template);
  if (values.template !== undefined && template === undefined) {
    throw new Error(`--template must be one of: ${TEMPLATE_NAMES.join(', ')}.`);
  }
  if (values.out === undefined) throw new Error('Say where the files shall go: --out FOLDER.');
  const { like, quant, out: folder } = values;
  return { like, quant, visionQuant, scale, seed, folder, ...(template && { template }) };
}

try {
  for (const { path, bytes } of await writeStandIn(readOptions())) {
    console.log(`${path}: ${bytes.toLocaleString('en')} bytes`);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
