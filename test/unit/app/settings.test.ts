import { describe, expect, test, vi } from 'vitest';
import { PRESETS, presetOf, recommendedSampling } from '../../../src/app/settings/presets.ts';
import {
  DEFAULT_ANSWERS,
  DEFAULT_SETTINGS,
  readAskedWith,
  readConversationSettings,
  readDrawnWith,
  readNumber,
  readSettings,
  requestSettings,
  settingsFor,
} from '../../../src/app/settings/settings.ts';
import { SettingsStore } from '../../../src/app/settings/settings_store.ts';
import { keptTheme, SETTINGS_KEY } from '../../../src/app/settings/theme.ts';
import { checkSampling } from '../../../src/engine/sampler.ts';
import { GREEDY, publishedSampling, SAMPLING_RANGES } from '../../../src/model/sampling.ts';

/** What browsers keep, and tell other tabs of. */
class Shelf {
  readonly values = new Map<string, string>();
  readonly tabs: EventTarget[] = [];

  of(tab: EventTarget) {
    this.tabs.push(tab);
    const tell = (key: string) => {
      for (const other of this.tabs) {
        if (other !== tab) other.dispatchEvent(Object.assign(new Event('storage'), { key }));
      }
    };
    return {
      getItem: (key: string) => this.values.get(key) ?? null,
      setItem: (key: string, value: string) => {
        this.values.set(key, value);
        tell(key);
      },
      removeItem: (key: string) => {
        this.values.delete(key);
        tell(key);
      },
    };
  }
}

function openTab(shelf: Shelf): SettingsStore {
  const tab = new EventTarget();
  return new SettingsStore(shelf.of(tab), tab);
}

describe('settings that are kept', () => {
  test('are there at the next visit, and in the other tab at once', () => {
    const shelf = new Shelf();
    const [one, other] = [openTab(shelf), openTab(shelf)];
    const heard = vi.fn();
    other.subscribe(heard);
    one.change({ systemPrompt: 'Be brief.', theme: 'dark' });
    expect(other.state).toEqual({ ...DEFAULT_SETTINGS, systemPrompt: 'Be brief.', theme: 'dark' });
    expect(heard).toHaveBeenCalledTimes(1);
    // Neither overwrites what the other has set.
    other.change({ characterKeys: false });
    expect(one.state).toMatchObject({ systemPrompt: 'Be brief.', characterKeys: false });
    expect(openTab(shelf).state).toEqual(one.state);
    one.reset();
    expect(other.state).toEqual(DEFAULT_SETTINGS);
    expect(shelf.values.size).toBe(0);
  });

  test('hold for the visit where nothing can be kept', () => {
    const full = {
      getItem: () => null,
      setItem: () => {
        throw new DOMException('Full.', 'QuotaExceededError');
      },
      removeItem: () => {},
    };
    for (const storage of [null, full]) {
      const store = new SettingsStore(storage);
      store.change({ theme: 'light' });
      expect(store.state.theme).toBe('light');
    }
  });

  test.each([
    ['no JSON', '{'],
    ['a number', '7'],
    ['a list', '[]'],
    ['nothing', 'null'],
  ])('are the first ones where %s is kept', (_, text) => {
    const shelf = new Shelf();
    shelf.values.set(SETTINGS_KEY, text);
    expect(openTab(shelf).state).toEqual(DEFAULT_SETTINGS);
  });
});

test('the theme is read before all else, and by itself', () => {
  const shelf = new Shelf();
  const storage = shelf.of(new EventTarget());
  expect(keptTheme(storage)).toBe('system');
  new SettingsStore(storage).change({ theme: 'dark' });
  expect(keptTheme(storage)).toBe('dark');
  for (const text of ['{', 'null', '7', '{"theme":"pink"}']) {
    shelf.values.set(SETTINGS_KEY, text);
    expect(keptTheme(storage)).toBe('system');
  }
  expect(keptTheme(null)).toBe('system');
});

test('each value that is none is left out, and the others stay', () => {
  const read = readSettings({
    systemPrompt: 7,
    theme: 'pink',
    characterKeys: 'no',
    answers: {
      sampling: { temperature: 2.5, topP: 0.5, topK: 1.5, minP: '0.1', repetitionPenalty: 1.1, __proto__: 3 },
      seed: -1,
      maxTokens: 0,
      stop: ['END', '', 7, 'a', 'b', 'c', 'd'],
      thinking: 'yes',
      thinkingBudget: 100,
    },
  });
  expect(read).toEqual({
    ...DEFAULT_SETTINGS,
    answers: {
      ...DEFAULT_ANSWERS,
      sampling: { topP: 0.5, repetitionPenalty: 1.1 },
      stop: ['END', 'a', 'b', 'c'],
      thinkingBudget: 100,
    },
  });
  expect(readSettings({ systemPrompt: 'x'.repeat(50_000) }).systemPrompt).toHaveLength(20_000);
});

