/**
 * Measures the token loop in Node.js on Dawn, at the published models' dimensions with random weights: tokens a
 * second, and the share of the card's memory bandwidth that this reaches.
 *
 *     npm run bench:gpu [-- --models 2b,4b,8b] [--formats F16,Q8_0,Q4_0,Q4_K,Q6_K] [--contexts 128]
 *                       [--tokens 64] [--bandwidth GB/s] [--layers N] [--software] [--quick] [--json]
 *
 * Formats are those of all matrices, or mixes such as Q4_K_M. Without `--bandwidth` a kernel that only reads finds
 * it in the same run. `--layers` runs fewer layers than the model has, `--software` takes the tests' adapter where
 * there is a better one; `--quick` is a few tokens of two layers, for machines without a GPU.
 */
import { parseArgs } from 'node:util';
import { createServer } from 'vite';
import { repositoryRoot } from '../support/root.ts';

const { values } = parseArgs({
  options: {
    models: { type: 'string' },
    formats: { type: 'string' },
    contexts: { type: 'string', default: '128' },
    tokens: { type: 'string' },
    bandwidth: { type: 'string' },
    layers: { type: 'string' },
    software: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

/** @throws Error with one line if a number is not one */
function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0.`);
  return value;
}
const optional = (name: 'bandwidth' | 'layers' | 'tokens') =>
  values[name] === undefined ? null : numberOf(name, values[name]);

const options = {
  models: (values.models ?? (values.quick ? '2b' : '2b,4b,8b')).split(','),
  formats: (values.formats ?? (values.quick ? 'Q8_0,Q4_0' : 'F16,Q8_0,Q4_0,Q4_K,Q6_K')).split(','),
  contexts: values.contexts.split(',').map((text) => numberOf('contexts', text)),
  tokens: optional('tokens') ?? (values.quick ? 4 : 64),
  gigabytesPerSecond: optional('bandwidth'),
  layers: optional('layers') ?? (values.quick ? 2 : null),
  software: values.software,
};

// Kernels lie in files that Vite brings into their modules.
const server = await createServer({
  root: repositoryRoot,
  configFile: false,
  appType: 'custom',
  logLevel: 'warn',
  server: { middlewareMode: true, hmr: false, watch: null, ws: false },
  optimizeDeps: { noDiscovery: true, include: [] },
});
try {
  const { measureGpu } = (await server.ssrLoadModule(
    '/test/bench/gpu_step.ts',
  )) as typeof import('./gpu_step.ts');
  const result = await measureGpu(options, (line) => console.error(line));
  console.log(
    `${result.machine}: ${result.gigabytesPerSecond.toFixed(1)} GB/s ${result.bandwidthFrom}${result.software ? '; a software adapter, so these figures say nothing of GPUs' : ''}`,
  );
  console.table(
    result.rows.map((row) => ({
      ...row,
      msPerToken: row.msPerToken.toFixed(2),
      tokensPerSecond: row.tokensPerSecond.toFixed(1),
      bytesPerToken: `${(row.bytesPerToken / 1e6).toFixed(1)} MB`,
      bandwidthShare: row.bandwidthShare.toFixed(3),
      cpuMsPerToken: row.cpuMsPerToken.toFixed(2),
    })),
  );
  if (values.json) console.log(JSON.stringify(result));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await server.close();
}
