import { assert } from '../../model/errors.ts';
import { drawKey, NEGLIGIBLE_LOG_WEIGHT } from '../../model/race.ts';
import type { SamplingOptions } from '../../model/sampling.ts';
import { MAX_STEP_ROWS } from '../step.ts';
import type { KernelRuntime, KernelSource, PreparedDispatch, Program } from './kernel.ts';
import cutWgsl from './sample_cut.wgsl?raw';
import drawWgsl from './sample_draw.wgsl?raw';
import groupWgsl from './sample_group.wgsl?raw';
import pickWgsl from './sample_pick.wgsl?raw';
import scanWgsl from './sample_scan.wgsl?raw';

const scanSource: KernelSource = {
  name: 'sample_scan',
  wgsl: drawWgsl + scanWgsl,
  operands: ['uniform', 'read', 'read', 'read', 'read', 'read', 'read', 'read-write', 'read-write'],
};
const groupOperands: KernelSource['operands'] = [
  'uniform',
  'read',
  'read',
  'read-write',
  'read-write',
  'read-write',
];
const pickSource: KernelSource = {
  name: 'sample_pick',
  wgsl: drawWgsl + groupWgsl + pickWgsl,
  operands: groupOperands,
};
const cutSource: KernelSource = {
  name: 'sample_cut',
  wgsl: drawWgsl + groupWgsl + cutWgsl,
  operands: groupOperands,
};

/** What became of a row: the second word of its results. */
export const DRAW_STATUS = {
  /** The row before it drew something else than the draft, or nothing. */
  skipped: 0,
  drawn: 1,
  /** A logit is infinite or not a number. */
  noNumber: 2,
  /** The mask forbids every token. */
  noneAllowed: 3,
} as const;

/**
 * How a draw goes: the likeliest token; a race of all tokens; or a race of those that top-k, top-p and min-p
 * leave.
 */
export type SampleMode = 'greedy' | 'temperature' | 'full';

/** How the work of sampling is dealt out. */
export interface SampleVariant {
  /** Parts of the vocabulary that are looked through at once, at most 256. */
  readonly sliceCount: number;
  /** Invocations a slice, at most 64; of neighbouring tokens each takes one. */
  readonly lanes: number;
  /** Slices a workgroup, a divisor of their number; `lanes` times this is at most 256. */
  readonly groupSlices: number;
  /** Invocations that make the choice, at most 256 and a multiple of `lanes`. */
  readonly width: number;
}

/** A CPU does without barriers where it can: they cost by the invocation. */
export const SOFTWARE_SAMPLING: SampleVariant = { sliceCount: 64, lanes: 1, groupSlices: 16, width: 4 };
/** Lanes read whole cache lines; 64 of them in 256 workgroups fill a GPU. */
export const HARDWARE_SAMPLING: SampleVariant = { sliceCount: 256, lanes: 64, groupSlices: 1, width: 256 };

/** Bytes of a `Slice` in sample_draw.wgsl. */
const SLICE_BYTES = 20;

/** Which of a vocabulary's own buffers a draw is to look at. */
export interface DrawFlags {
  /** There is a mask of allowed tokens. */
  readonly masked: boolean;
  /** There is a logit bias. */
  readonly biased: boolean;
}

const FLAG_RACE = 1;
const FLAG_CUT = 2;
const FLAG_MASK = 4;
const FLAG_BIAS = 8;
const FLAG_PENALTIES = 16;

/** Bytes of the uniform `Draw`. */
export const DRAW_BYTES = (MAX_STEP_ROWS + 12) * 4;

/** How a draw with these options goes. */
export function sampleMode({ temperature, topK, topP, minP }: SamplingOptions): SampleMode {
  if (temperature === 0 || topK === 1) return 'greedy';
  return topK === 0 && topP >= 1 && minP === 0 ? 'temperature' : 'full';
}

/**
 * The uniform `Draw` of a step.
 *
 * @param seed 32-bit integer
 * @param position of the token that row 0 draws, from the start of the sequence; row r draws that r behind
 * @param flags see {@link SampleKernels.flags}
 */