test('whatever may be set is what the engine takes', () => {
  for (const [option, [least, most]] of Object.entries(SAMPLING_RANGES)) {
    for (const value of [least, most, least - 1, most + 1]) {
      const { sampling } = readSettings({ answers: { sampling: { [option]: value } } }).answers;
      const check = () => checkSampling({ ...GREEDY, [option]: value });
      if (option in sampling) expect(check).not.toThrow();
      else expect(check).toThrow();
    }
  }
});

test('a conversation has of its own what was set for it, the prompt apart from the rest', () => {
  const all = { ...DEFAULT_SETTINGS, systemPrompt: 'For all.' };
  const answers = { ...DEFAULT_ANSWERS, seed: 3 };
  expect(settingsFor(all, {})).toEqual({ systemPrompt: 'For all.', answers: DEFAULT_ANSWERS });
  expect(settingsFor(all, { systemPrompt: '' })).toEqual({ systemPrompt: '', answers: DEFAULT_ANSWERS });
  expect(settingsFor(all, { answers })).toEqual({ systemPrompt: 'For all.', answers });
  expect(readConversationSettings({})).toEqual({});
  expect(readConversationSettings({ systemPrompt: '', answers: { seed: 3 } })).toEqual({
    systemPrompt: '',
    answers,
  });
});

test('a request says what was set, and nothing that the model cannot do', () => {
  const { answers } = readSettings({
    answers: {
      sampling: { temperature: 0 },
      seed: 0,
      maxTokens: 9,
      stop: ['.'],
      thinking: false,
      thinkingBudget: 0,
    },
  });
  const always = { sampling: { temperature: 0 }, seed: 0, maxTokens: 9, stop: ['.'] };
  expect(requestSettings(answers, { thinking: 'never' })).toEqual(always);
  expect(requestSettings(answers, { thinking: 'switchable' })).toEqual({ ...always, thinking: false });
  expect(requestSettings(answers, { thinking: 'always' })).toEqual({ ...always, thinkingBudget: 0 });
  expect(requestSettings({ ...answers, thinking: true }, { thinking: 'switchable' })).toEqual({
    ...always,
    thinking: true,
    thinkingBudget: 0,
  });
  expect(requestSettings(DEFAULT_ANSWERS, { thinking: 'switchable' })).toEqual({});
});

test('what an answer was asked with is read back whole, or not at all', () => {
  const asked = {
    systemPrompt: 'Be brief.',
    answers: { ...DEFAULT_ANSWERS, seed: 8 },
    model: 'pico',
    deviceName: 'CPU',
    contextLength: 4096,
  };
  expect(readAskedWith(JSON.parse(JSON.stringify(asked)))).toEqual(asked);
  expect(readAskedWith({ ...asked, model: 3 })).toBeNull();
  expect(readAskedWith(undefined)).toBeNull();
  expect(readDrawnWith({ ...GREEDY })).toEqual(GREEDY);
  expect(readDrawnWith({ ...GREEDY, topK: 0.5 })).toBeNull();
});

describe('presets', () => {
  test('are found again by their values', () => {
    expect(presetOf({})).toBe('recommended');
    for (const { id, sampling } of PRESETS) expect(presetOf({ ...sampling })).toBe(id);
    expect(presetOf({ temperature: 0.33 })).toBe('own');
  });

  test('what is recommended follows the mode, and the file', () => {
    const model = {
      architecture: 'qwen3',
      thinking: 'switchable',
      thinksUnasked: true,
      fileSampling: {},
    } as const;
    const thinking = publishedSampling({ architecture: 'qwen3', thinking: true, pictures: false });
    const direct = publishedSampling({ architecture: 'qwen3', thinking: false, pictures: false });
    expect(recommendedSampling(model, null, false)).toEqual(thinking);
    expect(recommendedSampling(model, false, false)).toEqual(direct);
    expect(recommendedSampling({ ...model, fileSampling: { topK: 3 } }, false, false)).toEqual({
      ...direct,
      topK: 3,
    });
    const vision = { ...model, architecture: 'qwen3vl', thinking: 'never', thinksUnasked: false } as const;
    expect(recommendedSampling(vision, null, true).presencePenalty).toBe(1.5);
    expect(recommendedSampling(vision, null, false).presencePenalty).toBe(2);
    expect(recommendedSampling({ ...vision, fileSampling: { temperature: 0 } }, null, true)).toEqual(GREEDY);
  });
});

test.each([
  ['1,000', true, 1000],
  ['4.096', true, 4096],
  ['12 345', true, 12345],
  ['1,5', true, Number.NaN],
  ['512', true, 512],
  ['0,7', false, 0.7],
  ['0.7', false, 0.7],
])('the number "%s" (whole: %s) is %d', (text, whole, number) => {
  expect(readNumber(text, whole)).toBe(number);
});

test('a change after one that could not be kept does not undo it', () => {
  const full = {
    getItem: () => null,
    setItem: () => {
      throw new DOMException('full', 'QuotaExceededError');
    },
    removeItem: () => {},
  };
  const store = new SettingsStore(full);
  store.change({ theme: 'dark' });
  store.change({ systemPrompt: 'Be brief.' });
  expect(store.state).toMatchObject({ theme: 'dark', systemPrompt: 'Be brief.' });
});
