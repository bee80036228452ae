/** What a GGUF pair says about its model, and the files that are refused. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { TextConfig } from '../../../src/model/config.ts';
import type { GlanceError } from '../../../src/model/errors.ts';
import { Tokenizer } from '../../../src/model/tokenizer.ts';
import { type ByteSource, bytesSource } from '../../../src/weights/byte_source.ts';
import { F16 } from '../../../src/weights/formats/f16.ts';
import { F32 } from '../../../src/weights/formats/f32.ts';
import { Q8_0 } from '../../../src/weights/formats/q8_0.ts';
import { type GgufFile, readGguf } from '../../../src/weights/gguf.ts';
import {
  checkPair,
  peekText,
  peekVision,
  readModelCard,
  readTextConfig,
  readVisionConfig,
} from '../../../src/weights/model_config.ts';
import { expectedTextTensors } from '../../../src/weights/tensor_names.ts';
import { readChatTemplate, readTokenizerData } from '../../../src/weights/tokenizer_data.ts';
import { bool, float32, list, type TypedValue, text, uint32, writeGguf } from '../../support/gguf_writer.ts';
import {
  randomTensors,
  textMetadata,
  tinyTextConfig,
  tinyVisionConfig,
  writeSyntheticText,
  writeSyntheticVision,
} from '../../support/synthetic_model.ts';
import { variedTexts } from '../../support/texts.ts';
import { trainVocabulary } from '../../support/vocabulary.ts';

const vocabulary = trainVocabulary(variedTexts(50, 1), 40);
const vocabSize = vocabulary.tokens.length;

const textFile = (options: Parameters<typeof writeSyntheticText>[1] = {}) =>
  readGguf(bytesSource(writeSyntheticText(vocabulary, options), 'text.gguf'));
const visionFile = (options: Parameters<typeof writeSyntheticVision>[0] = {}) =>
  readGguf(bytesSource(writeSyntheticVision(options), 'mmproj.gguf'));

/** A text file whose metadata or tensors were changed on the way. */
async function changedText(
  change: (metadata: Map<string, TypedValue>, tensors: ReturnType<typeof randomTensors>) => void,
): Promise<GgufFile> {
  const config = { ...tinyTextConfig, vocabSize };
  const metadata = textMetadata(config, vocabulary);
  const tensors = randomTensors(expectedTextTensors(config), F32);
  change(metadata, tensors);
  return readGguf(bytesSource(writeGguf({ metadata, tensors }), 'text.gguf'));
}

const f32 = (value: number) => expect.closeTo(value, 8);

/** A source that tells how far it was read. */
function watched(bytes: Uint8Array, name: string): ByteSource & { readonly end: number } {
  const source = bytesSource(bytes, name);
  let end = 0;
  return {
    ...source,
    read: (offset, length) => {
      end = Math.max(end, offset + length);
      return source.read(offset, length);
    },
    get end() {
      return end;
    },
  };
}

