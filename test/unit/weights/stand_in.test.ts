import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TokenType } from '../../../src/model/tokenizer.ts';
import { bytesSource } from '../../../src/weights/byte_source.ts';
import { readableFormats } from '../../../src/weights/formats/index.ts';
import { type GgufFile, readGguf, readTensorF32 } from '../../../src/weights/gguf.ts';
import { readTextConfig, readVisionConfig } from '../../../src/weights/model_config.ts';
import { expectedVisionTensors } from '../../../src/weights/tensor_names.ts';
import { readChatTemplate, readTokenizerData } from '../../../src/weights/tokenizer_data.ts';
import { publishedModels } from '../../make_model/configs.ts';
import { visionFormats } from '../../make_model/quant_mix.ts';
import { fillWithWeights } from '../../make_model/random_weights.ts';
import { tensorBytes, tensorsOfText, writeStandIn } from '../../make_model/write.ts';
import { randomFrom } from '../../support/random.ts';
import { publishedTemplate } from '../../support/templates.ts';

type Tensors = ReturnType<typeof tensorsOfText>;

function totalBytes({ shapes, formats }: Tensors): number {
  return [...shapes].reduce((sum, [name, shape]) => sum + tensorBytes(shape, formats.get(name)!), 0);
}

const model = (like: string) => publishedModels.get(like)!;

describe('tensors take what they take in the published files, where a header is the rest', () => {
  // Sizes of the files in Qwen's own repositories; their headers hold the same 151,936 tokens and their merges.
  test.each([
    ['qwen3-vl-2b', 'Q4_K_M', 1_107_409_952],
    ['qwen3-vl-2b', 'Q8_0', 1_834_427_424],
    ['qwen3-vl-4b', 'Q4_K_M', 2_497_281_664],
    ['qwen3-vl-4b', 'Q8_0', 4_280_406_144],
    ['qwen3-vl-8b', 'Q4_K_M', 5_027_784_800],
    ['qwen3-vl-8b', 'Q8_0', 8_709_519_456],
    ['qwen3-0.6b', 'Q8_0', 639_446_688],
    ['qwen3-1.7b', 'Q8_0', 1_834_426_016],
    ['qwen3-4b', 'Q4_K_M', 2_497_280_256],
  ])('%s in %s', (like, quant, fileBytes) => {
    const headerBytes = fileBytes - totalBytes(tensorsOfText(model(like), quant));
    expect(headerBytes).toBeGreaterThan(5_945_000);
    expect(headerBytes).toBeLessThan(5_960_000);
  });

  test.each([
    ['qwen3-vl-2b', 'Q8_0', 445_053_216],
    ['qwen3-vl-2b', 'F16', 819_394_848],
    ['qwen3-vl-4b', 'Q8_0', 453_974_304],
    ['qwen3-vl-8b', 'Q8_0', 752_289_728],
    ['qwen3-vl-8b', 'F16', 1_159_029_824],
  ] as const)("%s's vision encoder in %s", (like, quant, fileBytes) => {
    const shapes = expectedVisionTensors(model(like).vision!);
    const headerBytes = fileBytes - totalBytes({ shapes, formats: visionFormats(shapes, quant) });
    expect(headerBytes).toBeGreaterThan(15_000);
    expect(headerBytes).toBeLessThan(25_000);
  });
});

const layersIn = ({ formats }: Tensors, part: string, format: string): number[] =>
  [...formats].flatMap(([name, { name: stored }]) =>
    name.endsWith(`.${part}.weight`) && stored === format ? [Number(name.split('.')[1])] : [],
  );

test('Q4_K_M gives more bits to the outer layers and to every third', () => {
  const tensors = tensorsOfText(model('qwen3-vl-2b'), 'Q4_K_M');
  const more = [0, 1, 2, 5, 8, 11, 14, 17, 20, 23, 24, 25, 26, 27];
  expect(layersIn(tensors, 'attn_v', 'Q6_K')).toEqual(more);
  expect(layersIn(tensors, 'ffn_down', 'Q6_K')).toEqual(more);
  expect(layersIn(tensors, 'ffn_up', 'Q4_K')).toHaveLength(28);
  expect(tensors.formats.get('token_embd.weight')!.name).toBe('Q6_K');
  const untied = tensorsOfText(model('qwen3-vl-8b'), 'Q4_K_M').formats;
  expect(untied.get('token_embd.weight')!.name).toBe('Q4_K');
  expect(untied.get('output.weight')!.name).toBe('Q6_K');
  expect(untied.get('blk.3.attn_q_norm.weight')!.name).toBe('F32');
});

