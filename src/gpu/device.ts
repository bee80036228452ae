import { GlanceError } from '../model/errors.ts';

/** What a GPU can do beyond the core of WebGPU, as far as it was requested. */
export interface GpuFeatures {
  /** f16 arithmetic in shaders. */
  readonly shaderF16: boolean;
  /** Invocations in a subgroup, or null where kernels must do without. */
  readonly subgroups: { readonly min: number; readonly max: number } | null;
  /** Times on the GPU's own clock; only when asked for, since having it on slows some drivers. */
  readonly timestampQuery: boolean;
}

/** The limits that shape buffers and dispatches. Sizes in bytes. */
export interface GpuLimits {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
  readonly maxStorageBuffersPerShaderStage: number;
  readonly maxComputeWorkgroupStorageSize: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
  readonly maxComputeWorkgroupsPerDimension: number;
  readonly minStorageBufferOffsetAlignment: number;
}

export interface GpuOptions {
  /** Splits tensors as for a GPU that binds no more than this many bytes at once; for tests. */
  maxStorageBufferBindingSize?: number;
  /** Asks for `timestamp-query` where the adapter has it. */
  timestampQuery?: boolean;
}

/** The one GPU device of an engine, with what it can do and how it fails. */
export interface GpuContext {
  readonly device: GPUDevice;
  /** In plain words: "NVIDIA Ampere", "SwiftShader (software)". */
  readonly name: string;
  /** The adapter computes on the CPU. */
  readonly software: boolean;
  readonly features: GpuFeatures;
  readonly limits: GpuLimits;
  /** Resolves when the device is gone (`device-lost`); never after {@link GpuContext.close}. */
  readonly lost: Promise<GlanceError>;
  /**
   * Resolves with the first error that no error scope caught (`out-of-memory`, `gpu-error`). What the device
   * computed since is not to be trusted.
   */
  readonly failed: Promise<GlanceError>;
  /** Destroys the device and every buffer on it. */
  close(): void;
}

/** Limits in which more is better and which are asked for as high as the adapter goes. */
const REQUESTED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/** Below this, ONNX Runtime's flash attention returns wrong numbers on a device that has subgroups. */
const SMALLEST_SUBGROUP = 8;

/**
 * Opens the best GPU that this browser offers, with the features and limits that the engine can use.
 *
 * @param gpu default: the browser's
 * @returns null where there is no adapter
 * @throws GlanceError `gpu-error` if there is an adapter but it cannot be opened
 */
export async function requestGpu(
  gpu: GPU | undefined = globalThis.navigator?.gpu,
  options: GpuOptions = {},
): Promise<GpuContext | null> {
  const adapter = await gpu?.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) return null;
  const { info } = adapter;

  const features: GPUFeatureName[] = [];
  if (adapter.features.has('shader-f16')) features.push('shader-f16');
  if (adapter.features.has('subgroups') && info.subgroupMinSize >= SMALLEST_SUBGROUP) {
    features.push('subgroups');
  }
  if (options.timestampQuery && adapter.features.has('timestamp-query')) features.push('timestamp-query');

  let device: GPUDevice;
  try {
    device = await adapter.requestDevice({
      label: 'glance',
      requiredFeatures: features,
      requiredLimits: Object.fromEntries(REQUESTED_LIMITS.map((name) => [name, adapter.limits[name]])),
    });
  } catch (cause) {
    throw new GlanceError(
      'gpu-error',
      'The graphics processor could not be opened. Reload the page; if that does not help, restart the browser.',
      {
        cause,
        details: { gpu: nameOf(info), reason: cause instanceof Error ? cause.message : String(cause) },
      },
    );
  }
  return contextOf(device, info, options);
}

