/** A model that knows nothing: what comes out in form does so because it was held to it. */
import type { ByteSource } from '../../src/weights/byte_source.ts';
import { bytesSource } from '../../src/weights/byte_source.ts';
import { writeSyntheticText } from '../support/synthetic_model.ts';
import { variedTexts } from '../support/texts.ts';
import { trainVocabulary, type Vocabulary } from '../support/vocabulary.ts';

/** Byte-level BPE of 3,000 merges over texts of many scripts. */
export function trainedVocabulary(): Vocabulary {
  return trainVocabulary(variedTexts(2000, 1), 3000);
}

/** A decoder of random weights over this vocabulary. */
export function randomModel(vocabulary: Vocabulary, seed = 1): ByteSource {
  return bytesSource(
    writeSyntheticText(vocabulary, { config: { contextLength: 2048 }, seed }),
    'random.gguf',
  );
}

/**
 * Makes tokens likely that end something: a random model would else draw one of them in a thousand, and say little
 * but one endless string.
 */
export function terseness(vocabulary: Vocabulary): [number, number][] {
  const closing = /^["}\],]+$/;
  const favoured = vocabulary.tokens.flatMap((token, id) => (closing.test(token) ? [id] : []));
  return [...favoured, vocabulary.tokens.indexOf('<|im_end|>')].map((id) => [id, CLOSING_BIAS]);
}

const CLOSING_BIAS = 7;
