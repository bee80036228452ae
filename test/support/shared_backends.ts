/** The devices of a page, for all tests that run in it: what one of them has compiled the others need not. */
import type { Backend } from '../../src/engine/backend.ts';
import { emptyGraph } from '../../src/graph/empty.ts';
import type { Device } from '../../src/model/request.ts';
import { Backends } from '../../workers/backends.ts';

const backends = new Backends();
let isKept = false;

/** The page's own CPU or GPU with ONNX Runtime; it lives as long as the page. */
export async function sharedBackend<D extends Device>(device: D): Promise<Extract<Backend, { device: D }>> {
  const backend = await (await backends.start(device, () => {})).started;
  if (backend.device === 'webgpu' && !isKept) {
    isKept = true;
    // ONNX Runtime forgets its compiled programs with its last session, so one stays open.
    await backend.runtime.createSession(emptyGraph());
  }
  return backend as Extract<Backend, { device: D }>;
}
