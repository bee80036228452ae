import { expect, test } from 'vitest';
import { catalogue, downloadBytes, downloadOf, entryOf } from '../../../src/store/catalogue.ts';
import { expectedTextTensors, expectedVisionTensors } from '../../../src/weights/tensor_names.ts';
import { publishedModels } from '../../make_model/configs.ts';
import { quantMixes, textFormats, visionFormats } from '../../make_model/quant_mix.ts';
import { tensorBytes } from '../../make_model/write.ts';

/** The stand-in's dimensions for an entry. */
const dimensionsOf = (id: string) => publishedModels.get(id.replace(/-(?:instruct|thinking)$/, ''))!;

test('dimensions and parameters are those of the stand-ins', () => {
  expect(catalogue.map(({ id }) => id)).toEqual([...new Set(catalogue.map(({ id }) => id))]);
  for (const { id, dimensions, parameterCount } of catalogue) {
    const { text, vision } = dimensionsOf(id);
    expect(text, id).toMatchObject(dimensions.text);
    if (dimensions.vision === null) expect(vision, id).toBeNull();
    else expect(vision, id).toMatchObject(dimensions.vision);
    const shapes = [...expectedTextTensors(text), ...(vision ? expectedVisionTensors(vision) : [])];
    const elements = shapes.reduce((sum, [, shape]) => sum + shape.reduce((a, b) => a * b, 1), 0);
    // Published counts take the patch embedding's bias and the like the same way.
    expect(Math.abs(elements / parameterCount - 1), id).toBeLessThan(1e-3);
  }
});

test('sizes of files are what their tensors take, and a header', () => {
  for (const { id, texts, vision } of catalogue) {
    const model = dimensionsOf(id);
    const shapes = expectedTextTensors(model.text);
    for (const { quantization, bytes } of texts) {
      const formats = textFormats(shapes, model.text.layerCount, quantMixes.get(quantization)!);
      const tensors = [...shapes].reduce(
        (sum, [name, shape]) => sum + tensorBytes(shape, formats.get(name)!),
        0,
      );
      expect(bytes - tensors, `${id} ${quantization}`).toBeGreaterThan(5_900_000);
      expect(bytes - tensors, `${id} ${quantization}`).toBeLessThan(6_000_000);
    }
    if (vision === null) continue;
    const parts = expectedVisionTensors(model.vision!);
    const formats = visionFormats(parts, 'Q8_0');
    const tensors = [...parts].reduce(
      (sum, [name, shape]) => sum + tensorBytes(shape, formats.get(name)!),
      0,
    );
    expect(vision.bytes - tensors, id).toBeGreaterThan(10_000);
    expect(vision.bytes - tensors, id).toBeLessThan(30_000);
  }
});

test('a download names both files at any mirror, and is the same model there', () => {
  const entry = catalogue.find(({ id }) => id === 'qwen3-vl-4b-thinking')!;
  const file = entry.texts[0]!;
  const here = downloadOf(entry, file, 'https://huggingface.co/');
  const there = downloadOf(entry, file, 'https://models.example/hub/');
  expect(here).toEqual({
    id: 'Qwen/Qwen3-VL-4B-Thinking-GGUF@main/Qwen3VL-4B-Thinking-Q4_K_M.gguf',
    name: 'Qwen3-VL 4B Thinking Q4_K_M',
    text: 'https://huggingface.co/Qwen/Qwen3-VL-4B-Thinking-GGUF/resolve/main/Qwen3VL-4B-Thinking-Q4_K_M.gguf',
    vision:
      'https://huggingface.co/Qwen/Qwen3-VL-4B-Thinking-GGUF/resolve/main/mmproj-Qwen3VL-4B-Thinking-Q8_0.gguf',
  });
  expect(there.text).toBe(
    'https://models.example/hub/Qwen/Qwen3-VL-4B-Thinking-GGUF/resolve/main/Qwen3VL-4B-Thinking-Q4_K_M.gguf',
  );
  expect(there.id).toBe(here.id);
  expect(entryOf(here.id)).toEqual({ entry, file });
  expect(entryOf('local:abc')).toBeNull();
  expect(downloadBytes(entry, file)).toBe(2_497_281_472 + 453_974_304);
});

test('text models bring no vision file', () => {
  const entry = catalogue.find(({ id }) => id === 'qwen3-0.6b')!;
  expect(downloadOf(entry, entry.texts[0]!, 'https://huggingface.co/')).not.toHaveProperty('vision');
});