describe('the beginning of a file', () => {
  const config: TextConfig = {
    ...tinyTextConfig,
    architecture: 'qwen3',
    vocabSize,
    mropeSections: null,
    deepstackLayerCount: 0,
  };
  const long = { ...vocabulary, merges: Array.from({ length: 100_000 }, (_, i) => `left${i} right${i}`) };
  const written = (metadata: ReadonlyMap<string, TypedValue>) => writeGguf({ metadata, tensors: [] });

  test('tells the text decoder without the vocabulary', async () => {
    const metadata = textMetadata(config, long).set('general.license', text('apache-2.0'));
    const source = watched(written(metadata), 'text.gguf');
    const whole = await readGguf(bytesSource(writeSyntheticText(vocabulary, { config }), 'text.gguf'));
    const peeked = await peekText(source);
    expect(peeked.config).toEqual(readTextConfig(whole));
    expect(source.end).toBeLessThan(source.size / 10);
    const entries = [...metadata].filter(([key]) => key !== 'general.license');
    const licensed = new Map([['general.license', text('apache-2.0')], ...entries]);
    expect((await peekText(bytesSource(written(licensed), 'text.gguf'))).license).toBe('apache-2.0');
  });

  test('is read on where the vocabulary comes too early', async () => {
    const metadata = textMetadata({ ...tinyTextConfig, vocabSize }, vocabulary);
    const { config: peeked } = await peekText(bytesSource(written(metadata), 'text.gguf'));
    expect(peeked).toEqual(readTextConfig(await textFile()));
    const backwards = new Map([...textMetadata(config, vocabulary)].reverse());
    expect((await peekText(bytesSource(written(backwards), 'text.gguf'))).config).toMatchObject({
      hiddenSize: config.hiddenSize,
      vocabSize,
    });
  });

  test('is refused for what it is, before the vocabulary', async () => {
    const foreign = new Map(
      [...textMetadata(config, long)].map(([key, value]) =>
        key === 'general.architecture' ? [key, text('llama')] : [key.replace(/^qwen3/, 'llama'), value],
      ),
    );
    const source = watched(written(foreign), 'text.gguf');
    await expect(peekText(source)).rejects.toMatchObject({ code: 'model-wrong-architecture' });
    expect(source.end).toBeLessThan(source.size / 10);
    const lacking = textMetadata(config, vocabulary);
    lacking.delete('qwen3.block_count');
    await expect(peekText(bytesSource(written(lacking), 'text.gguf'))).rejects.toMatchObject({
      code: 'model-missing-metadata',
    });
    await expect(peekText(bytesSource(writeSyntheticVision(), 'm.gguf'))).rejects.toMatchObject({
      code: 'model-wrong-architecture',
    });
  });

  test('tells the vision encoder', async () => {
    const source = bytesSource(writeSyntheticVision(), 'mmproj.gguf');
    expect(await peekVision(source)).toEqual(readVisionConfig(await readGguf(source)));
    await expect(peekVision(bytesSource(writeSyntheticText(vocabulary), 't.gguf'))).rejects.toMatchObject({
      code: 'model-wrong-architecture',
    });
  });
});

describe('a sound pair', () => {
  test('tells its configuration', async () => {
    const config = readTextConfig(await textFile());
    expect(config).toEqual({ ...tinyTextConfig, vocabSize, rmsNormEps: f32(tinyTextConfig.rmsNormEps) });
    const vision = readVisionConfig(await visionFile());
    expect(vision).toEqual({
      ...tinyVisionConfig,
      layerNormEps: f32(tinyVisionConfig.layerNormEps),
    });
    expect(() => checkPair(config, vision)).not.toThrow();
  });

  test('a text-only model, with an output matrix of its own', async () => {
    const config = {
      architecture: 'qwen3',
      mropeSections: null,
      deepstackLayerCount: 0,
      tiedEmbeddings: false,
    } as const;
    expect(readTextConfig(await textFile({ config }))).toMatchObject(config);
  });

  test('pixel limits: the published ones and about a million where the file says nothing', async () => {
    const limits = ['clip.vision.image_min_pixels', 'clip.vision.image_max_pixels'];
    const silent = await visionFile();
    const metadata = new Map([...silent.metadata].filter(([key]) => !limits.includes(key)));
    expect(readVisionConfig({ ...silent, metadata })).toMatchObject({
      minPixels: 65_536,
      maxPixels: 16_777_216,
      defaultMaxPixels: 1_048_576,
    });
    metadata.set('glance.image_pixels', 262_144);
    expect(readVisionConfig({ ...silent, metadata }).defaultMaxPixels).toBe(262_144);
    metadata.set('glance.image_pixels', 2 ** 30);
    expect(readVisionConfig({ ...silent, metadata }).defaultMaxPixels).toBe(16_777_216);
  });

  test('tells its card', async () => {
    const metadata = new Map([
      ['general.name', text('Test Model')],
      ['general.license', text('apache-2.0')],
      ['glance.demo', bool(true)],
      ['general.sampling.temp', float32(0.75)],
      ['general.sampling.top_k', { type: 'int32', value: 20 } as TypedValue],
      ['general.sampling.penalty_repeat', float32(1.25)],
    ]);
    const main = await textFile({ format: Q8_0, metadata });
    const vision = await visionFile({ format: F16 });
    const card = readModelCard(main, vision);
    expect(card).toMatchObject({
      name: 'Test Model',
      license: 'apache-2.0',
      demo: true,
      quantization: 'Q8_0',
      fileBytes: main.source.size + vision.source.size,
      sampling: { temperature: 0.75, topK: 20, repetitionPenalty: 1.25 },
    });
    expect(Object.keys(card.sampling)).toHaveLength(3);
    const elements = [...main.tensors.values(), ...vision.tensors.values()].map(({ shape }) =>
      shape.reduce((a, b) => a * b, 1),
    );
    expect(card.parameterCount).toBe(elements.reduce((a, b) => a + b, 0));
    expect(readModelCard(await textFile(), null)).toMatchObject({
      demo: false,
      license: null,
      sampling: {},
      tasks: null,
    });
  });

  test('gives tokenizer and chat template', async () => {
    const file = await textFile();
    const data = readTokenizerData(file);
    expect(new Tokenizer(data).vocabSize).toBe(vocabSize);
    expect(data.eosTokenId).toBe(vocabulary.tokens.indexOf('<|im_end|>'));
    expect(readChatTemplate(file)).toContain('messages');
  });

  test('the demo model', async () => {
    const open = async (name: string) =>
      readGguf(
        bytesSource(readFileSync(new URL(`../../../public/models/pico/${name}`, import.meta.url)), name),
      );
    const main = await open('pico-Q8_0.gguf');
    const vision = await open('mmproj-pico-F16.gguf');
    const config = readTextConfig(main);
    expect(config).toMatchObject({
      hiddenSize: 128,
      layerCount: 4,
      mropeSections: [6, 5, 5],
      deepstackLayerCount: 3,
    });
    checkPair(config, readVisionConfig(vision));
    const card = readModelCard(main, vision);
    expect(card).toMatchObject({ name: 'pico', demo: true, quantization: 'Q8_0' });
    expect(card.tasks?.describe).toBe('Describe the image.');
  });
});

