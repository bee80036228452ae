/** WebGPU in Node.js: Dawn, on the CPU renderer that comes with Chromium. */
import { existsSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { create, globals } from 'webgpu';
import { findChromium } from './chromium.ts';

/** dlopen's RTLD_NODELETE (glibc and musl), which Node.js does not name. */
const KEEP_LOADED = 0x1000;

/** Folders beside the launcher in which distributions keep Chromium's libraries. */
function chromiumFolders(): string[] {
  return [dirname(realpathSync(findChromium())), '/usr/lib/chromium', '/usr/lib/chromium-browser'];
}

/**
 * Lets Dawn find SwiftShader. Its Vulkan loader lies in Chromium's folder, where no other program looks: once
 * it is in the process under its own name, Dawn's search for that name ends there.
 */
function prepareSwiftShader(): void {
  const folder = chromiumFolders().find((candidate) =>
    existsSync(join(candidate, 'vk_swiftshader_icd.json')),
  );
  if (folder === undefined) {
    throw new Error(
      'Chromium was found, but not SwiftShader beside it (vk_swiftshader_icd.json): set GLANCE_CHROMIUM to a full Chromium.',
    );
  }
  const driver = join(folder, 'vk_swiftshader_icd.json');
  process.env.VK_ICD_FILENAMES = driver;
  process.env.VK_DRIVER_FILES = driver;
  try {
    process.dlopen({ exports: {} }, join(folder, 'libvulkan.so.1'), constants.dlopen.RTLD_NOW | KEEP_LOADED);
  } catch {
    // It is loaded; the complaint is that it is no module for Node.js.
  }
}

const made = new Map<'own' | 'tests', GPU>();

function make(which: 'own' | 'tests'): GPU {
  let gpu = made.get(which);
  if (gpu === undefined) {
    Object.assign(globalThis, globals);
    gpu = create([]) as GPU;
    made.set(which, gpu);
  }
  return gpu;
}

/**
 * Dawn asks again and again whether its work is done, by `setImmediate`: a core that the CPU renderer then lacks.
 * Its questions wait for a millisecond each from now on.
 */
function askPatiently(): void {
  const { setImmediate } = globalThis;
  const patient = (callback: (...args: unknown[]) => void, ...args: unknown[]) =>
    isNative(callback) ? setTimeout(callback, 1, ...args) : setImmediate(callback, ...args);
  globalThis.setImmediate = Object.assign(patient, setImmediate) as unknown as typeof setImmediate;
}

/** Whether a function is an add-on's. */
function isNative(callback: unknown): boolean {
  return (
    typeof callback === 'function' &&
    callback.name === '' &&
    Function.prototype.toString.call(callback).includes('[native code]')
  );
}

/**
 * The `navigator.gpu` of Node.js, made once in a process: collecting it while devices live ends in a crash.
 * On Linux it is SwiftShader, as in the tests' Chromium; elsewhere it is the machine's own GPU.
 */
export function nodeGpu(): GPU {
  if (!made.has('tests') && process.platform === 'linux') {
    prepareSwiftShader();
    askPatiently();
  }
  return make('tests');
}

/** As {@link nodeGpu}, with the machine's own drivers on Linux too; it may then offer no adapter. */
export function ownGpu(): GPU {
  return make('own');
}
