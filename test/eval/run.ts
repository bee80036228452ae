/**
 * Asks the demo model held-out questions through the real worker in Chromium and compares its answers
 * with those of the PyTorch model that has the same weights.
 *
 *     npm run eval -- [--device wasm|webgpu] [--questions 24] [--json]
 */
import { readFile } from 'node:fs/promises';
import { finish, readArguments } from '../support/arguments.ts';
import { runInChromium } from '../support/harness.ts';
import { repositoryRoot } from '../support/root.ts';
import type { EvalAnswer, EvalRequest, QuestionsFile } from './contract.ts';
import { isRight } from './right.ts';

/** By device: a GPU that is only acted on the CPU takes longer. */
const QUESTIONS = { wasm: 500, webgpu: 60 };
/** One question about two pictures for so many about one. */
const PAIR_SHARE = 10;
const LEAST_AGREEMENT = 0.99;

const { device: wanted, json, count } = readArguments('questions');
const device = wanted ?? 'wasm';
const file: QuestionsFile = JSON.parse(
  await readFile(`${repositoryRoot}test/fixtures/eval/questions.json`, 'utf8'),
);
const single = file.questions.slice(0, count ?? QUESTIONS[device]);
const pairs = file.pairs.slice(0, Math.ceil(single.length / PAIR_SHARE));
const questions = [...single, ...pairs];

const request: EvalRequest = { device, questions: single.length, pairs: pairs.length };
const { answers } = await runInChromium<EvalAnswer>({
  page: 'test/eval',
  request,
  timeoutMs: 60_000 + questions.length * 3_000,
});

let equal = 0;
const tasks = new Map<string, { right: number; asked: number }>();
for (const [index, { task, question, truth, answer }] of questions.entries()) {
  const said = answers[index]!.text;
  if (said === answer) equal += 1;
  else console.error(`#${index} "${question}": ${JSON.stringify(said)} instead of ${JSON.stringify(answer)}`);
  const tally = tasks.get(task) ?? { right: 0, asked: 0 };
  tally.asked += 1;
  if (isRight(said, truth)) tally.right += 1;
  tasks.set(task, tally);
}
const agreement = equal / questions.length;
const accuracy = Object.fromEntries([...tasks].map(([task, { right, asked }]) => [task, right / asked]));
const times = answers.map(({ elapsedMs }) => elapsedMs).sort((a, b) => a - b);
console.error(
  `${questions.length} questions, ${(agreement * 100).toFixed(1)} % as PyTorch answers; ` +
    `median ${Math.round(times[times.length >> 1]!)} ms, longest ${Math.round(times.at(-1)!)} ms an answer`,
);
if (!json) console.table(accuracy);

finish(
  json,
  { device, questions: questions.length, agreement, accuracy },
  agreement < LEAST_AGREEMENT ? [`agreement ${agreement} is below ${LEAST_AGREEMENT}`] : [],
);
