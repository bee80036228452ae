/** Puts kernels that are broken on purpose in the place of sound ones while these run, as a faulty driver does. */

/** What to replace in a kernel's source, where it stands exactly once. */
export interface Break {
  /** How the names of the kernel's programs begin. */
  kernel: string;
  find: string;
  replace: string;
}

const sources = new WeakMap<GPUShaderModule, GPUShaderModuleDescriptor>();
const made: { device: GPUDevice; descriptor: GPUComputePipelineDescriptor; pipeline: GPUComputePipeline }[] =
  [];
let current: Break | null = null;
const substitutes = new Map<GPUComputePipeline, GPUComputePipeline>();

const { createShaderModule, createComputePipelineAsync } = GPUDevice.prototype;
GPUDevice.prototype.createShaderModule = function (this: GPUDevice, descriptor) {
  const module = createShaderModule.call(this, descriptor);
  sources.set(module, descriptor);
  return module;
};
GPUDevice.prototype.createComputePipelineAsync = async function (this: GPUDevice, descriptor) {
  const pipeline = await createComputePipelineAsync.call(this, descriptor);
  made.push({ device: this, descriptor, pipeline });
  return pipeline;
};
const { setPipeline } = GPUComputePassEncoder.prototype;
GPUComputePassEncoder.prototype.setPipeline = function (this: GPUComputePassEncoder, pipeline) {
  return setPipeline.call(this, substituteOf(pipeline));
};

/** From now on the broken kernel runs; null mends it. */
export function breakKernel(broken: Break | null): void {
  current = broken;
  substitutes.clear();
}

/** How many programs of the broken kernel have run. */
export function brokenPrograms(): number {
  return substitutes.size;
}

function substituteOf(pipeline: GPUComputePipeline): GPUComputePipeline {
  if (current === null || !pipeline.label.startsWith(current.kernel)) return pipeline;
  let substitute = substitutes.get(pipeline);
  if (substitute === undefined) {
    substitute = compile(pipeline, current);
    substitutes.set(pipeline, substitute);
  }
  return substitute;
}

function compile(pipeline: GPUComputePipeline, { find, replace }: Break): GPUComputePipeline {
  const { device, descriptor } = made.find((known) => known.pipeline === pipeline)!;
  const { code } = sources.get(descriptor.compute.module)!;
  if (code.split(find).length !== 2)
    throw new Error(`"${find}" stands not exactly once in ${pipeline.label}`);
  const module = createShaderModule.call(device, { code: code.replace(find, replace) });
  return device.createComputePipeline({ ...descriptor, compute: { ...descriptor.compute, module } });
}
