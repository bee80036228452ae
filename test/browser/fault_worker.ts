/** The inference worker with a saboteur inside: breaks its GPU or itself when told to, and counts buffers. */
import { loadWebgpuRuntime } from '../../src/engine/webgpu/runtime.ts';
import { emptyGraph } from '../../src/graph/empty.ts';
import type { ChatEvent } from '../../src/rpc/contract.ts';
import { serve } from '../../workers/serve.ts';
import { Service } from '../../workers/service.ts';

/** Buffers that were made and not destroyed. */
export interface LiveBuffers {
  count: number;
  bytes: number;
}

const devices: GPUDevice[] = [];
/** Sizes of live buffers that Glance has made; ONNX Runtime's own have no label. */
const live = new Map<GPUBuffer, number>();
let starving = false;

const { requestDevice } = GPUAdapter.prototype;
GPUAdapter.prototype.requestDevice = async function (this: GPUAdapter, ...args) {
  const device = await requestDevice.apply(this, args);
  devices.push(device);
  return device;
};

const { createBuffer } = GPUDevice.prototype;
GPUDevice.prototype.createBuffer = function (this: GPUDevice, descriptor) {
  // The largest buffer that the limits allow: a software adapter has no memory for it.
  const size = starving ? this.limits.maxBufferSize : descriptor.size;
  const buffer = createBuffer.call(this, { ...descriptor, size });
  if (descriptor.label) live.set(buffer, descriptor.size);
  return buffer;
};

const { destroy } = GPUBuffer.prototype;
GPUBuffer.prototype.destroy = function (this: GPUBuffer) {
  live.delete(this);
  return destroy.call(this);
};

export type Fault = 'destroyDevice' | 'exhaustMemory' | 'breakRules' | 'end';

export class FaultyService extends Service {
  #trap: { fault: Fault; moment: ChatEvent['type'] } | null = null;

  /** Has this go wrong at the first such event of an answer: told from the page, it might come behind the end. */
  async setTrap(fault: Fault, moment: ChatEvent['type']): Promise<void> {
    this.#trap = { fault, moment };
  }

  override chat(...[requestId, request, onEvent = () => {}, model]: Parameters<Service['chat']>) {
    // A proxy, because what comes from the page has properties of its own.
    const listener = new Proxy(onEvent, {
      apply: (listen, self, [event]: Parameters<typeof onEvent>) => {
        const heard = Reflect.apply(listen, self, [event]);
        const trap = this.#trap;
        if (event.type === trap?.moment) {
          this.#trap = null;
          void this[trap.fault]();
        }
        return heard;
      },
    });
    return super.chat(requestId, request, listener, model);
  }

  /** Takes the GPU away, as a driver's reset does. */
  async destroyDevice(): Promise<void> {
    for (const device of devices) device.destroy();
  }

  /** From now on the GPU has no memory for anything. */
  async exhaustMemory(): Promise<void> {
    starving = true;
  }

  /** Does what WebGPU forbids, as a faulty kernel would. */
  async breakRules(): Promise<void> {
    for (const device of devices) {
      device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
    }
  }

  /** Hears and says nothing any more, as in a loop that never ends. */
  async hang(): Promise<void> {
    for (;;);
  }

  /** Ends the worker without a word. */
  async end(): Promise<void> {
    close();
  }

  /**
   * Keeps ONNX Runtime's compiled programs: it forgets them with its last session, and compiling them for every
   * load takes a software adapter most of a test's time.
   */
  async keepPrograms(): Promise<void> {
    const { createSession } = await loadWebgpuRuntime(devices.at(-1)!);
    await createSession(emptyGraph());
  }

  async liveBuffers(): Promise<LiveBuffers> {
    return { count: live.size, bytes: [...live.values()].reduce((sum, bytes) => sum + bytes, 0) };
  }
}

serve(new FaultyService());