async function errorOf(action: () => unknown): Promise<GlanceError> {
  try {
    await action();
  } catch (error) {
    return error as GlanceError;
  }
  throw new Error('nothing was thrown');
}

describe('a file that cannot be used', () => {
  test('another architecture', async () => {
    const llama = await textFile({ metadata: new Map([['general.architecture', text('llama')]]) });
    const error = await errorOf(() => readTextConfig(llama));
    expect(error.code).toBe('model-wrong-architecture');
    expect(error.message).toMatch(/text\.gguf.*"llama"/);
  });

  test('the halves exchanged', async () => {
    const error = await errorOf(async () => readTextConfig(await visionFile()));
    expect(error.code).toBe('model-wrong-architecture');
    expect(error.message).toMatch(/mmproj\.gguf is the vision half/);
    const other = await errorOf(async () => readVisionConfig(await textFile()));
    expect(other.code).toBe('model-wrong-architecture');
    expect(other.message).toMatch(/text\.gguf is the text half of a qwen3vl model/);
  });

  test.each<[string, TypedValue]>([
    ['clip.projector_type', text('qwen2.5vl_merger')],
    ['clip.has_vision_encoder', bool(false)],
  ])('a vision file of another kind (%s)', async (key, value) => {
    const file = await visionFile({ metadata: new Map([[key, value]]) });
    expect((await errorOf(() => readVisionConfig(file))).code).toBe('model-wrong-architecture');
  });

  const requiredText = [
    'general.architecture',
    ...[
      'block_count',
      'context_length',
      'embedding_length',
      'feed_forward_length',
      'attention.head_count',
    ].map((key) => `qwen3vl.${key}`),
    'qwen3vl.attention.layer_norm_rms_epsilon',
    'qwen3vl.rope.freq_base',
    'qwen3vl.rope.dimension_sections',
  ];
  test.each(requiredText)('%s is missing, or of another type', async (key) => {
    for (const change of [
      (metadata: Map<string, TypedValue>) => metadata.delete(key),
      (metadata: Map<string, TypedValue>) => metadata.set(key, bool(true)),
    ]) {
      const error = await errorOf(async () => readTextConfig(await changedText(change)));
      expect(error.code).toBe('model-missing-metadata');
      expect(error.message).toContain('text.gguf');
      expect(error.message).toContain(key);
    }
  });

  test.each([
    'clip.vision.embedding_length',
    'clip.vision.block_count',
    'clip.vision.attention.head_count',
    'clip.vision.feed_forward_length',
    'clip.vision.patch_size',
    'clip.vision.image_size',
    'clip.vision.projection_dim',
    'clip.vision.attention.layer_norm_epsilon',
    'clip.vision.image_mean',
    'clip.vision.image_std',
  ])('%s is missing', async (key) => {
    const file = await visionFile();
    const metadata = new Map(file.metadata);
    metadata.delete(key);
    const error = await errorOf(() => readVisionConfig({ ...file, metadata }));
    expect(error.code).toBe('model-missing-metadata');
    expect(error.message).toContain(key);
  });

  test.each(['tokens', 'merges', 'model'])('tokenizer.ggml.%s is missing', async (part) => {
    const key = `tokenizer.ggml.${part}`;
    const file = await changedText((metadata) => metadata.delete(key));
    expect((await errorOf(() => readTokenizerData(file))).code).toBe('model-missing-metadata');
  });

  test('more tokens than embeddings', async () => {
    const tokens = list('string', [...vocabulary.tokens, 'one more']);
    const file = await changedText((metadata) => metadata.set('tokenizer.ggml.tokens', tokens));
    expect((await errorOf(() => readTokenizerData(file))).code).toBe('model-missing-tensor');
  });

  test('no chat template', async () => {
    const file = await changedText((metadata) => metadata.delete('tokenizer.chat_template'));
    expect((await errorOf(() => readChatTemplate(file))).code).toBe('model-missing-metadata');
  });

  test.each<[string, string, TypedValue]>([
    ['rotary sections that do not cover the head', 'rope.dimension_sections', list('int32', [6, 5, 4, 0])],
    ['no whole number of heads per group', 'attention.head_count_kv', uint32(3)],
    ['values unlike keys', 'attention.value_length', uint32(16)],
    ['more DeepStack layers than layers', 'n_deepstack_layers', uint32(9)],
    ['no layers', 'block_count', uint32(0)],
  ])('metadata that contradict each other: %s', async (_, key, value) => {
    const file = await changedText((metadata) => metadata.set(`qwen3vl.${key}`, value));
    expect((await errorOf(() => readTextConfig(file))).code).toBe('model-missing-metadata');
  });

  test('every tensor is missed, by its name', async () => {
    const names = [...expectedTextTensors({ ...tinyTextConfig, vocabSize }).keys()];
    expect(names).toHaveLength(2 + 11 * tinyTextConfig.layerCount);
    for (const name of names) {
      const file = await changedText((_, tensors) => {
        tensors.splice(
          tensors.findIndex((tensor) => tensor.name === name),
          1,
        );
      });
      const error = await errorOf(() => readTextConfig(file));
      expect([name, error.code]).toEqual([name, 'model-missing-tensor']);
      expect(error.message).toContain(name);
    }
    const vision = await visionFile();
    for (const name of vision.tensors.keys()) {
      const tensors = new Map(vision.tensors);
      tensors.delete(name);
      const error = await errorOf(() => readVisionConfig({ ...vision, tensors }));
      expect([name, error.code]).toEqual([name, 'model-missing-tensor']);
    }
  });

  test('a tensor of another shape', async () => {
    const file = await changedText((_, tensors) => {
      const tensor = tensors.find(({ name }) => name === 'blk.1.ffn_down.weight')!;
      tensor.shape = [...tensor.shape].reverse();
    });
    const error = await errorOf(() => readTextConfig(file));
    expect(error.code).toBe('model-missing-tensor');
    expect(error.message).toMatch(/text\.gguf.*blk\.1\.ffn_down\.weight.*\[96, 64\].*\[64, 96\]/);
  });

  test('two halves that do not belong together', async () => {
    const config = readTextConfig(await textFile());
    const wide = readVisionConfig(await visionFile({ config: { projectionSize: 128 } }));
    expect((await errorOf(() => checkPair(config, wide))).code).toBe('model-mismatched-pair');
    const deep = readVisionConfig(await visionFile({ config: { deepstackBlocks: [0, 1] } }));
    expect((await errorOf(() => checkPair(config, deep))).code).toBe('model-mismatched-pair');
    const blind = readTextConfig(
      await textFile({ config: { architecture: 'qwen3', mropeSections: null, deepstackLayerCount: 0 } }),
    );
    const vision = readVisionConfig(await visionFile({ config: { deepstackBlocks: [] } }));
    expect((await errorOf(() => checkPair(blind, vision))).code).toBe('model-mismatched-pair');
  });
});
