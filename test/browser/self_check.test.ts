/** Kernels that are broken on purpose: they are found out, and the answer is right all the same. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/engine/backend.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { WebgpuExecutor } from '../../src/engine/webgpu/executor.ts';
import type { KernelVerdict, VerdictStore } from '../../src/engine/webgpu/self_check.ts';
import type { ChatRequest } from '../../src/model/request.ts';
import { Backends } from '../../workers/backends.ts';
import { type Break, breakKernel, brokenPrograms } from '../support/broken_kernels.ts';
import { isLong } from '../support/long.ts';
import { picoFiles } from '../support/models.ts';
import { type Question, readQuestions } from './questions.ts';

class Verdicts implements VerdictStore {
  readonly known = new Map<string, KernelVerdict>();
  get = async (key: string) => this.known.get(key);
  set = async (key: string, verdict: KernelVerdict) => void this.known.set(key, verdict);
}

let backend: Extract<Backend, { device: 'webgpu' }>;
let request: ChatRequest;
let question: Question;
let engine: Engine;
let executor: WebgpuExecutor;
const firstVerdicts = new Verdicts();

beforeAll(async () => {
  const { questions, picture } = await readQuestions();
  question = questions[0]!;
  const content = [
    { type: 'image' as const, image: picture(question.scene) },
    { type: 'text' as const, text: question.question },
  ];
  request = { messages: [{ role: 'user', content }] };
  backend = (await (await new Backends().start('webgpu', () => {})).started) as typeof backend;
  engine = await load(firstVerdicts);
  executor = engine.executor as WebgpuExecutor;
}, 120_000);
afterEach(() => breakKernel(null));
afterAll(() => backend.gpu.close());

async function load(verdicts: VerdictStore): Promise<Engine> {
  return Engine.load({ ...(await picoFiles()), backend, contextLength: 512, verdicts });
}

/** Asks the held-out question, whose answer is PyTorch's. Returns the submits that our kernels took. */
async function answerRightly(asked: Engine): Promise<number> {
  const { cost } = asked.executor as WebgpuExecutor;
  expect((await asked.chat(request)).text).toBe(question.answer);
  return (asked.executor as WebgpuExecutor).cost.submits - cost.submits;
}

const KNOWN_REASON = 'a driver that is no more';

describe('sound kernels', () => {
  it('are used, and that is remembered', async () => {
    expect(engine.info.kernels).toEqual({ used: true, reason: null });
    expect(await answerRightly(engine)).toBeGreaterThan(0);
    expect([...firstVerdicts.known.values()]).toMatchObject([{ ok: true, reason: null }]);
    const { submits } = executor.cost;
    await executor.checkKernels(firstVerdicts);
    expect(executor.cost.submits).toBe(submits);
    await executor.checkKernels(new Verdicts());
    expect(executor.cost.submits).toBeGreaterThan(submits);
  });

  it('are not used for a day where they have failed', async () => {
    const [key] = [...firstVerdicts.known.keys()];
    const failedHoursAgo = (hours: number): Verdicts => {
      const verdicts = new Verdicts();
      const at = Date.now() - hours * 3600 * 1000;
      verdicts.known.set(key!, { ok: false, reason: KNOWN_REASON, crossingTokens: 0, at });
      return verdicts;
    };
    await executor.checkKernels(failedHoursAgo(23));
    expect(engine.info.kernels).toEqual({ used: false, reason: KNOWN_REASON });
    expect(await answerRightly(engine)).toBe(0);
    const later = failedHoursAgo(25);
    await executor.checkKernels(later);
    expect(engine.info.kernels).toEqual({ used: true, reason: null });
    expect(later.known.get(key!)!.ok).toBe(true);
  });
});

// Here, where everything that it needs is compiled.
describe('an answer', () => {
  it('can be stopped at any time, and the engine stays usable', async () => {
    const { questions, picture } = await readQuestions();
    const other = questions.find(({ scene }) => scene !== question.scene)!;
    const content = [
      { type: 'image' as const, image: picture(other.scene) },
      { type: 'text' as const, text: other.question + ' Describe the image.'.repeat(25) },
    ];
    const features = () => engine.memory().byCategory.features!.count;
    await answerRightly(engine);
    const before = features();
    for (const stopAt of ['vision', 'prefill', 'text'] as const) {
      const controller = new AbortController();
      const result = await engine.chat(
        { messages: [{ role: 'user', content }] },
        (event) => event.type === stopAt && controller.abort(),
        controller.signal,
      );
      expect(result.finishReason).toBe('abort');
      expect(result.text === '').toBe(stopAt !== 'text');
      // Of a picture that was not finished nothing stays.
      expect(features()).toBe(stopAt === 'vision' ? before : 2 * before);
      await answerRightly(engine);
    }
  });
});

