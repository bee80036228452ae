/** What is asked of the sampler on the GPU, in Node.js and in the browser. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sample, TokenHistory } from '../../src/engine/sampler.ts';
import {
  DRAW_STATUS,
  drawWords,
  HARDWARE_SAMPLING,
  SOFTWARE_SAMPLING,
} from '../../src/gpu/kernels/sample.ts';
import drawWgsl from '../../src/gpu/kernels/sample_draw.wgsl?raw';
import { drawHash, drawKey, waitOf } from '../../src/model/race.ts';
import { GREEDY } from '../../src/model/sampling.ts';
import { randomFrom } from './random.ts';
import { DrawBench, openSampler } from './sampling.ts';
import { compare, normalLogits, plainSetting, randomSetting, type Setting } from './sampling_settings.ts';

/** How much is drawn. */
export interface SamplingEffort {
  /** Random settings for the software adapter's variant, and for one with barriers (slow on such an adapter). */
  settings: number;
  barrierSettings: number;
  /** Draws a setting. */
  draws: number;
  vocabularies: readonly number[];
  /** Whether vocabularies of the size of Qwen3's are drawn from. */
  large: boolean;
}

const VARIANTS = [
  { name: 'without barriers', variant: SOFTWARE_SAMPLING },
  // As for GPUs, but with few invocations: each makes a barrier slower on a software adapter.
  { name: 'with barriers', variant: { sliceCount: 32, lanes: 8, groupSlices: 2, width: 32 } },
];
const LARGE = 151_936;

/** As many draws as `draws`, each counting for the next. */
async function drawAll(bench: DrawBench, setting: Setting, seed: number, draws: number) {
  const { logits, options, constraints, promptIds } = setting;
  bench.setLogits(logits);
  bench.kernels.begin(promptIds, constraints.logitBias);
  bench.kernels.setMask(constraints.allowed);
  const drawn = await bench.draw(options, seed, [...Array(draws).keys()]);
  for (const { status } of drawn) expect(status).toBe(DRAW_STATUS.drawn);
  return drawn;
}

