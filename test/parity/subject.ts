import type { Backend } from '../../src/engine/backend.ts';
import { Engine } from '../../src/engine/engine.ts';
import { patchify } from '../../src/image/patchify.ts';
import type { PreparedPicture, PrepareOptions } from '../../src/image/prepare.ts';
import type { ChatMessage } from '../../src/model/chat.ts';
import { compileChatTemplate, encodeChat } from '../../src/model/chat_template.ts';
import { placePictures } from '../../src/model/positions.ts';
import type { ByteSource } from '../../src/weights/byte_source.ts';
import { readGguf } from '../../src/weights/gguf.ts';
import { readVisionConfig } from '../../src/weights/model_config.ts';
import { readChatTemplate } from '../../src/weights/tokenizer_data.ts';
import type { FixtureMessage } from './fixtures.ts';
import type { Subject } from './pytorch.ts';

export interface SubjectOptions {
  text: ByteSource;
  vision: ByteSource;
  /** Default: the CPU. */
  backend?: Backend;
  /** Decodes and resizes a fixture's picture, in whatever way the surroundings can. */
  preparePicture(name: string, options: Omit<PrepareOptions, 'maxPixels'>): Promise<PreparedPicture>;
}

/** Loads a model and gives its inner parts to the judges. */
export async function loadSubject(options: SubjectOptions): Promise<Subject & { engine: Engine }> {
  const { text, vision, backend } = options;
  const engine = await Engine.load({ text, vision, ...(backend && { backend }) });
  const template = compileChatTemplate(readChatTemplate(await readGguf(text)));
  const config = readVisionConfig(await readGguf(vision));
  const { tokenizer, executor } = engine;
  return {
    engine,
    executor,
    async preparePicture(name) {
      const { patchSize, temporalPatchSize, spatialMergeSize: mergeSize, minPixels } = config;
      const size = { patchSize, mergeSize, minPixels };
      const { rgb, width, height, gridThw } = await options.preparePicture(name, size);
      const cut = { patchSize, temporalPatchSize, mergeSize, mean: config.imageMean, std: config.imageStd };
      return { pixelValues: patchify(rgb, width, height, cut), gridThw };
    },
    buildPrompt(messages, grids) {
      const { tokenIds } = encodeChat(tokenizer, template, messages.map(withPictures), {
        addGenerationPrompt: true,
      });
      const imagePad = tokenizer.visionTokenIds?.imagePad ?? -1;
      return placePictures(tokenIds, imagePad, grids, config.spatialMergeSize);
    },
  };
}

/** A prompt depends on where pictures stand, not on what they show. */
const NO_PICTURE = new Blob();

function withPictures({ role, content }: FixtureMessage): ChatMessage {
  if (typeof content === 'string') return { role, content };
  return {
    role,
    content: content.map((part) => (part.type === 'text' ? part : { type: 'image', image: NO_PICTURE })),
  };
}