export function drawWords(
  options: SamplingOptions,
  seed: number,
  position: number,
  { masked, biased }: DrawFlags,
): Uint32Array<ArrayBuffer> {
  const { topP, minP, topK, presencePenalty, frequencyPenalty, repetitionPenalty } = options;
  const mode = sampleMode(options);
  const penalised = presencePenalty !== 0 || frequencyPenalty !== 0 || repetitionPenalty !== 1;
  // So that its inverse is a number; logits whose difference this cannot tell apart do not occur.
  const temperature = Math.max(options.temperature, 2 ** -60);
  const words = new Uint32Array(DRAW_BYTES / 4);
  const floats = new Float32Array(words.buffer);
  for (let row = 0; row < MAX_STEP_ROWS; row++) words[row] = drawKey(seed, position + row);
  floats.set([temperature, 1 / temperature, topP, Math.max(Math.log(minP), NEGLIGIBLE_LOG_WEIGHT)], 8);
  words[12] = Math.min(topK, 2 ** 32 - 1);
  floats.set([presencePenalty, frequencyPenalty, repetitionPenalty], 13);
  words[16] =
    (mode === 'temperature' ? FLAG_RACE : 0) |
    (mode === 'full' ? FLAG_CUT : 0) |
    (masked ? FLAG_MASK : 0) |
    (biased ? FLAG_BIAS : 0) |
    (penalised ? FLAG_PENALTIES : 0);
  return words;
}

export interface SampleArguments {
  /** [rows, logitStride], f32 */
  logits: GPUBuffer;
  /** Row of the step. */
  row: number;
  /** Row of `logits`; default `row`. */
  logitRow?: number;
  /**
   * u32[8], the tokens of the step's rows. Row r draws only if the row before it drew `ids[r]`. What is drawn is
   * written to `ids[0]`, the token of the next step.
   */
  ids: GPUBuffer;
  /** [8][4] u32: token id, a {@link DRAW_STATUS}, whether the whole vocabulary had to be swept, 0. */
  results: GPUBuffer;
  /** {@link drawWords} */
  draw: GPUBufferBinding;
}

/**
 * Draws tokens on the GPU, as `sample` of the engine does on the CPU: the same ones for the same seed, but for
 * rounding.
 */
export class SampleKernels {
  readonly #runtime: KernelRuntime;
  readonly #programs: { readonly scan: Program; readonly pick: Program; readonly cut: Program };
  readonly #variant: SampleVariant;
  readonly #vocabSize: number;
  readonly #logitStride: number;
  readonly #buffers: Record<'keys' | 'slices' | 'counts' | 'mask' | 'bias', GPUBuffer>;
  #masked = false;
  #biased = false;

