import { assert, GlanceError } from '../../model/errors.ts';
import type { GpuFormat } from '../formats/index.ts';
import type { GpuMemory } from '../memory.ts';
import type { StepShape } from '../step.ts';
import type { TensorPart } from '../tensor.ts';

/** What a kernel's WGSL file says of itself. */
export interface KernelSource {
  readonly name: string;
  readonly wgsl: string;
  /**
   * Buffers of bind group 0 from binding 1 on: storage that is read or also written, or uniforms. Binding 0
   * is the uniform `Params`; group 1 holds the planes of a weight tensor where the kernel reads one.
   */
  readonly operands: readonly Operand[];
  /** WGSL extensions that the kernel enables; its device must have the features. */
  readonly extensions?: readonly 'subgroups'[];
}

export type Operand = 'read' | 'read-write' | 'uniform';

const BINDING_TYPES: Record<Operand, GPUBufferBindingType> = {
  read: 'read-only-storage',
  'read-write': 'storage',
  uniform: 'uniform',
};

/** A kernel compiled for a format and constants. */
export interface Program {
  readonly name: string;
  readonly pipeline: GPUComputePipeline;
  readonly operandLayout: GPUBindGroupLayout;
}

/**
 * A dispatch whose bind groups are made once, to be recorded for token after token. Nothing in it changes:
 * what differs between steps lies in buffers that it binds.
 */
export interface PreparedDispatch {
  readonly name: string;
  readonly pipeline: GPUComputePipeline;
  /** From group 0 on. */
  readonly bindGroups: readonly GPUBindGroup[];
  /** As many as the step needs, or the same for every step. */
  readonly workgroups:
    | readonly [x: number, y: number]
    | ((step: StepShape) => readonly [x: number, y: number]);
}

/** Records prepared dispatches in their order. */
export function replay(
  pass: GPUComputePassEncoder,
  dispatches: readonly PreparedDispatch[],
  step: StepShape,
): void {
  let current: GPUComputePipeline | null = null;
  for (const { pipeline, bindGroups, workgroups } of dispatches) {
    if (pipeline !== current) pass.setPipeline(pipeline);
    current = pipeline;
    for (let i = 0; i < bindGroups.length; i++) pass.setBindGroup(i, bindGroups[i]!);
    const [x, y] = typeof workgroups === 'function' ? workgroups(step) : workgroups;
    pass.dispatchWorkgroups(x, y);
  }
}

/** Most different parameter blocks kept; a handful per tensor shape and prompt length is usual. */
const MAX_PARAMS = 1024;

/** Compiling takes long, and a device outlives the models that are loaded on it one after the other. */
const programsByDevice = new WeakMap<GPUDevice, Map<string, Promise<Program>>>();

/**
 * Compiles kernels, each once for a format and constants, and makes their bind groups. One for a device; the
 * kernels' `create` and `record` take it from there.
 */
export class KernelRuntime {
  readonly memory: GpuMemory;
  readonly #device: GPUDevice;
  readonly #programs: Map<string, Promise<Program>>;
  /** Sources of the kernels that this runtime was asked for. */
  readonly #compiled = new Map<string, string>();
  readonly #planeLayouts = new Map<number, GPUBindGroupLayout>();
  readonly #planeGroups = new WeakMap<TensorPart, GPUBindGroup>();
  /** By content, least recently used first. */
  readonly #params = new Map<string, GPUBuffer>();
  /** Parameters of prepared dispatches, by content; these stay. */
  readonly #constants = new Map<string, GPUBuffer>();

