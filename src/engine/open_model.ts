import { type ChatTemplate, compileChatTemplate } from '../model/chat_template.ts';
import type { TextConfig, VisionConfig } from '../model/config.ts';
import { Tokenizer } from '../model/tokenizer.ts';
import type { ByteSource } from '../weights/byte_source.ts';
import { type GgufFile, readGguf } from '../weights/gguf.ts';
import {
  checkPair,
  type ModelCard,
  readModelCard,
  readTextConfig,
  readVisionConfig,
} from '../weights/model_config.ts';
import { readChatTemplate, readTokenizerData } from '../weights/tokenizer_data.ts';

/** The files of a model, read as far as their headers, and found to be sound and to belong together. */
export interface OpenedModel {
  text: { file: GgufFile; config: TextConfig };
  /** Null for a model that reads text only. */
  vision: { file: GgufFile; config: VisionConfig } | null;
  tokenizer: Tokenizer;
  template: ChatTemplate;
  card: ModelCard;
}

/**
 * Reads the headers of a model's files and checks everything that can be checked without the weights.
 *
 * @param vision the mmproj file; without it the model reads text only
 * @throws GlanceError about the files: `file-*`, `model-*`, `tokenizer-unsupported`, `template-invalid`, `aborted`
 */
export async function openModel(
  text: ByteSource,
  vision: ByteSource | undefined,
  signal?: AbortSignal,
): Promise<OpenedModel> {
  const textFile = await readGguf(text, signal);
  const textConfig = readTextConfig(textFile);
  const visionFile = vision ? await readGguf(vision, signal) : null;
  const visionConfig = visionFile && readVisionConfig(visionFile);
  if (visionConfig) checkPair(textConfig, visionConfig);
  return {
    text: { file: textFile, config: textConfig },
    vision: visionFile && visionConfig && { file: visionFile, config: visionConfig },
    tokenizer: new Tokenizer(readTokenizerData(textFile)),
    template: compileChatTemplate(readChatTemplate(textFile)),
    card: readModelCard(textFile, visionFile),
  };
}
