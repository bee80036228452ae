import { expect, test } from 'vitest';
import {
  hubUrl,
  keyOfUrl,
  nameOfKey,
  parseHubUrl,
  parsePointer,
  pointerUrl,
} from '../../../src/store/hub.ts';

const URL_2B =
  'https://huggingface.co/Qwen/Qwen3-VL-2B-Instruct-GGUF/resolve/main/Qwen3VL-2B-Instruct-Q4_K_M.gguf';

test('the pointer of a file of the hub lies beside it', () => {
  expect(pointerUrl(URL_2B)).toBe(URL_2B.replace('/resolve/', '/raw/'));
  expect(pointerUrl(`${URL_2B}?download=true`)).toBe(URL_2B.replace('/resolve/', '/raw/'));
});

test('a hub under a sub-path, with a revision and a path that need escapes', () => {
  const url = 'http://host.example/mirror/a/b/resolve/refs%2Fpr%2F1/sub%20folder/x%23.gguf';
  const file = parseHubUrl(url);
  expect(file).toEqual({
    base: 'http://host.example/mirror/',
    repo: 'a/b',
    revision: 'refs/pr/1',
    path: 'sub folder/x#.gguf',
  });
  expect(hubUrl(file!)).toBe(url);
  expect(pointerUrl(url)).toBe(url.replace('/resolve/', '/raw/'));
});

test('other addresses have no pointer', () => {
  for (const url of [
    'https://host.example/models/x.gguf',
    'https://host.example/a/resolve/x.gguf',
    'blob:https://huggingface.co/a/b/resolve/main/x',
    'no address',
  ]) {
    expect(pointerUrl(url)).toBeNull();
  }
});

test('a file has the same key at every mirror, and another one per revision', () => {
  const key = 'Qwen/Qwen3-VL-2B-Instruct-GGUF@main/Qwen3VL-2B-Instruct-Q4_K_M.gguf';
  expect(keyOfUrl(URL_2B)).toBe(key);
  expect(keyOfUrl(URL_2B.replace('https://huggingface.co/', 'https://mirror.example/hub/'))).toBe(key);
  expect(keyOfUrl(URL_2B.replace('/main/', '/v2/'))).not.toBe(key);
  expect(nameOfKey(key)).toBe('Qwen3VL-2B-Instruct-Q4_K_M.gguf');
});

test('elsewhere the address is the key; what is no address is refused', () => {
  expect(keyOfUrl('https://host.example/x.gguf?v=2#part')).toBe('https://host.example/x.gguf?v=2');
  for (const bad of ['x.gguf', 'blob:https://host.example/1', 'file:///x.gguf']) {
    expect(() => keyOfUrl(bad)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  }
});

test('a pointer tells hash and size; anything else is none', () => {
  const oid = 'ab'.repeat(32);
  const text = `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize 5027784800\n`;
  expect(parsePointer(text)).toEqual({ sha256: oid, sizeBytes: 5_027_784_800 });
  expect(parsePointer(text.replaceAll('\n', '\r\n'))).toEqual({ sha256: oid, sizeBytes: 5_027_784_800 });
  for (const bad of [
    'GGUF',
    '',
    text.replace('v1', 'v2'),
    text.replace(/size .*/, ''),
    text.replace(oid, oid.slice(2)),
    `<!doctype html>\n${text}`,
  ]) {
    expect(parsePointer(bad)).toBeNull();
  }
});