  constructor(memory: GpuMemory) {
    this.memory = memory;
    this.#device = memory.context.device;
    const known = programsByDevice.get(this.#device);
    this.#programs = known ?? new Map();
    if (!known) programsByDevice.set(this.#device, this.#programs);
  }

  /**
   * @param format of the weights that the kernel reads, null if it reads none
   * @param constants values of the kernel's overrides
   * @throws GlanceError `gpu-error` if the GPU's driver refuses the kernel
   */
  compile(
    source: KernelSource,
    format: GpuFormat | null,
    constants: Readonly<Record<string, number>>,
  ): Promise<Program> {
    const key = JSON.stringify([source.name, format?.name, constants]);
    this.#compiled.set(key, (format?.wgsl ?? '') + source.wgsl);
    let program = this.#programs.get(key);
    if (program === undefined) {
      program = this.#compile(source, format, constants);
      this.#programs.set(key, program);
      // What failed may work the next time: memory can have been short.
      program.catch(() => this.#programs.delete(key));
    }
    return program;
  }

  /** A short name for all kernels that were asked for: other sources or constants give another. */
  fingerprint(): string {
    // FNV-1a (Fowler, Noll, Vo).
    let hash = 0x811c9dc5;
    for (const [key, wgsl] of [...this.#compiled].sort(([a], [b]) => (a < b ? -1 : 1))) {
      for (const character of key + wgsl) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
    }
    return (hash >>> 0).toString(16);
  }

  /**
   * A uniform buffer with these numbers. It is never written again, so it may serve any number of dispatches,
   * submitted or yet to be.
   */
  params(values: readonly number[]): GPUBuffer {
    const key = values.join();
    let buffer = this.#params.get(key);
    if (buffer === undefined) {
      buffer = this.#uniform(values);
      if (this.#params.size >= MAX_PARAMS) {
        const [oldest, unused] = this.#params.entries().next().value!;
        this.#params.delete(oldest);
        this.memory.release(unused);
      }
    }
    this.#params.delete(key);
    this.#params.set(key, buffer);
    return buffer;
  }

  /**
   * Records one dispatch.
   *
   * @param params uniform words
   * @param operands bindings from 1 on, in the order of the kernel's source
   * @param part weights, for a kernel that reads some
   * @param groupCount workgroups, laid out over two dimensions where one is too short; kernels number them
   * `workgroup_id.y * num_workgroups.x + workgroup_id.x` and ignore those beyond their work
   */
  dispatch(
    pass: GPUComputePassEncoder,
    program: Program,
    params: readonly number[],
    operands: readonly GPUBufferBinding[],
    part: TensorPart | null,
    groupCount: number,
  ): void {
    if (groupCount === 0) return;
    pass.setPipeline(program.pipeline);
    pass.setBindGroup(0, this.#operandGroup(program, { buffer: this.params(params) }, operands));
    if (part) pass.setBindGroup(1, this.#planeGroup(part));
    pass.dispatchWorkgroups(...this.grid(groupCount));
  }

  /**
   * Makes a dispatch that can be recorded any number of times. Its buffers must outlive it.
   *
   * @param params uniform words that never change; kept for as long as the runtime lives
   * @param workgroups their number, or what tells it for a step; kernels number them as in
   * {@link KernelRuntime.dispatch}
   */
  prepare(
    program: Program,
    params: readonly number[],
    operands: readonly GPUBufferBinding[],
    part: TensorPart | null,
    workgroups: number | ((step: StepShape) => number),
  ): PreparedDispatch {
    const buffer = this.#constant(params);
    const bindGroups = [this.#operandGroup(program, { buffer }, operands)];
    if (part) bindGroups.push(this.#planeGroup(part));
    return {
      name: program.name,
      pipeline: program.pipeline,
      bindGroups,
      workgroups:
        typeof workgroups === 'number'
          ? this.grid(workgroups)
          : (step: StepShape) => this.grid(workgroups(step)),
    };
  }

  /** So many workgroups as a grid that the device allows. */
  grid(groupCount: number): [x: number, y: number] {
    return dispatchGrid(groupCount, this.memory.context.limits.maxComputeWorkgroupsPerDimension);
  }

  /**
   * Binds a buffer from (at or shortly before) a byte on, so that of a large one only the needed bytes count
   * against the limit.
   *
   * @param byteOffset a multiple of 16
   * @returns the binding, and where the wanted byte lies in it
   * @throws GlanceError `out-of-memory` if more bytes are needed than can be bound at once
   */
  bindRange(buffer: GPUBuffer, byteOffset: number, byteLength: number): [GPUBufferBinding, number] {
    // The device's own limits: a lower one that tests ask for is about tensors.
    const { minStorageBufferOffsetAlignment, maxStorageBufferBindingSize } = this.#device.limits;
    assert(byteOffset + byteLength <= buffer.size, `a kernel was to leave the buffer "${buffer.label}"`);
    const within = byteOffset % minStorageBufferOffsetAlignment;
    const size = Math.ceil((within + byteLength) / 16) * 16;
    if (size > maxStorageBufferBindingSize) {
      throw new GlanceError(
        'out-of-memory',
        `This graphics processor works on at most ${maxStorageBufferBindingSize} bytes at once, but a step needs ${size}. Choose a smaller model or a shorter question.`,
        { details: { buffer: buffer.label, bytes: size, limitBytes: maxStorageBufferBindingSize } },
      );
    }
    return [{ buffer, offset: byteOffset - within, size }, within];
  }

  /** Frees what the runtime holds on the GPU; nothing recorded with it may be submitted afterwards. */
  dispose(): void {
    for (const buffer of this.#params.values()) this.memory.release(buffer);
    this.#params.clear();
    for (const buffer of this.#constants.values()) this.memory.release(buffer);
    this.#constants.clear();
  }

  async #compile(
    { name, wgsl, operands, extensions = [] }: KernelSource,
    format: GpuFormat | null,
    constants: Readonly<Record<string, number>>,
  ): Promise<Program> {
    const device = this.#device;
    const label = format === null ? name : `${name} ${format.name}`;
    const operandLayout = bindGroupLayout(device, label, [
      'uniform',
      ...operands.map((operand) => BINDING_TYPES[operand]),
    ]);
    const bindGroupLayouts = [operandLayout];
    // Directives come before all else.
    const enables = extensions.map((extension) => `enable ${extension};\n`).join('');
    if (format) bindGroupLayouts.push(this.#planeLayout(format.planeRowBytes(format.file.blockSize).length));
    try {
      // What is wrong with the module is told again, with the reason, when the pipeline is refused.
      device.pushErrorScope('validation');
      const module = device.createShaderModule({ label, code: enables + (format?.wgsl ?? '') + wgsl });
      void device.popErrorScope().catch(() => null);
      const pipeline = await device.createComputePipelineAsync({
        label,
        layout: device.createPipelineLayout({ label, bindGroupLayouts }),
        compute: { module, constants: { ...constants } },
      });
      return { name: label, pipeline, operandLayout };
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new GlanceError(
        'gpu-error',
        `This graphics processor's driver refuses a part of Glance (${label}). Update the browser and the driver, or choose the CPU in the settings.`,
        { cause, details: { kernel: label, gpu: this.memory.context.name, reason } },
      );
    }
  }

  #constant(values: readonly number[]): GPUBuffer {
    const key = values.join();
    let buffer = this.#constants.get(key);
    if (buffer === undefined) {
      buffer = this.#uniform(values);
      this.#constants.set(key, buffer);
    }
    return buffer;
  }

  #uniform(values: readonly number[]): GPUBuffer {
    const label = `params ${values.join()}`;
    const buffer = this.memory.buffer('scratch', values.length * 4, label, GPUBufferUsage.UNIFORM);
    this.memory.upload(buffer, 0, Uint32Array.from(values));
    return buffer;
  }

  #operandGroup(
    program: Program,
    params: GPUBufferBinding,
    operands: readonly GPUBufferBinding[],
  ): GPUBindGroup {
    return this.#device.createBindGroup({
      label: program.name,
      layout: program.operandLayout,
      entries: [params, ...operands].map((resource, binding) => ({ binding, resource })),
    });
  }

  #planeLayout(count: number): GPUBindGroupLayout {
    let layout = this.#planeLayouts.get(count);
    if (layout === undefined) {
      layout = bindGroupLayout(this.#device, `${count} planes`, new Array(count).fill('read-only-storage'));
      this.#planeLayouts.set(count, layout);
    }
    return layout;
  }

  #planeGroup(part: TensorPart): GPUBindGroup {
    let group = this.#planeGroups.get(part);
    if (group === undefined) {
      group = this.#device.createBindGroup({
        label: part.planes[0]?.label ?? '',
        layout: this.#planeLayout(part.planes.length),
        entries: part.planes.map((buffer, binding) => ({ binding, resource: { buffer } })),
      });
      this.#planeGroups.set(part, group);
    }
    return group;
  }
}

function bindGroupLayout(
  device: GPUDevice,
  label: string,
  types: readonly GPUBufferBindingType[],
): GPUBindGroupLayout {
  return device.createBindGroupLayout({
    label,
    entries: types.map((type, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type },
    })),
  });
}

/** At least `count` workgroups as a grid whose sides the device allows, with few to spare. */
export function dispatchGrid(count: number, maxPerDimension: number): [x: number, y: number] {
  const y = Math.ceil(count / maxPerDimension);
  return [Math.ceil(count / y), y];
}