describe('kernels that compute something else are not used', () => {
  const handOut = {
    find: 'results[params.row] = vec4<u32>(id, DRAWN',
    // Far away: a neighbour may be among the tokens that could have been drawn.
    replace: 'results[params.row] = vec4<u32>(id + 301u, DRAWN',
  };
  const projection: Break = {
    kernel: 'project',
    find: 'y[at] = fma(row_sum, scale, y[at]);',
    replace: 'y[at] = row_sum * scale;',
  };
  const rotation: Break = {
    kernel: 'rotate_heads',
    find: 'b * cosine + a * sine',
    replace: 'b * cosine - a * sine',
  };
  const cases: [string, RegExp, Break][] = [
    // Found out as the next one is, by what the rows come to.
    ...(isLong ? [['rotation the wrong way', /row \d of 8/, rotation] as [string, RegExp, Break]] : []),
    ['projection without the residual', /row 0 of 8/, projection],
    [
      'attention that overlooks the newest key',
      /row \d of 8/,
      { kernel: 'attend', find: 'step.past + work.row + 1u', replace: 'step.past + work.row' },
    ],
    [
      'attention whose splits are put together unweighted',
      /row \d of 8/,
      { kernel: 'combine_splits', find: 'exp(weights.x - largest)', replace: '1.0' },
    ],
    ['another token in place of the likeliest', /token \d+ was drawn/, { kernel: 'sample_pick', ...handOut }],
    ['another token in place of the one drawn', /token \d+ was drawn/, { kernel: 'sample_cut', ...handOut }],
  ];
  it.each(cases)('%s', async (_, reason, broken) => {
    breakKernel(broken);
    const verdicts = new Verdicts();
    await executor.checkKernels(verdicts);
    expect(brokenPrograms()).toBeGreaterThan(0);
    expect(engine.info.kernels).toEqual({ used: false, reason: expect.stringMatching(reason) });
    expect([...verdicts.known.values()]).toMatchObject([{ ok: false }]);
    expect(await answerRightly(engine)).toBe(0);
  });

  it('from the first answer after loading', async () => {
    breakKernel(projection);
    const loaded = await load(new Verdicts());
    expect(loaded.info.kernels).toMatchObject({ used: false });
    expect(await answerRightly(loaded)).toBe(0);
    await loaded.dispose();
  });
});

describe('a failure in the middle of an answer', () => {
  it('of a kernel that computes no numbers: the graphs answer from then on', async () => {
    breakKernel({
      kernel: 'attend',
      find: 'inverseSqrt(f32(head_dim))',
      // No check can try every length.
      replace: 'inverseSqrt(select(f32(head_dim), -1.0, step.past > 72u))',
    });
    const verdicts = new Verdicts();
    await executor.checkKernels(verdicts);
    expect(engine.info.kernels).toEqual({ used: true, reason: null });
    const long = engine.chat({ messages: [{ role: 'user', content: 'What is this? '.repeat(12) }] });
    await expect(long).rejects.toMatchObject({
      code: 'gpu-error',
      message: expect.stringMatching(/Ask again/),
    });
    expect(engine.info.kernels).toEqual({ used: false, reason: expect.stringMatching(/no numbers/) });
    expect([...verdicts.known.values()]).toMatchObject([{ ok: false }]);
    expect(await answerRightly(engine)).toBe(0);
  });

  // Last: the device is of no use afterwards.
  it('of the device: that is remembered for the next one', async () => {
    const verdicts = new Verdicts();
    await executor.checkKernels(verdicts);
    let heard = 0;
    const failed = engine.chat(request, ({ type }) => {
      if (type !== 'text' || ++heard !== 2) return;
      backend.gpu.device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
    });
    await expect(failed).rejects.toMatchObject({ code: 'gpu-error' });
    expect(engine.info.kernels).toMatchObject({ used: false, reason: expect.stringMatching(/./) });
    expect([...verdicts.known.values()]).toMatchObject([{ ok: false }]);
  });
});
