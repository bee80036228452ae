/** What the browser tells of the machine, for {@link Machine}. Runs in pages; opens no GPU device. */
import { isSoftware, nameOf } from '../gpu/device.ts';
import type { StorageSpace } from '../model/storage.ts';
import type { Machine } from './fit.ts';
import { storageSpace } from './space.ts';

/** Parts of `navigator` that are not in every browser, nor in TypeScript's library. */
type Hints = Navigator & {
  readonly gpu?: GPU;
  /** GiB, rounded. */
  readonly deviceMemory?: number;
  readonly userAgentData?: { readonly mobile?: boolean };
};

/** Learns what can be learned; what the browser does not tell is null. */
export async function describeMachine(): Promise<{ machine: Machine; space: StorageSpace }> {
  const hints = navigator as Hints;
  const [gpu, space] = await Promise.all([describeGpu(hints.gpu), storageSpace()]);
  const { deviceMemory, userAgentData, userAgent, maxTouchPoints } = hints;
  return {
    space,
    machine: {
      gpu,
      memoryBytes: deviceMemory === undefined ? null : deviceMemory * 2 ** 30,
      // An iPad calls itself a Mac, which has no touch screen.
      handheld:
        userAgentData?.mobile ??
        (/android|iphone|ipad|mobile/i.test(userAgent) ||
          (/macintosh/i.test(userAgent) && maxTouchPoints > 1)),
      availableBytes: space.availableBytes,
    },
  };
}

async function describeGpu(gpu: GPU | undefined): Promise<Machine['gpu']> {
  const adapter = await gpu?.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null);
  if (!adapter) return null;
  const { info, limits } = adapter;
  return {
    name: nameOf(info),
    software: isSoftware(info),
    maxBufferSize: limits.maxBufferSize,
    maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
  };
}