  private constructor(
    runtime: KernelRuntime,
    programs: { scan: Program; pick: Program; cut: Program },
    variant: SampleVariant,
    vocabSize: number,
    logitStride: number,
  ) {
    this.#runtime = runtime;
    this.#programs = programs;
    this.#variant = variant;
    this.#vocabSize = vocabSize;
    this.#logitStride = logitStride;
    const scratch = (name: string, bytes: number) =>
      runtime.memory.buffer('scratch', bytes, `sample ${name}`);
    this.#buffers = {
      keys: scratch('keys', vocabSize * 4),
      slices: scratch('slices', variant.sliceCount * SLICE_BYTES),
      counts: scratch('counts', vocabSize * 4),
      mask: scratch('mask', Math.ceil(vocabSize / 32) * 4),
      bias: scratch('bias', vocabSize * 4),
    };
  }

  /**
   * @param shape.vocabSize tokens that there are
   * @param shape.logitStride numbers in a row of logits, at least `vocabSize`: rows of the output matrix beyond
   * the vocabulary are padding
   * @param variant default: the adapter's
   * @throws GlanceError `gpu-error`, `out-of-memory`
   */
  static async create(
    runtime: KernelRuntime,
    { vocabSize, logitStride }: { vocabSize: number; logitStride: number },
    variant: SampleVariant = runtime.memory.context.software ? SOFTWARE_SAMPLING : HARDWARE_SAMPLING,
  ): Promise<SampleKernels> {
    assert(vocabSize >= 1 && logitStride >= vocabSize, `${vocabSize} tokens, ${logitStride} logits`);
    const { sliceCount, lanes, groupSlices, width } = variant;
    const shared = { vocab_size: vocabSize, slice_count: sliceCount, lanes };
    const [scan, pick, cut] = await Promise.all([
      runtime.compile(scanSource, null, { ...shared, group_slices: groupSlices }),
      runtime.compile(pickSource, null, { ...shared, width }),
      runtime.compile(cutSource, null, { ...shared, width }),
    ]);
    const kernels = new SampleKernels(runtime, { scan, pick, cut }, variant, vocabSize, logitStride);
    try {
      await runtime.memory.check();
      return kernels;
    } catch (error) {
      kernels.dispose();
      throw error;
    }
  }

  /** What {@link drawWords} has to be told. */
  get flags(): DrawFlags {
    return { masked: this.#masked, biased: this.#biased };
  }

  modeOf(options: SamplingOptions): SampleMode {
    return sampleMode(options);
  }

  /** Makes the two dispatches that draw the token of a row, by mode. */
  prepare({
    logits,
    row,
    logitRow = row,
    ids,
    results,
    draw,
  }: SampleArguments): Record<SampleMode, PreparedDispatch[]> {
    assert(row >= 0 && row < MAX_STEP_ROWS, `a step has no row ${row}`);
    assert(
      logits.size >= ((logitRow + 1) * this.#logitStride - (this.#logitStride - this.#vocabSize)) * 4,
      'a row of logits lies beyond their buffer',
    );
    const { keys, slices, counts, mask, bias } = this.#buffers;
    const bind = (...buffers: GPUBuffer[]) => buffers.map((buffer) => ({ buffer }));
    const scan = this.#runtime.prepare(
      this.#programs.scan,
      [row, logitRow * this.#logitStride],
      [draw, ...bind(results, ids, logits, counts, mask, bias, keys, slices)],
      null,
      this.#variant.sliceCount / this.#variant.groupSlices,
    );
    const choose = (program: Program) =>
      this.#runtime.prepare(program, [row], [draw, ...bind(slices, keys, counts, ids, results)], null, 1);
    const pick = [scan, choose(this.#programs.pick)];
    return { greedy: pick, temperature: pick, full: [scan, choose(this.#programs.cut)] };
  }

  /**
   * Forgets what was drawn: an answer begins.
   *
   * @param promptIds tokens that the repetition penalty counts as seen; null if there is no such penalty
   * @param logitBias added to the logits of these tokens
   */
  begin(promptIds: Int32Array | null, logitBias?: ReadonlyMap<number, number>): void {
    const { memory } = this.#runtime;
    this.recall(promptIds, []);
    this.#biased = logitBias !== undefined && logitBias.size > 0;
    if (!this.#biased) return;
    const bias = new Float32Array(this.#vocabSize);
    for (const [id, value] of logitBias ?? []) bias[id] = value;
    memory.upload(this.#buffers.bias, 0, bias);
  }

  /**
   * Remembers other tokens as drawn than those that were.
   *
   * @param promptIds as in {@link SampleKernels.begin}
   */
  recall(promptIds: Int32Array | null, drawnIds: readonly number[]): void {
    const counts = new Uint32Array(this.#vocabSize);
    for (const id of promptIds ?? []) counts[id] = 0x80000000;
    for (const id of drawnIds) counts[id]! += 1;
    this.#runtime.memory.upload(this.#buffers.counts, 0, counts);
  }

  /**
   * Says which tokens steps that are submitted later may draw.
   *
   * @param bits bit `id % 32` of word `id / 32`, [vocabulary / 32]; null allows all
   */
  setMask(bits: Uint32Array<ArrayBuffer> | null): void {
    this.#masked = bits !== null;
    if (bits === null) return;
    const words = Math.ceil(this.#vocabSize / 32);
    assert(bits.length >= words, `a mask of ${bits.length} words for ${this.#vocabSize} tokens`);
    this.#runtime.memory.upload(this.#buffers.mask, 0, bits.subarray(0, words));
  }

  /** Frees its buffers; nothing prepared with it may be submitted afterwards. */
  dispose(): void {
    for (const buffer of Object.values(this.#buffers)) this.#runtime.memory.release(buffer);
  }
}
