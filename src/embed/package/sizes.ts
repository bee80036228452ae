/**
 * Tells how large the parts of the package are, and when they are fetched; fails where the README's table is wrong.
 *
 *     npm run build:package && npm run sizes -- [--json]
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { finish, readArguments } from '../../../test/support/arguments.ts';
import { repositoryRoot } from '../../../test/support/root.ts';

const LIB = join(repositoryRoot, 'lib');
/** The host script is to be no larger than this, compressed. */
const MAX_HOST_BYTES = 2048;
/** How far from the truth the README's table may be: releases of Node.js compress a little differently. */
const TOLERANCE = 0.04;
/** It has one digit behind the point at most, or none. */
const ROUNDING_KILOBYTES = 0.5;

interface Size {
  part: string;
  when: string;
  files: string[];
  bytes: number;
  gzipBytes: number;
}

/** Modules that a module imports at once, and those that it imports later, all the way. */
async function importsOf(entries: readonly string[]): Promise<{ now: Set<string>; later: Set<string> }> {
  const now = new Set<string>();
  const later = new Set<string>();
  const visit = async (name: string): Promise<void> => {
    if (now.has(name)) return;
    now.add(name);
    const code = await readFile(join(LIB, name), 'utf8');
    for (const [, target] of code.matchAll(/(?:\bfrom|^import|[;}]import)\s*["'`]\.\/([\w.-]+)["'`]/gm))
      await visit(target!);
    for (const [, target] of code.matchAll(/\bimport\(\s*["'`]\.\/([\w.-]+)["'`]\s*\)/g)) later.add(target!);
  };
  for (const entry of entries) await visit(entry);
  return { now, later };
}

async function sizeOf(part: string, when: string, files: Iterable<string>): Promise<Size> {
  const names = [...files].sort();
  let bytes = 0;
  let gzipBytes = 0;
  for (const name of names) {
    const content = await readFile(join(LIB, name));
    bytes += content.length;
    gzipBytes += name.endsWith('.gz') ? content.length : gzipSync(content, { level: 9 }).length;
  }
  return { part, when, files: names, bytes, gzipBytes };
}

/** What is wrong with the README's table of these. */
function compareWithReadme(readme: string, sizes: readonly Size[]): string[] {
  const rows = new Map(
    [...readme.matchAll(/^\| ([^|]+) \| ([^|]+) \| ([\d.,]+) \| ([\d.,]+) \|$/gm)].map(
      ([, part, when, kilobytes, compressed]) => [part!, { when: when!, numbers: [kilobytes!, compressed!] }],
    ),
  );
  return sizes.flatMap(({ part, when, bytes, gzipBytes }) => {
    const row = rows.get(part);
    if (row?.when !== when) return [`the README has no row "| ${part} | ${when} |"`];
    return [bytes, gzipBytes].flatMap((size, index) => {
      const said = Number(row.numbers[index]!.replaceAll(',', ''));
      const isRight = Math.abs(said - size / 1000) <= Math.max(TOLERANCE * said, ROUNDING_KILOBYTES);
      return isRight ? [] : [`${part}: the README says ${said} kB, it is ${(size / 1000).toFixed(1)}`];
    });
  });
}

function without(files: Set<string>, others: Set<string>): Set<string> {
  return new Set([...files].filter((name) => !others.has(name)));
}

const library = await importsOf(['glance.js']);
const elements = await importsOf(['define.js']);
const drawing = await importsOf([...elements.later].filter((name) => /lazy/.test(name)));
const onDemand = new Set<string>();
const pending = [...drawing.later];
for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
  const imports = await importsOf([name]);
  for (const file of imports.now) if (!drawing.now.has(file)) onDemand.add(file);
  pending.push(...[...imports.later].filter((file) => !onDemand.has(file) && !drawing.now.has(file)));
}
const file = (name: string) => `files/${name}`;

const sizes = [
  await sizeOf('host script', 'by pages with a frame', ['host.js']),
  await sizeOf('library', 'on import', library.now),
  await sizeOf('elements', 'on import', elements.now),
  await sizeOf('elements: what draws', 'when the first one is used', without(drawing.now, elements.now)),
  await sizeOf(
    'elements: Markdown, formulas, picture reader, catalogue, Chinese',
    'when each is needed',
    onDemand,
  ),
  await sizeOf('inference worker', 'with the first model', [file('inference.js')]),
  await sizeOf('ONNX Runtime for the CPU', 'with the first model where there is no GPU', [
    file('ort.wasm.js'),
    file('ort-wasm-simd-threaded.wasm.gz'),
  ]),
  await sizeOf('ONNX Runtime for WebGPU', 'with the first model on a GPU', [
    file('ort.jspi.js'),
    file('ort-wasm-simd-threaded.jspi.wasm.gz'),
  ]),
  await sizeOf('ONNX Runtime for WebGPU without JSPI', 'instead, in browsers that lack JSPI', [
    file('ort.webgpu.js'),
    file('ort-wasm-simd-threaded.asyncify.wasm.gz'),
  ]),
  await sizeOf('pico, the demo model', 'when it is the model', [
    file('pico-Q8_0.gguf'),
    file('mmproj-pico-F16.gguf'),
  ]),
  await sizeOf('XGrammar', 'when an answer has a format', [file('xgrammar.js')]),
  await sizeOf('store worker', 'with the catalogue of models', [file('store.js')]),
  await sizeOf('reader worker', 'with the first model of 64 MB or more', [file('reader.js')]),
  await sizeOf('service worker', 'where tabs share an engine', ['sw.js']),
];

const { json } = readArguments('limit');
const kilobytes = (bytes: number) => (bytes / 1000).toFixed(bytes < 100_000 ? 1 : 0).padStart(8);
if (!json) {
  for (const { part, when, bytes, gzipBytes } of sizes) {
    console.log(`${kilobytes(bytes)} kB ${kilobytes(gzipBytes)} kB compressed  ${part}: ${when}`);
  }
}
const [host] = sizes;
const problems = compareWithReadme(await readFile(join(repositoryRoot, 'README.md'), 'utf8'), sizes);
if (host!.gzipBytes > MAX_HOST_BYTES) problems.push(`the host script has ${host!.gzipBytes} bytes`);
finish(json, { sizes }, problems);