export function describeSampling(gpu: GPU, effort: SamplingEffort): void {
  let opened: Awaited<ReturnType<typeof openSampler>>;
  let failure: unknown = null;
  beforeAll(async () => {
    opened = await openSampler(gpu);
    void opened.context.failed.then((error) => {
      failure = error.details.reason;
    });
  });
  afterAll(() => {
    opened.close();
    expect(failure).toBeNull();
  });

  test('the random numbers are the reference’s', async () => {
    const { memory, runtime, context } = opened;
    const program = await runtime.compile(
      {
        name: 'sample_numbers',
        operands: ['uniform', 'read', 'read-write'],
        wgsl: `${drawWgsl}
          @group(0) @binding(1) var<uniform> draw: Draw;
          @group(0) @binding(2) var<storage, read> asked: array<vec2<u32>>;
          @group(0) @binding(3) var<storage, read_write> told: array<vec4<u32>>;
          @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) at: vec3<u32>) {
            let hash = draw_hash(asked[at.x].x, asked[at.x].y);
            let wait = bitcast<u32>(wait_of(asked[at.x].x));
            told[at.x] = vec4<u32>(hash, wait, row_key(at.x % 8u), key_of(bitcast<f32>(asked[at.x].y)));
          }`,
      },
      null,
      {},
    );
    const random = randomFrom(1);
    const count = 4096;
    const asked = Uint32Array.from({ length: 2 * count }, () => random() * 2 ** 32);
    // Ends of the range, and where the hash's leading bits change.
    asked.set([0, 0, 0xffffffff, 1, 0x80000000, 151_935, 0x7fffffff, 0, 1, 0x80000000, 0xfffffffe, 7]);
    for (let bit = 0; bit < 32; bit++) asked[64 + 2 * bit] = ~(1 << bit) >>> 0;
    // No infinite ones among the numbers whose order is asked for.
    for (let i = 1; i < asked.length; i += 2) if ((asked[i]! & 0x7f800000) === 0x7f800000) asked[i] = 0;
    const buffers = [
      memory.buffer('scratch', 256, 'draw', GPUBufferUsage.UNIFORM),
      memory.buffer('scratch', asked.byteLength, 'asked'),
      memory.buffer('scratch', count * 16, 'told'),
    ];
    memory.upload(buffers[0]!, 0, drawWords(GREEDY, 77, 4000, { masked: false, biased: false }));
    memory.upload(buffers[1]!, 0, asked);
    const encoder = context.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    const operands = buffers.map((buffer) => ({ buffer }));
    runtime.dispatch(pass, program, [0], operands, null, count / 64);
    pass.end();
    context.device.queue.submit([encoder.finish()]);
    const told = new Uint32Array(await memory.read(buffers[2]!, 0, count * 16));
    for (const buffer of buffers) memory.release(buffer);

    const waits = new Float32Array(told.buffer);
    const values = new Float32Array(asked.buffer);
    const byKey: { key: number; value: number }[] = [];
    for (let i = 0; i < count; i++) {
      const [key, id] = [asked[2 * i]!, asked[2 * i + 1]!];
      expect(told[4 * i]).toBe(drawHash(key, id));
      const wait = waitOf(key);
      expect(Math.abs(waits[4 * i + 1]! - wait) / wait).toBeLessThan(2e-6);
      expect(told[4 * i + 2]).toBe(drawKey(77, 4000 + (i % 8)));
      byKey.push({ key: told[4 * i + 3]!, value: values[2 * i + 1]! });
    }
    byKey.sort((a, b) => a.key - b.key);
    for (let i = 1; i < count; i++) {
      const [before, here] = [byKey[i - 1]!, byKey[i]!];
      expect(before.value <= here.value).toBe(true);
      expect(before.key === here.key).toBe(before.value === here.value);
    }
  });

  describe.each(VARIANTS)('variant $name', ({ name, variant }) => {
    const software = variant === SOFTWARE_SAMPLING;

    test('random settings have the reference’s distribution', { timeout: 1_200_000 }, async () => {
      const count = software ? effort.settings : effort.barrierSettings;
      const vocabularies = software ? effort.vocabularies : effort.vocabularies.slice(-1);
      const scores: number[] = [];
      let [same, total] = [0, 0];
      for (const [index, vocabSize] of vocabularies.entries()) {
        const bench = await DrawBench.create(opened.runtime, vocabSize, { slots: effort.draws, variant });
        for (let i = index; i < count; i += vocabularies.length) {
          const setting = randomSetting(vocabSize, 1000 + i);
          const drawn = await drawAll(bench, setting, i, effort.draws);
          const found = compare(
            setting,
            i,
            drawn.map(({ id }) => id),
          );
          expect(found.impossible, `setting ${i}`).toBeLessThanOrEqual(1);
          same += found.same;
          total += drawn.length;
          if (found.z !== null) scores.push(found.z);
        }
        bench.dispose();
      }
      const mean = scores.reduce((sum, z) => sum + z, 0) / scores.length;
      console.log(
        `${name}: ${same} of ${total} draws are the reference's; chi-square of ${scores.length} settings as normal numbers: mean ${mean.toFixed(3)}, largest ${Math.max(...scores).toFixed(2)}`,
      );
      expect(same / total).toBeGreaterThan(0.9995);
      // One in three million for each setting.
      expect(Math.max(...scores)).toBeLessThan(5);
      expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(scores.length));
    });

    describe('with a small vocabulary', () => {
      const vocabSize = 100;
      let bench: DrawBench;
      beforeAll(async () => {
        bench = await DrawBench.create(opened.runtime, vocabSize, { slots: 40, rows: 8, variant });
      }, 120_000);
      afterAll(() => bench.dispose());

      const logits = normalLogits(vocabSize, 2, randomFrom(9));
      const HOT = { temperature: 1.2, topK: 30, topP: 0.9 };

      test('the same seed gives the same tokens, another one others', async () => {
        for (const options of [{ temperature: 1.5 }, HOT]) {
          const first = await drawAll(bench, plainSetting(logits, options), 3, 40);
          expect(await drawAll(bench, plainSetting(logits, options), 3, 40)).toEqual(first);
          expect(await drawAll(bench, plainSetting(logits, options), 4, 40)).not.toEqual(first);
        }
      });

      test('draws the smaller id of the likeliest, and of both zeros', async () => {
        for (const [a, b] of [
          [2, 2],
          [0, -0],
          [-0, 0],
        ]) {
          const tied = new Float32Array(vocabSize).fill(-1);
          [tied[93], tied[38]] = [a!, b!];
          const [greedy] = await drawAll(bench, plainSetting(tied, {}), 0, 1);
          expect(greedy!.id).toBe(38);
          const [first] = await drawAll(bench, plainSetting(tied, { temperature: 1, topP: 0 }), 0, 1);
          expect(first!.id).toBe(38);
        }
      });

      test('never draws what the mask forbids', async () => {
        const random = randomFrom(4);
        for (const options of [{}, { temperature: 2 }, { temperature: 2, topK: 50, minP: 0.001 }]) {
          for (let i = 0; i < 5; i++) {
            const allowed = Uint32Array.from({ length: 4 }, () => random() * 2 ** 32 * random());
            allowed[i % 4]! |= 1;
            const setting = { ...plainSetting(logits, options), constraints: { allowed } };
            for (const { id } of await drawAll(bench, setting, i, 40)) {
              expect((allowed[id >>> 5]! >>> (id & 31)) & 1).toBe(1);
            }
          }
        }
      });

      test.each([{}, { temperature: 1 }, HOT])('says why it draws nothing: %o', async (options) => {
        for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
          const broken = logits.slice();
          broken[71] = bad;
          bench.setLogits(broken);
          bench.kernels.begin(null);
          bench.kernels.setMask(null);
          const [draw] = await bench.draw(options, 1, [1]);
          expect(draw!.status).toBe(DRAW_STATUS.noNumber);
        }
        bench.setLogits(logits);
        bench.kernels.setMask(new Uint32Array(4));
        const [draw] = await bench.draw(options, 1, [1]);
        expect(draw!.status).toBe(DRAW_STATUS.noneAllowed);
      });

      test('rows draw in turn, as far as the drafts agree, each penalised by those before', async () => {
        for (const options of [{}, { temperature: 1.3 }, HOT]) {
          const penalised = { ...GREEDY, ...options, presencePenalty: 2, frequencyPenalty: 0.3 };
          const rows = Array.from({ length: 8 }, (_, row) => normalLogits(vocabSize, 1, randomFrom(row)));
          const history = new TokenHistory([]);
          const expected = rows.map((row, r) => {
            const id = sample(row.slice(), history, penalised, drawKey(6, 300 + r));
            history.add(id);
            return id;
          });
          bench.setLogits(...rows);
          bench.kernels.setMask(null);
          for (const agreeing of [7, 3, 0]) {
            bench.kernels.begin(null);
            const drafts = expected.slice(0, 7);
            if (agreeing < 7) drafts[agreeing] = (drafts[agreeing]! + 1) % vocabSize;
            const drawn = await bench.drawRows(penalised, 6, 300, drafts);
            expect(drawn.slice(0, agreeing + 1).map(({ id }) => id)).toEqual(expected.slice(0, agreeing + 1));
            expect(drawn.map(({ status }) => status)).toEqual(
              drawn.map((_, row) => (row <= agreeing ? DRAW_STATUS.drawn : DRAW_STATUS.skipped)),
            );
            // The next step embeds the last one drawn; drafts stay.
            const ids = new Uint32Array(await opened.memory.read(bench.ids, 0, 32));
            expect([...ids]).toEqual([expected[agreeing], ...drafts]);
          }
        }
      });

      test('counts what was drawn until an answer begins', async () => {
        const penalised = { ...GREEDY, presencePenalty: 2 };
        const [first, second] = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]!);
        const close = logits.map((logit, id) => (id === first ? logits[second!]! + 0.5 : logit));
        bench.setLogits(close);
        bench.kernels.setMask(null);
        bench.kernels.begin(null);
        expect((await bench.draw(penalised, 0, [1, 2])).map(({ id }) => id)).toEqual([first, second]);
        bench.kernels.begin(null);
        expect((await bench.draw(penalised, 0, [1])).map(({ id }) => id)).toEqual([first]);
      });
    });
  });

  describe.runIf(effort.large)('from 151,936 tokens', () => {
    const random = randomFrom(LARGE);
    const logits = normalLogits(LARGE, 3, random);
    const peaked = logits.map((logit, id) => (id % 5000 === 77 ? 16 + logit / 3 : logit));
    const flat = new Float32Array(LARGE).fill(-2.5);
    /** With whether the whole vocabulary has to be swept for it. */
    const cases: [string, Setting, boolean][] = [
      ['greedy', plainSetting(logits, {}), false],
      ['greedy of equals', plainSetting(flat, {}), false],
      ['temperature alone', plainSetting(logits, { temperature: 1.5 }), false],
      ['temperature alone of equals', plainSetting(flat, { temperature: 0.5 }), false],
      [
        'as published for pictures',
        plainSetting(logits, { temperature: 0.7, topK: 20, topP: 0.8, presencePenalty: 1.5 }),
        false,
      ],
      [
        'as published for text',
        plainSetting(logits, { temperature: 1, topK: 40, presencePenalty: 2 }),
        false,
      ],
      ['top-p alone', plainSetting(peaked, { temperature: 1, topP: 0.95 }), false],
      ['top-p 0', plainSetting(peaked, { temperature: 1, topP: 0 }), false],
      ['min-p alone', plainSetting(logits, { temperature: 1, minP: 0.1 }), false],
      ['top-k 1000 and top-p', plainSetting(logits, { temperature: 1, topK: 1000, topP: 0.9 }), true],
      ['top-p of a flat distribution', plainSetting(logits, { temperature: 1.8, topP: 0.97 }), true],
      ['top-p of equals', plainSetting(flat, { temperature: 1, topP: 0.3 }), true],
      ['top-k 700 and min-p of equals', plainSetting(flat, { temperature: 1, topK: 700, minP: 0.5 }), true],
      ['top-k and top-p of equals', plainSetting(flat, { temperature: 1, topK: 1000, topP: 0.5 }), true],
    ];

    test.each([
      { name: 'without barriers', variant: SOFTWARE_SAMPLING, cases, draws: 3 },
      {
        name: 'for GPUs',
        variant: HARDWARE_SAMPLING,
        cases: cases.filter(([name]) => /pictures|top-p alone|700|temperature alone$/.test(name)),
        draws: 1,
      },
    ])(
      'draws as the reference does: variant $name',
      { timeout: 600_000 },
      async ({ variant, cases, draws }) => {
        const bench = await DrawBench.create(opened.runtime, LARGE, { slots: draws, variant });
        for (const [i, [name, setting, swept]] of cases.entries()) {
          const drawn = await drawAll(bench, setting, 5 + i, draws);
          expect(
            drawn.map((draw) => draw.swept),
            name,
          ).toEqual(drawn.map(() => swept));
          const ids = drawn.map(({ id }) => id);
          const { same, impossible } = compare(setting, 5 + i, ids);
          expect({ same, impossible }, name).toEqual({ same: draws, impossible: 0 });
        }
        bench.dispose();
      },
    );
  });
}
