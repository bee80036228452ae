import { afterEach, describe, expect, test, vi } from 'vitest';
import { AUTOMATIC_LANGUAGE, chooseLanguage, keptLanguage, languageOf } from '../../../src/app/language.ts';
import { errorMessage } from '../../../src/app/phrases.ts';
import { en, type Words } from '../../../src/app/words/en.ts';
import {
  currentLanguage,
  formatBytes,
  formatCount,
  languageName,
  languages,
  onLanguageChange,
  setLanguage,
  suitableLanguage,
  words,
} from '../../../src/app/words/index.ts';
import zh from '../../../src/app/words/zh.ts';
import { GlanceError, type GlanceErrorCode, type GlanceErrorDetails } from '../../../src/model/errors.ts';

afterEach(() => setLanguage('en'));

class Shelf extends Map<string, string> {
  getItem(key: string): string | null {
    return this.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.set(key, value);
  }
  removeItem(key: string): void {
    this.delete(key);
  }
}

describe('which language', () => {
  test('each file is one, and names itself', () => {
    expect(languages).toEqual(['en', 'zh']);
    expect(languages.map(languageName)).toEqual(['English', '中文']);
  });

  test.each([
    [['zh-TW', 'en'], 'zh'],
    [['fr-FR', 'ZH-Hans-CN'], 'zh'],
    [['en-GB', 'zh'], 'en'],
    [['fr', 'de'], 'en'],
    [[], 'en'],
  ])('to a reader of %j the page speaks %s', (wished, language) => {
    expect(suitableLanguage(wished)).toBe(language);
    expect(languageOf(AUTOMATIC_LANGUAGE, wished)).toBe(language);
  });

  test('a choice is kept, wins over what the browser wishes, and can be taken back', async () => {
    const shelf = new Shelf();
    expect(keptLanguage(shelf)).toBe('auto');
    await chooseLanguage('zh', shelf);
    expect(words).toBe(zh);
    expect(keptLanguage(shelf)).toBe('zh');
    expect(languageOf(keptLanguage(shelf), ['en'])).toBe('zh');
    await chooseLanguage('en', shelf);
    expect(keptLanguage(shelf)).toBe('en');
    vi.stubGlobal('navigator', { languages: ['zh-CN'] });
    await chooseLanguage(AUTOMATIC_LANGUAGE, shelf);
    vi.unstubAllGlobals();
    expect(words).toBe(zh);
    expect(shelf.size).toBe(0);
    shelf.setItem('glance-language', 'xx');
    expect(keptLanguage(shelf)).toBe('auto');
    expect(keptLanguage(null)).toBe('auto');
  });
});

describe('changing the language', () => {
  test('whoever listens is told, once for a change', async () => {
    const heard: string[] = [];
    const end = onLanguageChange(() => heard.push(currentLanguage()));
    await setLanguage('zh');
    await setLanguage('zh');
    await setLanguage('en');
    end();
    await setLanguage('zh');
    expect(heard).toEqual(['zh', 'en']);
  });

  test('of several choices the last one counts, however long the others take', async () => {
    await Promise.all([setLanguage('zh'), setLanguage('en')]);
    expect(words).toBe(en);
    expect(currentLanguage()).toBe('en');
  });

  test('numbers are those of the language', async () => {
    await setLanguage('zh');
    expect(formatCount(2_200_000)).toBe('220 万');
    expect(formatCount(4096)).toBe('4,096');
    expect(formatBytes(2_696_288)).toBe('2.7 MB');
    expect(words.format.duration(125_000)).toBe('2 分 5 秒');
    expect(words.format.duration(120_000)).toBe('2 分钟');
    expect(words.format.duration(1430)).toBe('1.4 秒');
    expect(words.format.remaining(5_000_000)).toBe('约 1 小时 24 分钟');
    expect(words.format.month(new Date(2026, 2, 1))).toBe('三月');
  });
});

