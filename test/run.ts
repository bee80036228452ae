/**
 * Runs every test, the quick ones first, and stops at the first that fails.
 *
 *     npm test
 *     npm run test:long   those that have a longer form, at full length
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { findChromium } from './support/chromium.ts';
import { repositoryRoot } from './support/root.ts';

interface Step {
  name: string;
  /** A program of node_modules/.bin and its arguments. */
  command: readonly [string, ...string[]];
  limitMinutes: number;
}

const short: readonly Step[] = [
  { name: 'lint', command: ['biome', 'check', '.'], limitMinutes: 2 },
  { name: 'types', command: ['tsc', '--noEmit', '-p', '.'], limitMinutes: 3 },
  { name: 'unit and browser tests', command: ['vitest', 'run'], limitMinutes: 20 },
  { name: 'parity', command: ['tsx', 'test/parity/run.ts', '--positions', '60'], limitMinutes: 6 },
  { name: 'evaluation', command: ['tsx', 'test/eval/run.ts', '--questions', '24'], limitMinutes: 3 },
  { name: 'examples', command: ['tsx', 'test/examples/run.ts', '--quick'], limitMinutes: 5 },
  { name: 'end to end', command: ['playwright', 'test'], limitMinutes: 12 },
];

/** What is looked at more closely than there is time for after every change. */
const long: readonly Step[] = [
  { name: 'all examples', command: ['tsx', 'test/examples/run.ts'], limitMinutes: 15 },
  {
    name: 'leaks, tokenizer, samplers, kernels and the API at full length',
    command: [
      'vitest',
      'run',
      'test/browser/webgpu_failures.test.ts',
      'test/browser/webgpu.test.ts',
      'test/browser/self_check.test.ts',
      'test/browser/decoder.test.ts',
      'test/browser/webgpu_memory.test.ts',
      'test/browser/gpu.test.ts',
      'test/browser/sample.test.ts',
      'test/unit/gpu/decode_kernels.test.ts',
      'test/browser/openai.test.ts',
      'test/browser/tokenizer.test.ts',
      'test/unit/gpu/sample.test.ts',
      'test/unit/api/contract.test.ts',
    ],
    limitMinutes: 30,
  },
  { name: 'downloads', command: ['playwright', 'test', 'test/e2e/faults.spec.ts'], limitMinutes: 5 },
  { name: 'parity in full', command: ['tsx', 'test/parity/run.ts'], limitMinutes: 15 },
  { name: 'decoding', command: ['tsx', 'test/parity/run.ts', '--decode'], limitMinutes: 25 },
  { name: 'formats', command: ['tsx', 'test/parity/run.ts', '--quants'], limitMinutes: 40 },
];

const isLong = process.argv.includes('--long');
const steps = isLong ? long : short;

/** @returns the exit code; 124 if the limit passed */
function run({ command: [program, ...args], limitMinutes }: Step): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(repositoryRoot, 'node_modules/.bin', program), args, {
      cwd: repositoryRoot,
      env: { ...process.env, ...(isLong && { VITE_GLANCE_LONG_TESTS: '1' }) },
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
      // A group of its own, so that browsers end with the program that started them.
      detached: process.platform !== 'win32',
    });
    const end = (signal: NodeJS.Signals) => {
      if (child.pid !== undefined && process.platform !== 'win32') process.kill(-child.pid, signal);
      else child.kill(signal);
    };
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      end('SIGKILL');
    }, limitMinutes * 60_000);
    const interrupted = () => {
      end('SIGTERM');
      process.exit(130);
    };
    process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(timer);
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
      resolve(late ? 124 : (code ?? 1));
    });
  });
}

function summarise(lines: readonly string[]): void {
  console.log(`\n${lines.join('\n')}`);
}

try {
  console.log(`Chromium: ${findChromium()}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

const summary: string[] = [];
const start = performance.now();
for (const step of steps) {
  console.log(`\n--- ${step.name}`);
  const stepStart = performance.now();
  const code = await run(step);
  const seconds = ((performance.now() - stepStart) / 1000).toFixed(1).padStart(6);
  if (code !== 0) {
    const why = code === 124 ? `took longer than ${step.limitMinutes} minutes` : `exit code ${code}`;
    summarise([...summary, `${seconds} s  ${step.name}: FAILED (${why})`]);
    process.exit(1);
  }
  summary.push(`${seconds} s  ${step.name}`);
}
const total = ((performance.now() - start) / 1000).toFixed(1).padStart(6);
summarise([...summary, `${total} s  all tests passed`]);
