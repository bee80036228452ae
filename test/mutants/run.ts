/**
 * Breaks the source in one place at a time and sees whether the tests notice.
 *
 *     npm run mutants -- [--only NAME] [--json]
 *
 * A mutant counts as killed only if an assertion failed: code that no longer runs at all proves nothing
 * about the tests.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { finish } from '../support/arguments.ts';
import { repositoryRoot } from '../support/root.ts';
import { type Mutant, mutants } from './mutants.ts';

/** For the tests of one file; those that have GPUs compile for a while on the CPU. */
const FILE_LIMIT_MS = 120_000;

/** The parts of Vitest's JSON report that matter here. */
interface Report {
  numTotalTests: number;
  testResults: {
    name: string;
    status: 'passed' | 'failed';
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
  }[];
}

async function runTests(files: readonly string[], mutant: Mutant | null, folder: string): Promise<Report> {
  const output = join(folder, 'report.json');
  await rm(output, { force: true });
  const args = ['run', '--reporter', 'json', '--outputFile', output, ...files];
  const child = spawn(join(repositoryRoot, 'node_modules/.bin/vitest'), args, {
    cwd: repositoryRoot,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...(mutant ? { GLANCE_MUTANT: mutant.name } : {}) },
    timeout: files.length * FILE_LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const text = await readFile(output, 'utf8').catch(() => null);
  if (text === null)
    throw new Error(`Vitest left no report for ${mutant?.name ?? 'the source as it is'}: ${errors}`);
  return JSON.parse(text) as Report;
}

/** Says why a report is no clean "all tests passed", or null if it is. */
function complaint(report: Report): string | null {
  for (const file of report.testResults) {
    for (const test of file.assertionResults) {
      if (test.status === 'failed') return `${test.fullName}: ${firstLine(test.failureMessages[0] ?? '')}`;
    }
    if (file.status !== 'passed') return `${file.name}: ${firstLine(file.message)}`;
  }
  return report.numTotalTests === 0 ? 'no test ran' : null;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!.slice(0, 160);
}

/** The first test that an assertion failed in. */
function failedAssertion(report: Report): string | null {
  for (const file of report.testResults) {
    for (const test of file.assertionResults) {
      if (test.failureMessages.some((message) => message.startsWith('AssertionError'))) {
        return `${test.fullName}: ${firstLine(test.failureMessages[0]!)}`;
      }
    }
  }
  return null;
}

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, only: { type: 'string' } },
});
const chosen = mutants.filter(({ name }) => values.only === undefined || name === values.only);
const problems: string[] = chosen.length === 0 ? ['no mutant has that name'] : [];
const results: { name: string; killed: boolean }[] = [];

for (const { name, file, find } of chosen) {
  const source = await readFile(join(repositoryRoot, file), 'utf8');
  if (source.split(find).length !== 2) problems.push(`${name}: its text must stand exactly once in ${file}`);
}

const folder = await mkdtemp(join(tmpdir(), 'glance-mutants-'));
try {
  if (problems.length === 0) {
    const sane = await runTests([...new Set(chosen.flatMap(({ tests }) => tests))], null, folder);
    const trouble = complaint(sane);
    if (trouble !== null) problems.push(`the tests fail without any mutant: ${trouble}`);
  }
  if (problems.length === 0) {
    for (const mutant of chosen) {
      const report = await runTests(mutant.tests, mutant, folder);
      const noticed = failedAssertion(report);
      results.push({ name: mutant.name, killed: noticed !== null });
      if (noticed !== null) console.error(`killed    ${mutant.name} (${noticed})`);
      else {
        const trouble = complaint(report);
        problems.push(
          trouble === null
            ? `${mutant.name} survived`
            : `${mutant.name} broke the code instead of its result: ${trouble}`,
        );
      }
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

finish(values.json === true, { mutants: results }, problems);
