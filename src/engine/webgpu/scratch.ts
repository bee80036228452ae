import type { GpuMemory } from '../../gpu/memory.ts';

/** Buffers for what is needed for a moment only, one per role, as large as the largest use so far. */
export class Scratch {
  readonly #memory: GpuMemory;
  readonly #buffers = new Map<string, GPUBuffer>();

  constructor(memory: GpuMemory) {
    this.#memory = memory;
  }

  /** The role's buffer, with room for at least this many bytes; its former content may be gone. */
  get(role: string, byteLength: number): GPUBuffer {
    const known = this.#buffers.get(role);
    if (known && known.size >= byteLength) return known;
    if (known) this.#memory.release(known);
    const buffer = this.#memory.buffer('scratch', byteLength, role);
    this.#buffers.set(role, buffer);
    return buffer;
  }

  /** Frees all; roles get new buffers when they are asked for again. */
  dispose(): void {
    for (const buffer of this.#buffers.values()) this.#memory.release(buffer);
    this.#buffers.clear();
  }
}
