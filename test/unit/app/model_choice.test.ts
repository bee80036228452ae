import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BUILT_HUB, chosenHub, keepHub } from '../../../src/app/hub_setting.ts';
import {
  diedLoading,
  keepChoice,
  keptChoice,
  rememberModel,
  sessionModel,
} from '../../../src/app/model_choice.ts';
import type { SessionModel } from '../../../src/app/model_loader.ts';
import { Session, type SessionClient } from '../../../src/app/session.ts';
import { GlanceError } from '../../../src/model/errors.ts';
import type { LoadOptions, ModelInfo } from '../../../src/rpc/contract.ts';

/** As much of a Storage as is used. */
class Notes {
  readonly #kept = new Map<string, string>();
  getItem = (key: string): string | null => this.#kept.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.#kept.set(key, value);
  removeItem = (key: string): void => void this.#kept.delete(key);
}

const newStorage = () => new Notes() as unknown as Storage;
const demo = { kind: 'url', text: 'https://host.example/pico.gguf' } as const;
const large: SessionModel = {
  id: 'big',
  source: { kind: 'stored', text: 'big', vision: 'eye' },
  contextLength: 8192,
};

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A session whose loads the test ends, in order. */
function setUp(firstModel?: () => Promise<SessionModel | null>) {
  const loads: {
    options: LoadOptions;
    resolve: (info: ModelInfo) => void;
    reject: (error: Error) => void;
  }[] = [];
  const client: SessionClient = {
    load: (options) => new Promise((resolve, reject) => loads.push({ options, resolve, reject })),
    chat: () => new Promise(() => {}),
    close: () => {},
  };
  const session = new Session(client, { source: demo, ...(firstModel && { firstModel }) });
  return { session, loads };
}

beforeEach(() => {
  vi.stubGlobal('addEventListener', vi.fn());
});

afterEach(() => {
  vi.unstubAllGlobals();
});

test('the model that was loaded last is remembered, with its context; the demo model is not', () => {
  const storage = newStorage();
  expect(keptChoice(storage)).toBeNull();
  keepChoice(large, storage);
  expect(keptChoice(storage)).toEqual({ id: 'big', contextLength: 8192 });
  keepChoice({ id: null, source: demo }, storage);
  expect(keptChoice(storage)).toBeNull();
  for (const broken of ['{', '3', '{"id":3}']) {
    storage.setItem('glance-model', broken);
    expect(keptChoice(storage), broken).toBeNull();
  }
  expect(keptChoice(null)).toBeNull();
  expect(sessionModel({ id: 'big', text: 'big', vision: 'eye' }, 8192)).toEqual(large);
});

test('the session loads another model with its context, keeps the conversation, and remembers what was ready', async () => {
  const { session, loads } = setUp();
  const [storage, tab] = [newStorage(), newStorage()];
  rememberModel(session, storage, tab);
  void session.load();
  loads[0]!.resolve({ name: 'pico' } as ModelInfo);
  await settled();
  session.type('What is it?');
  void session.useModel(large);
  await settled();
  expect(loads[1]!.options).toEqual({ source: large.source, device: 'auto', contextLength: 8192 });
  expect(session.state.chosen).toBe(large);
  expect(session.state.conversation.draft.text).toBe('What is it?');
  // A tab that dies now does not try again.
  expect(diedLoading(tab)).toBe('big');
  expect(keptChoice(storage)).toBeNull();
  loads[1]!.resolve({ name: 'big' } as ModelInfo);
  await settled();
  expect(diedLoading(tab)).toBeNull();
  expect(keptChoice(storage)?.id).toBe('big');
  // The same once more is nothing; another context is.
  void session.useModel({ ...large });
  expect(loads).toHaveLength(2);
  void session.useModel({ ...large, contextLength: 2048 });
  await settled();
  expect(loads[2]!.options.contextLength).toBe(2048);
  loads[2]!.reject(new GlanceError('out-of-memory', 'Too large.'));
  await settled();
  expect(session.state.model).toMatchObject({ status: 'failed' });
  expect(diedLoading(tab)).toBeNull();
  expect(keptChoice(storage)?.contextLength).toBe(8192);
});

test("an earlier visit's model takes the demo model's place, unless it is gone or another was chosen", async () => {
  const first = setUp(async () => large);
  void first.session.load();
  await settled();
  expect(first.loads.map(({ options }) => options.source)).toEqual([large.source]);

  const gone = setUp(async () => null);
  void gone.session.load();
  await settled();
  expect(gone.loads[0]!.options.source).toEqual(demo);

  const broken = setUp(async () => {
    throw new GlanceError('storage-unavailable', 'No.');
  });
  void broken.session.load();
  await settled();
  expect(broken.loads[0]!.options.source).toEqual(demo);

  let late: (model: SessionModel) => void = () => {};
  const overtaken = setUp(() => new Promise((resolve) => (late = resolve)));
  void overtaken.session.load();
  const other = { id: 'other', source: { kind: 'stored', text: 'other' } } as const;
  void overtaken.session.useModel(other);
  late(large);
  await settled();
  expect(overtaken.loads.map(({ options }) => options.source)).toEqual([other.source]);
  expect(overtaken.session.state.chosen).toBe(other);
});

test('a mirror that was chosen is kept; the built one is not written down', () => {
  const storage = newStorage();
  expect(chosenHub(storage)).toBe(BUILT_HUB);
  keepHub('https://models.example/hub/', storage);
  expect(chosenHub(storage)).toBe('https://models.example/hub/');
  keepHub(BUILT_HUB, storage);
  expect(storage.getItem('glance-hub')).toBeNull();
  storage.setItem('glance-hub', 'nonsense');
  expect(chosenHub(storage)).toBe(BUILT_HUB);
  expect(BUILT_HUB.endsWith('/')).toBe(true);
});