function contextOf(device: GPUDevice, info: GPUAdapterInfo, options: GpuOptions): GpuContext {
  const name = nameOf(info);
  let closed = false;
  const lost = new Promise<GlanceError>((resolve) => {
    device.lost.then(({ reason, message }) => {
      if (!closed) resolve(lostError(name, reason, message));
    });
  });
  const failed = new Promise<GlanceError>((resolve) => {
    device.addEventListener('uncapturederror', (event) => {
      resolve(uncapturedError(name, (event as GPUUncapturedErrorEvent).error));
    });
  });
  const has = (feature: GPUFeatureName) => device.features.has(feature);
  const { limits } = device;
  return {
    device,
    name,
    software: isSoftware(info),
    features: {
      shaderF16: has('shader-f16'),
      subgroups: has('subgroups') ? { min: info.subgroupMinSize, max: info.subgroupMaxSize } : null,
      timestampQuery: has('timestamp-query'),
    },
    limits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: Math.min(
        limits.maxStorageBufferBindingSize,
        options.maxStorageBufferBindingSize ?? Number.POSITIVE_INFINITY,
      ),
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
      minStorageBufferOffsetAlignment: limits.minStorageBufferOffsetAlignment,
    },
    lost,
    failed,
    close() {
      closed = true;
      device.destroy();
    },
  };
}

function lostError(gpu: string, reason: string, message: string): GlanceError {
  return new GlanceError(
    'device-lost',
    'The graphics processor stopped working for this page. Ask again: Glance starts it anew.',
    { details: { gpu, reason, message } },
  );
}

function uncapturedError(gpu: string, error: GPUError): GlanceError {
  const details = { gpu, reason: error.message };
  if (error instanceof GPUOutOfMemoryError) {
    return new GlanceError(
      'out-of-memory',
      'The graphics processor ran out of memory. Close other tabs, use a smaller picture or a smaller model, and try again.',
      { details },
    );
  }
  return new GlanceError(
    'gpu-error',
    'The graphics processor refused a step of the work, so its result cannot be trusted. Ask again, or choose the CPU in the settings.',
    { details },
  );
}

type Info = Pick<GPUAdapterInfo, 'vendor' | 'architecture' | 'device' | 'description'> & {
  readonly isFallbackAdapter?: boolean;
};

/** Mesa's llvmpipe and lavapipe, Google's SwiftShader, Microsoft's WARP ("Basic Render Driver"). */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b/i;

/** Whether an adapter computes on the CPU. */
export function isSoftware(info: Info): boolean {
  return info.isFallbackAdapter === true || SOFTWARE.test([...wordsOf(info)].join(' '));
}

const VENDORS: Record<string, string> = {
  amd: 'AMD',
  apple: 'Apple',
  arm: 'Arm',
  google: 'Google',
  'img-tec': 'Imagination',
  intel: 'Intel',
  mesa: 'Mesa',
  microsoft: 'Microsoft',
  nvidia: 'NVIDIA',
  qualcomm: 'Qualcomm',
  samsung: 'Samsung',
};

/**
 * An adapter in plain words. Browsers tell vendor and architecture ("apple", "metal-3"), the chip's name
 * only to some pages.
 */
export function nameOf(info: Info): string {
  const vendor = VENDORS[info.vendor] ?? capitalised(info.vendor);
  const architecture = capitalised(info.architecture.replaceAll('-', ' '));
  if (isSoftware(info)) {
    const renderer = SOFTWARE.exec([...wordsOf(info)].join(' '))?.[0];
    return `${/swiftshader/i.test(renderer ?? '') ? 'SwiftShader' : (renderer ?? vendor)} (software)`.trim();
  }
  if (vendor === '') return info.description || 'unnamed GPU';
  // A description that names the maker is the chip's name; others are a driver's version.
  if (info.description.toLowerCase().includes(info.vendor)) return info.description;
  return architecture === '' ? `${vendor} GPU` : `${vendor} ${architecture}`;
}

function* wordsOf({ vendor, architecture, device, description }: Info): Generator<string> {
  yield* [vendor, architecture, device, description];
}

function capitalised(words: string): string {
  return words.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
}
