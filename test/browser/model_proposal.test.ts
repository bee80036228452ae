import { afterEach, expect, test, vi } from 'vitest';
import '../../src/app/elements/model_proposal.ts';
import type { Finding } from '../../src/app/elements/model_proposal.ts';
import type { ModelInspection } from '../../src/model/storage.ts';
import { catalogue } from '../../src/store/catalogue.ts';
import type { Machine } from '../../src/store/fit.ts';
import { type ListedFile, modelFiles } from '../../src/store/reference.ts';

const REPOSITORY = { base: 'https://models.example/', repo: 'owner/X-GGUF', revision: 'main' };
const machine: Machine = {
  gpu: { name: 'GPU', software: false, maxBufferSize: 2 ** 32, maxStorageBufferBindingSize: 2 ** 32 - 4 },
  memoryBytes: 16 * 2 ** 30,
  handheld: false,
  availableBytes: null,
};
const inspection: ModelInspection = {
  sizeBytes: 1e9,
  outline: { dimensions: catalogue[0]!.dimensions, parameterCount: 2e9, license: null },
};

/** The proposal for some files once the server has told of them. */
async function propose(listed: readonly ListedFile[], quantization: string | null = null) {
  const finding: Finding = { files: modelFiles(REPOSITORY, listed), quantization, text: null };
  const proposal = document.createElement('glance-model-proposal');
  const inspect = vi.fn(async () => inspection);
  Object.assign(proposal, { finding, machine, inspect });
  document.body.replaceChildren(proposal);
  const shown = () => proposal.shadowRoot!;
  await vi.waitFor(() => expect(shown().querySelector('.facts')).not.toBeNull(), 5000);
  const download = () => shown().querySelector<HTMLButtonElement>('.filled-button')!;
  return { shown, download };
}

afterEach(() => {
  document.body.replaceChildren();
});

test('a quantisation that Glance cannot read is not offered, and it says why', async () => {
  const files = ['X-Q4_K_M.gguf', 'X-IQ4_XS.gguf', 'X-Q3_K_M.gguf'].map((path) => ({ path, size: 1e9 }));
  const usual = await propose(files);
  expect(usual.download().disabled).toBe(false);
  expect(usual.shown().textContent).toContain('Fits');

  const named = await propose(files, 'IQ4_XS');
  expect(named.download().disabled).toBe(true);
  expect(named.shown().textContent).toContain('Glance does not read IQ4_XS.');
  expect(named.shown().textContent).not.toContain('Fits');

  const alone = await propose(files.slice(2));
  expect(alone.download().disabled).toBe(true);
  expect(alone.shown().textContent).toContain('Glance does not read Q3_K_M.');
});

test('nor one of the half that sees, until the model goes without it', async () => {
  const files = ['X-Q4_K_M.gguf', 'mmproj-X-Q2_K.gguf'].map((path) => ({ path, size: 1e9 }));
  const { shown, download } = await propose(files);
  expect(download().disabled).toBe(true);
  expect(shown().textContent).toContain('Glance does not read Q2_K.');
  const seesWith = shown().querySelector('select');
  seesWith!.value = '';
  seesWith!.dispatchEvent(new Event('change'));
  await vi.waitFor(() => expect(download().disabled).toBe(false), 5000);
});
