/** `test/fixtures/parity`, written by test/pico: what the PyTorch model computes with the shipped weights. */

export interface FixturePicture {
  width: number;
  height: number;
  gridThw: [number, number, number];
  /** Byte offset of the merged features [P / 4, hidden]. */
  vision: number;
  /** Byte offset of each DeepStack level's features [P / 4, hidden]. */
  deepstack: number[];
  /** Byte offset of [P, 1536]; only some pictures have it. */
  pixelValues?: number;
}

export type FixturePart = { type: 'text'; text: string } | { type: 'image'; picture: string };

export interface FixtureMessage {
  role: 'system' | 'user' | 'assistant';
  content: string | FixturePart[];
}

export interface FixtureCase {
  name: string;
  messages: FixtureMessage[];
  /** The rendered template, one placeholder per picture. */
  prompt: string;
  /** N ids, placeholders repeated. */
  tokenIds: number[];
  /** [3][N] */
  positions: number[][];
  delta: number;
  /** Rows whose logits are kept. */
  rows: number[];
  /** Byte offset of [rows, vocabulary]. */
  logits: number;
  /** What follows greedily, up to the end of the turn. */
  greedy: number[];
}

export interface FixtureFile {
  vocabSize: number;
  hiddenSize: number;
  /** Pixel budget of the requests. */
  maxPixels: number;
  pictures: Record<string, FixturePicture>;
  cases: FixtureCase[];
}

export interface Fixtures {
  file: FixtureFile;
  /** Little-endian float32 arrays one after another. */
  arrays: ArrayBuffer;
}

/** Names of a case's pictures in the order in which the prompt shows them. */
export function picturesOf(messages: readonly FixtureMessage[]): string[] {
  return messages.flatMap(({ content }) =>
    typeof content === 'string'
      ? []
      : content.flatMap((part) => (part.type === 'image' ? [part.picture] : [])),
  );
}
