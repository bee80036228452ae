/** The demo model and the parity fixtures, for tests that run in Node. */
import { readFile } from 'node:fs/promises';
import { type ByteSource, bytesSource } from '../../src/weights/byte_source.ts';
import type { FixtureFile, Fixtures } from '../parity/fixtures.ts';

const MODEL = new URL('../../public/models/pico/', import.meta.url);
const PARITY = new URL('../fixtures/parity/', import.meta.url);

/** The shipped GGUF pair. */
export async function picoFiles(): Promise<{ text: ByteSource; vision: ByteSource }> {
  const open = async (name: string) => bytesSource(await readFile(new URL(name, MODEL)), name);
  return { text: await open('pico-Q8_0.gguf'), vision: await open('mmproj-pico-F16.gguf') };
}

export async function parityFixtures(): Promise<Fixtures> {
  const file = JSON.parse(await readFile(new URL('cases.json', PARITY), 'utf8')) as FixtureFile;
  const bytes = await readFile(new URL('cases.bin', PARITY));
  return { file, arrays: new Uint8Array(bytes).buffer };
}

/** A picture of the parity fixtures as the PNG file that it is. */
export async function parityPicture(name: string): Promise<Blob> {
  return new Blob([new Uint8Array(await readFile(new URL(`pictures/${name}`, PARITY)))], {
    type: 'image/png',
  });
}