describe('Chinese', () => {
  /** The same in both: names, and what has no words. */
  const KEYS = ['enter', 'escape', 'shift', 'ctrl', 'up', 'down'].map((key) => `shortcuts.names.${key}`);
  const SAME = new Set(['tag', 'dir', 'devices.webgpu.name', 'devices.wasm.name', ...KEYS]);

  test('says everything in Chinese', () => {
    const untold = [...leaves(zh)].filter(
      ([path, value]) =>
        typeof value === 'string' &&
        !SAME.has(path) &&
        /\p{L}/u.test(value) &&
        !/\p{Script=Han}/u.test(value),
    );
    expect(untold).toEqual([]);
  });

  test('takes as many facts as English for every sentence', () => {
    const english = new Map(leaves(en));
    for (const [path, value] of leaves(zh)) {
      if (typeof value !== 'function') continue;
      const other = english.get(path);
      expect(typeof other, path).toBe('function');
      if (path.startsWith('format.')) continue;
      expect(value.length, path).toBe((other as () => string).length);
    }
  });

  test('has Chinese punctuation between Chinese words', () => {
    const texts = [...leaves(zh)].flatMap(([path, value]) =>
      typeof value === 'string' ? [[path, value]] : [],
    );
    const wrong = texts.filter(([, text]) => /\p{Script=Han}[,.;:?!]|[,;:?!]\p{Script=Han}/u.test(text!));
    expect(wrong).toEqual([]);
  });

  test('says errors by their codes, with their facts', async () => {
    const long = new GlanceError('context-overflow', 'English.', {
      details: { promptTokens: 5000, contextLength: 4096 },
    });
    expect(errorMessage(long)).toBe('English.');
    await setLanguage('zh');
    expect(errorMessage(long)).toContain('5,000 个 token');
    expect(errorMessage(long)).toContain('4,096');
    const file = new GlanceError('file-not-gguf', 'English.', { details: { file: 'a.txt' } });
    expect(errorMessage(file)).toMatch(/^“a\.txt”不是 GGUF 文件/);
    expect(errorMessage(new GlanceError('file-not-gguf', 'English.'))).toMatch(/^这个文件不是 GGUF 文件/);
    const unknown = { code: 'from-the-future', message: 'English.', details: {} } as unknown as GlanceError;
    expect(errorMessage(unknown)).toBe('English.');
  });

  test('says what is kept of a model, and what else to do, as the English messages do', async () => {
    await setLanguage('zh');
    const said = (code: GlanceErrorCode, details: GlanceErrorDetails) =>
      errorMessage({ code, message: 'English.', details: { file: 'm.gguf', ...details } });
    expect(said('download-changed', { kept: false })).toMatch(/正被更改，这次没有保留。请稍后重试/);
    expect(said('download-changed', { kept: true })).toMatch(/^“m\.gguf”.*完好的部分都还在。请继续下载/);
    expect(said('download-changed', {})).toMatch(/正被更改。请稍后重试/);
    expect(said('download-corrupt', { kept: false })).toMatch(/没有保留。请重新下载/);
    expect(said('download-corrupt', { kept: true })).toMatch(/“m\.gguf”.*其余部分都还在。请稍后重试/);
    expect(said('storage-full', { kept: false })).toMatch(/没有保留：.*重新添加/);
    expect(said('storage-full', { kept: true })).toMatch(/都还在：.*然后继续/);
    expect(said('download-failed', { trouble: 'busy' })).toMatch(/已下载的部分会保留，请稍后继续下载/);
    expect(said('download-failed', { unanswered: true })).toMatch(/没有回应：.*不允许其他网站.*从本设备添加/);
    expect(said('download-failed', { unsized: true })).toMatch(/“m\.gguf”有多大.*从本设备添加/);
  });
});

/** Every text and sentence, by its path. */
function* leaves(node: object, path = ''): Generator<[string, unknown]> {
  for (const [key, value] of Object.entries(node as Words)) {
    const at = path === '' ? key : `${path}.${key}`;
    if (typeof value === 'object' && value !== null) yield* leaves(value, at);
    else yield [at, value];
  }
}