describe('a small stand-in', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stand-in-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function write(like: string, quant: string, scale: number): Promise<[GgufFile, GgufFile | null]> {
    const visionQuant = 'Q8_0';
    const written = await writeStandIn({ like, quant, visionQuant, scale, seed: 5, folder });
    const [text, vision] = await Promise.all(
      written.map(async ({ path, bytes }) => {
        const contents = await readFile(path);
        expect(contents.length).toBe(bytes);
        return readGguf(bytesSource(contents, path));
      }),
    );
    return [text!, vision ?? null];
  }

  test('opens with every format that its larger model has', async () => {
    const [text, vision] = await write('qwen3-vl-2b', 'Q4_K_M', 8);
    expect(readTextConfig(text)).toMatchObject({
      hiddenSize: 256,
      layerCount: 4,
      headCount: 2,
      ffnSize: 768,
    });
    expect(readTokenizerData(text).tokens.length).toBe(readTextConfig(text).vocabSize);
    expect(text.tensors.get('token_embd.weight')!.format.name).toBe('Q6_K');
    // Of 4 layers the third and the last.
    const stored = [0, 1, 2, 3].map((layer) => text.tensors.get(`blk.${layer}.ffn_down.weight`)!.format.name);
    expect(stored).toEqual(['Q4_K', 'Q4_K', 'Q6_K', 'Q6_K']);
    expect(text.tensors.get('blk.0.attn_q.weight')!.format.name).toBe('Q4_K');
    expect(readVisionConfig(vision!)).toMatchObject({ projectionSize: 256, deepstackBlocks: [0, 1, 2] });
    expect(vision!.tensors.get('mm.2.weight')!.format.name).toBe('Q8_0');
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
    for (const file of [text, vision!]) {
      for (const tensor of file.tensors.values()) {
        const values = await readTensorF32(file, tensor);
        expect(values.every(Number.isFinite)).toBe(true);
      }
    }
  });

  test('has the formats that llama.cpp falls back to where rows are short', async () => {
    const [text, vision] = await write('qwen3-vl-8b', 'Q4_K_M', 32);
    expect(text.tensors.get('output.weight')!.format.name).toBe('Q8_0');
    expect(text.tensors.get('token_embd.weight')!.format.name).toBe('Q5_0');
    expect(text.tensors.get('blk.2.attn_v.weight')!.format.name).toBe('Q8_0');
    // Rows of no multiple of 32 fit no block.
    expect(vision!.tensors.get('v.blk.0.ffn_down.weight')!.format.name).toBe('F16');
    expect(readVisionConfig(vision!).ffnSize % 32).not.toBe(0);
  });

  test('is the same for the same seed, and of text only where the model is', async () => {
    const [first] = await write('qwen3-0.6b', 'Q5_K_M', 4);
    const [second, none] = await write('qwen3-0.6b', 'Q5_K_M', 4);
    expect(none).toBeNull();
    const { size } = first.source;
    expect(second.source.size).toBe(size);
    const [before, after] = [await first.source.read(0, size), await second.source.read(0, size)];
    expect(Buffer.compare(before, after)).toBe(0);
  });

  test('has a published template where it is asked for, and the tokens that go with it', async () => {
    const template = 'qwen3-vl-thinking';
    const options = { like: 'qwen3-0.6b', quant: 'Q8_0', visionQuant: 'Q8_0', scale: 8, seed: 5 } as const;
    const [plain] = await write('qwen3-0.6b', 'Q8_0', 8);
    const [file] = await writeStandIn({ ...options, template, folder });
    const text = await readGguf(bytesSource(await readFile(file!.path), file!.path));
    expect(readChatTemplate(text)).toBe(publishedTemplate(template));
    const { tokens, tokenTypes } = readTokenizerData(text);
    expect(tokens.length).toBe(readTokenizerData(plain).tokens.length);
    const marks = [
      '<think>',
      '</think>',
      '<tool_call>',
      '</tool_call>',
      '<tool_response>',
      '</tool_response>',
    ];
    for (const mark of marks) {
      expect(tokenTypes![tokens.indexOf(mark)]).toBe(TokenType.userDefined);
    }
    expect(readTokenizerData(plain).tokens).not.toContain('<tool_response>');
  });

  test('is refused under names that nobody knows', async () => {
    await expect(write('qwen3-vl-3b', 'Q8_0', 8)).rejects.toThrow('--like must be one of: qwen3-vl-2b,');
    await expect(write('qwen3-vl-2b', 'IQ2_S', 8)).rejects.toThrow('--quant must be one of: F32,');
  });
});

test.each(readableFormats)('random weights in $name are as large as asked', (format) => {
  const random = randomFrom(2);
  const bytes = new Uint8Array((2 ** 18 / format.blockSize) * format.blockBytes);
  const deviation = 0.022;
  fillWithWeights(format, bytes, deviation, () => Math.floor(random() * 2 ** 32));
  const values = new Float32Array(2 ** 18);
  format.dequantize(bytes, values);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  // Signed quants reach one step further down than up. Plain floats keep to a power of two.
  expect(Math.abs(mean)).toBeLessThan(deviation * 0.12);
  const ratio = Math.sqrt(square) / deviation;
  expect(ratio).toBeGreaterThan(format.blockSize > 1 ? 0.9 : 0.5);
  expect(ratio).toBeLessThan(format.blockSize > 1 ? 1.1 : 1.001);
});
