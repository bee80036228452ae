import { DRAW_BYTES } from '../../gpu/kernels/sample.ts';
import type { GpuMemory } from '../../gpu/memory.ts';
import { MAX_STEP_ROWS, type StepShape, stepWords } from '../../gpu/step.ts';
import type { TextConfig } from '../../model/config.ts';
import { mropeTable, rotaryFrequencies } from '../../model/mrope.ts';

/** Uniforms begin at multiples of this on every device. */
const UNIFORM_ALIGNMENT = 256;
const DRAW_OFFSET = UNIFORM_ALIGNMENT;
const ANGLES_OFFSET = DRAW_OFFSET + UNIFORM_ALIGNMENT;

/**
 * What differs between one step of the token loop and the next, in one buffer that is written before each
 * submit. Writes keep their place among submits, so steps can be queued ahead of the GPU.
 */
export class StepBlock {
  readonly step: GPUBufferBinding;
  readonly draw: GPUBufferBinding;
  /** [rows, 2, headDim / 2]: of each row the cosines, then the sines */
  readonly angles: GPUBufferBinding;
  readonly #memory: GpuMemory;
  readonly #config: TextConfig;
  readonly #buffer: GPUBuffer;
  readonly #bytes: ArrayBuffer;
  readonly #frequencies: Float32Array;

  constructor(memory: GpuMemory, config: TextConfig) {
    this.#memory = memory;
    this.#config = config;
    this.#frequencies = rotaryFrequencies(config);
    const angleBytes = 4 * MAX_STEP_ROWS * config.headDim;
    this.#bytes = new ArrayBuffer(ANGLES_OFFSET + angleBytes);
    const buffer = memory.buffer('scratch', this.#bytes.byteLength, 'step', GPUBufferUsage.UNIFORM);
    this.#buffer = buffer;
    this.step = { buffer, offset: 0, size: 16 };
    this.draw = { buffer, offset: DRAW_OFFSET, size: DRAW_BYTES };
    this.angles = { buffer, offset: ANGLES_OFFSET, size: angleBytes };
  }

  /**
   * @param positions [3, rowCount], of the tokens that run
   * @param draw the uniform `Draw` if tokens are drawn
   */
  write(step: StepShape, positions: Int32Array, draw: Uint32Array | null): void {
    const half = this.#config.headDim / 2;
    new Uint32Array(this.#bytes).set(stepWords(step));
    if (draw) new Uint32Array(this.#bytes, DRAW_OFFSET).set(draw);
    const { cos, sin } = mropeTable(positions, this.#config, this.#frequencies);
    const angles = new Float32Array(this.#bytes, ANGLES_OFFSET);
    for (let row = 0; row < step.rowCount; row++) {
      angles.set(cos.subarray(row * half, (row + 1) * half), 2 * row * half);
      angles.set(sin.subarray(row * half, (row + 1) * half), (2 * row + 1) * half);
    }
    const used = ANGLES_OFFSET + 8 * half * step.rowCount;
    this.#memory.upload(this.#buffer, 0, new Uint8Array(this.#bytes, 0, used));
  }
}
