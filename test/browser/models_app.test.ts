/** The page around the models' view, with workers that the test plays. */
import { afterEach, expect, test, vi } from 'vitest';
import '../../src/app/elements/app.ts';
// The parts that come later are here before they are wanted: no test waits until they are fetched.
import '../../src/app/elements/models.ts';
import '../../src/app/elements/parts.ts';
import type { DeviceChoice } from '../../src/app/device.ts';
import type { SessionModel } from '../../src/app/model_loader.ts';
import { Session, type SessionClient } from '../../src/app/session.ts';
import { SettingsStore } from '../../src/app/settings/settings_store.ts';
import { ModelShelf, type ShelfClient } from '../../src/app/shelf.ts';
import { GlanceError, type GlanceErrorCode } from '../../src/model/errors.ts';
import type { LoadOptions } from '../../src/rpc/contract.ts';

const LARGE = 'Qwen/Qwen3-VL-4B-Instruct-GGUF@main/Qwen3VL-4B-Instruct-Q4_K_M.gguf';
const demo = { id: null, source: { kind: 'url', text: 'https://host.example/pico.gguf' } } as const;
const large = { id: LARGE, source: { kind: 'stored', text: LARGE }, contextLength: 8192 } as const;

/** The page, on a machine whose memory never does. */
async function open(
  first: SessionModel = large,
  device: DeviceChoice = 'auto',
  code: GlanceErrorCode = 'out-of-memory',
) {
  const loads: LoadOptions[] = [];
  const client: SessionClient = {
    load: async (options) => {
      loads.push(options);
      throw new GlanceError(code, 'There is no memory for it.');
    },
    chat: () => new Promise(() => {}),
    close: () => {},
  };
  const imported = vi.fn(async () => ({}) as never);
  const never = () => new Promise<never>(() => {});
  const shelfClient: ShelfClient = {
    download: never,
    import: imported,
    inspect: never,
    list: never,
    verify: never,
    pause: never,
    resume: never,
    stop: never,
    models: async () => [],
    delete: never,
    exportFile: never,
    watch: () => () => {},
  };
  const app = document.createElement('glance-app');
  app.session = new Session(client, { source: demo.source, firstModel: async () => first, device });
  app.shelf = new ModelShelf(shelfClient, 'https://models.example/', async () => ({
    machine: { gpu: null, memoryBytes: null, handheld: false, availableBytes: null },
    space: { availableBytes: null, usedBytes: null, persisted: false },
  }));
  app.settings = new SettingsStore(null);
  app.demo = demo;
  document.body.replaceChildren(app);
  return { app, loads, imported };
}

afterEach(() => {
  document.body.replaceChildren();
});

/** A button anywhere in the page's shadow trees. */
function button(root: ParentNode, words: RegExp): HTMLButtonElement | undefined {
  for (const element of root.querySelectorAll('*')) {
    if (element instanceof HTMLButtonElement && words.test(element.textContent ?? '')) return element;
    const found = element.shadowRoot && button(element.shadowRoot, words);
    if (found) return found;
  }
  return undefined;
}

async function press(root: ParentNode, words: RegExp): Promise<void> {
  await vi.waitFor(() => expect(button(root, words)).toBeDefined(), 5000);
  button(root, words)!.click();
}

test('where memory is short the next smaller choice is offered, and the demo model', async () => {
  const { app, loads } = await open();
  await press(document, /^\s*Use a context of 4,096 tokens\s*$/);
  await press(document, /^\s*Use a context of 2,048 tokens\s*$/);
  await press(document, /^\s*Try Qwen3-VL 2B Instruct in Q4_K_M\s*$/);
  const view = app.shadowRoot!.querySelector('glance-models')!;
  await vi.waitFor(() => expect(view.open).toBe(true), 5000);
  view.shadowRoot!.querySelector('dialog')!.close();
  await press(document, /^\s*Use the demo model\s*$/);
  await vi.waitFor(() => expect(loads).toHaveLength(4), 5000);
  expect(loads.map(({ contextLength }) => contextLength)).toEqual([8192, 4096, 2048, undefined]);
  expect(loads.map(({ source }) => source.kind)).toEqual(['stored', 'stored', 'stored', 'url']);
});

test('where a model is too large for the CPU that was chosen, another device is offered, and no shorter context', async () => {
  const { loads } = await open(large, 'wasm', 'model-too-large');
  await press(document, /^\s*Choose automatically\s*$/);
  // Nobody has chosen the CPU any more.
  await vi.waitFor(() => expect(loads).toHaveLength(2), 5000);
  await vi.waitFor(() => expect(button(document, /^\s*Load again\s*$/)).toBeDefined(), 5000);
  expect(button(document, /Choose another model/)).toBeDefined();
  expect(button(document, /Use the demo model/)).toBeDefined();
  expect(button(document, /Use a context of|Try Qwen/)).toBeUndefined();
  expect(loads.map(({ device }) => device)).toEqual(['wasm', 'auto']);
});

test('a model of no catalogue is tried with half the context, as long as there is one', async () => {
  const own = { id: 'local:1', source: { kind: 'stored', text: 'local:1/a.gguf' }, contextLength: 4096 };
  const { loads } = await open(own as SessionModel);
  await press(document, /^\s*Use a context of 2,048 tokens\s*$/);
  await vi.waitFor(() => expect(loads).toHaveLength(2), 5000);
  await vi.waitFor(() => expect(button(document, /Use a context of/)).toBeUndefined(), 5000);
  await vi.waitFor(() => expect(button(document, /Choose another model/)).toBeDefined(), 5000);
  expect(button(document, /Use a context of/)).toBeUndefined();
  expect(loads.map(({ contextLength }) => contextLength)).toEqual([4096, 2048]);
});

test('model files that are dropped on the page go to the models, pictures to the question', async () => {
  const { app, imported } = await open();
  await app.updateComplete;
  const drop = (...names: string[]) => {
    const dataTransfer = new DataTransfer();
    for (const name of names) dataTransfer.items.add(new File(['x'], name));
    dispatchEvent(new DragEvent('drop', { dataTransfer, cancelable: true }));
  };
  drop('mmproj-m.gguf', 'm.gguf');
  await vi.waitFor(() => expect(imported).toHaveBeenCalledTimes(1), 5000);
  const [[model]] = imported.mock.calls as unknown as [[{ text: File[]; vision: File }]];
  expect([model.text[0]!.name, model.vision.name]).toEqual(['m.gguf', 'mmproj-m.gguf']);
  expect(app.session.state.conversation.notices).toEqual([]);
});

test('what is pressed in the panel of the model before its opening is told of keeps the focus', async () => {
  const { app } = await open();
  await app.updateComplete;
  await vi.waitFor(() => expect(button(document, /No model/)).toBeDefined(), 5000);
  const chip = button(document, /No model/)!;
  const panel = chip.nextElementSibling!;
  const told = new Promise((resolve) => panel.addEventListener('toggle', resolve, { once: true }));
  chip.click();
  const devices = panel.querySelector('glance-device-choice')!.shadowRoot!;
  const processor = [...devices.querySelectorAll('input')].at(-1)!;
  processor.focus();
  processor.click();
  await told;
  await new Promise((resolve) => setTimeout(resolve));
  expect(devices.activeElement).toBe(processor);
});
