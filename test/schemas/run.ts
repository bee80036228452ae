/**
 * Has a model with random weights answer in 200 JSON schemas, in Chromium, and judges every answer by Ajv.
 *
 *     npm run schemas -- [--json] [--temperature 1.5] [--tokens 400] [--seed 1] [--webgpu 12] [--large 40]
 *
 * `--webgpu` is the number of schemas that are answered on WebGPU as well, `--large` of those that are gone through
 * with a vocabulary of Qwen's size, for what the constraint costs.
 */
import { parseArgs } from 'node:util';
import type { Device } from '../../src/model/request.ts';
import { withTestPage } from '../support/harness.ts';
import type { Costs, SchemaAnswer, SchemaRequest } from './contract.ts';
import { schemas } from './schemas.ts';
import { judgeOf } from './validate.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    temperature: { type: 'string', default: '1.5' },
    tokens: { type: 'string', default: '400' },
    seed: { type: 'string', default: '1' },
    webgpu: { type: 'string', default: '12' },
    large: { type: 'string', default: '40' },
  },
});
const [temperature, maxTokens, seed] = [values.temperature, values.tokens, values.seed].map(Number) as [
  number,
  number,
  number,
];
const TIMEOUT_MS = 20 * 60_000;
/** Asked for at once, so that something is heard in between. */
const BATCH = 20;

interface Verdict {
  part: string;
  schemas: number;
  vocabulary: number;
  stopped: number;
  valid: number;
  atLimit: number;
  tokens: number;
  failures: string[];
  /** Of mask and accept together, for each token. */
  costMsMean: number;
  costMsP95: number;
  compileMsMean: number;
  compileMsMax: number;
  startMs: number;
}

const all = schemas.map((_, index) => index);
/** So many, from every kind. */
const spread = (count: number) =>
  Array.from({ length: Math.min(count, all.length) }, (_, i) => Math.floor((i * all.length) / count));

type Part = [
  name: string,
  indices: readonly number[],
  request: (indices: readonly number[]) => SchemaRequest,
];
const answered =
  (device: Device) =>
  (indices: readonly number[]): SchemaRequest => {
    return { kind: 'answer', device, indices, seed, temperature, maxTokens };
  };
const parts: Part[] = [
  ['wasm', all, answered('wasm')],
  ['webgpu', spread(Number(values.webgpu)), answered('webgpu')],
  [
    'large vocabulary',
    spread(Number(values.large)),
    (indices) => ({ kind: 'walk', indices, seed, maxTokens }),
  ],
];

const verdicts: Verdict[] = [];
await withTestPage({ page: 'test/schemas', timeoutMs: TIMEOUT_MS }, async ({ ask }) => {
  for (const [name, indices, request] of parts) {
    const answers: SchemaAnswer[] = [];
    for (let from = 0; from < indices.length; from += BATCH) {
      answers.push(await ask<SchemaAnswer>(request(indices.slice(from, from + BATCH))));
      console.error(`${name}: ${Math.min(from + BATCH, indices.length)} of ${indices.length}`);
    }
    if (answers.length > 0) verdicts.push(judge(name, answers));
  }
});
for (const verdict of verdicts) report(verdict);
const summary = summarise(verdicts);
console.log(JSON.stringify(summary));
if (verdicts.some(({ failures }) => failures.length > 0)) process.exitCode = 1;

function judge(part: string, answers: readonly SchemaAnswer[]): Verdict {
  const outputs = answers.flatMap((answer) => answer.outputs);
  const failures: string[] = [];
  let [stopped, valid, atLimit] = [0, 0, 0];
  for (const { index, text, finishReason, tokens } of outputs) {
    const { name, schema } = schemas[index]!;
    if (finishReason === 'stop') {
      stopped += 1;
      const problem = judgeOf(schema)(text);
      if (problem === null) valid += 1;
      else failures.push(`${name}: ${problem}: ${text}`);
    } else if (finishReason === 'length' && tokens === maxTokens) atLimit += 1;
    else failures.push(`${name}: ended with "${finishReason}" after ${tokens} tokens`);
  }
  const costs = answers.map((answer) => answer.costs);
  const each = perToken(costs);
  const compile = costs.flatMap(({ compileMs }) => compileMs);
  return {
    part,
    schemas: outputs.length,
    vocabulary: answers[0]!.vocabulary,
    ...{ stopped, valid, atLimit, failures },
    tokens: outputs.reduce((sum, { tokens }) => sum + tokens, 0),
    costMsMean: mean(each),
    costMsP95: quantile(each, 0.95),
    compileMsMean: mean(compile),
    compileMsMax: Math.max(...compile),
    startMs: answers[0]!.startMs,
  };
}

/** A token that ends the answer is asked for, but not taken. */
function perToken(costs: readonly Costs[]): number[] {
  return costs.flatMap(({ maskMs, acceptMs }) => {
    const share = acceptMs.reduce((sum, ms) => sum + ms, 0) / maskMs.length;
    return maskMs.map((ms) => ms + share);
  });
}

function mean(numbers: readonly number[]): number {
  return rounded(numbers.reduce((sum, one) => sum + one, 0) / numbers.length);
}

function quantile(numbers: readonly number[], share: number): number {
  return rounded([...numbers].sort((a, b) => a - b)[Math.floor(share * numbers.length)]!);
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function report({ failures, ...verdict }: Verdict): void {
  for (const failure of failures) console.error(`FAILED ${failure}`);
  if (values.json) console.log(JSON.stringify(verdict));
  else {
    const { part, schemas: count, stopped, valid, atLimit, vocabulary, costMsMean, costMsP95 } = verdict;
    console.log(`${part}: ${count} schemas, ${stopped} stopped (${valid} valid), ${atLimit} at the limit;`);
    console.log(`  ${vocabulary} tokens: ${costMsMean} ms a token, 95th percentile ${costMsP95} ms`);
  }
}

/** Of all schemas on the CPU, and of the others what there is to add. */
function summarise([answered, ...others]: readonly Verdict[]) {
  const {
    schemas: count,
    stopped,
    valid,
    atLimit,
    costMsMean,
    costMsP95,
    compileMsMean,
    compileMsMax,
  } = answered!;
  const more = others.map(({ part, ...verdict }) => [
    part,
    {
      ...{ schemas: verdict.schemas, stopped: verdict.stopped, valid: verdict.valid },
      ...{ vocabulary: verdict.vocabulary, costMsMean: verdict.costMsMean, costMsP95: verdict.costMsP95 },
    },
  ]);
  return {
    ...{ schemas: count, stopped, valid, atLimit, costMsMean, costMsP95, compileMsMean, compileMsMax },
    ...Object.fromEntries(more),
  };
}
