import { ConstraintCompiler } from '../../src/engine/constraint/compiler.ts';
import { GrammarConstraint } from '../../src/engine/constraint/grammar_constraint.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { AnswerFormat, Device } from '../../src/model/request.ts';
import { Tokenizer } from '../../src/model/tokenizer.ts';
import { Backends } from '../../workers/backends.ts';
import { offer } from '../support/offer.ts';
import { randomFrom } from '../support/random.ts';
import { largeVocabulary, type Vocabulary } from '../support/vocabulary.ts';
import type { Costs, SchemaAnswer, SchemaOutput, SchemaRequest } from './contract.ts';
import { randomModel, terseness, trainedVocabulary } from './random_model.ts';
import { schemas } from './schemas.ts';

const costs: Costs = { maskMs: [], acceptMs: [], compileMs: [] };
/** Of the first constraint, which waits for XGrammar and the vocabulary. */
let startMs = 0;

const { prepare, accept } = GrammarConstraint.prototype;
GrammarConstraint.prototype.prepare = async function (this: GrammarConstraint) {
  const start = performance.now();
  await prepare.call(this);
  costs.maskMs.push(performance.now() - start);
};
GrammarConstraint.prototype.accept = function (this: GrammarConstraint, id) {
  const start = performance.now();
  accept.call(this, id);
  costs.acceptMs.push(performance.now() - start);
};
const { compile } = ConstraintCompiler.prototype;
ConstraintCompiler.prototype.compile = async function (this: ConstraintCompiler, request) {
  const start = performance.now();
  const constraint = await compile.call(this, request);
  costs.compileMs.push(performance.now() - start);
  return constraint;
};
const { create } = ConstraintCompiler;
ConstraintCompiler.create = async (tokenizer) => {
  const start = performance.now();
  const compiler = await create.call(ConstraintCompiler, tokenizer);
  startMs = performance.now() - start;
  return compiler;
};

offer(async (request: SchemaRequest): Promise<SchemaAnswer> => {
  for (const list of Object.values(costs)) list.length = 0;
  const { outputs, vocabulary } = request.kind === 'answer' ? await answer(request) : await walk(request);
  return { outputs, costs, vocabulary, startMs };
});

function formatOf(index: number): AnswerFormat {
  return { type: 'json-schema', schema: schemas[index]!.schema };
}

const vocabulary = trainedVocabulary();
const engines = new Map<string, Promise<Engine>>();

function engineFor({ device, seed }: Extract<SchemaRequest, { kind: 'answer' }>): Promise<Engine> {
  const key = `${device} ${seed}`;
  const engine = engines.get(key) ?? loadEngine(device, seed);
  engines.set(key, engine);
  return engine;
}

async function loadEngine(device: Device, seed: number): Promise<Engine> {
  const { started } = await new Backends().start(device, () => {});
  return Engine.load({ text: randomModel(vocabulary, seed), backend: await started, contextLength: 2048 });
}

async function answer(request: Extract<SchemaRequest, { kind: 'answer' }>) {
  const engine = await engineFor(request);
  const logitBias = terseness(vocabulary);
  const outputs: SchemaOutput[] = [];
  for (const index of request.indices) {
    const { text, finishReason, usage } = await engine.chat({
      messages: [{ role: 'user', content: schemas[index]!.name }],
      format: formatOf(index),
      sampling: { temperature: request.temperature, topP: 1, topK: 0, minP: 0, presencePenalty: 0 },
      seed: request.seed + index,
      maxTokens: request.maxTokens,
      logitBias,
    });
    outputs.push({ index, text, finishReason, tokens: usage.completionTokens });
  }
  return { outputs, vocabulary: vocabulary.tokens.length };
}

/** Draws any allowed token: what the constraint costs does not depend on the model. */
async function walk({ indices, seed, maxTokens }: Extract<SchemaRequest, { kind: 'walk' }>) {
  const large = largeVocabulary(1);
  const tokenizer = tokenizerOf(large);
  const compiler = await ConstraintCompiler.create(tokenizer);
  const random = randomFrom(seed);
  const favoured = new Set(terseness(large).map(([id]) => id));
  const outputs: SchemaOutput[] = [];
  for (const index of indices) {
    const constraint = await compiler.compile({ format: formatOf(index), calls: null, begun: '' });
    const bytes: number[] = [];
    let [tokens, finishReason] = [0, 'length'];
    while (tokens < maxTokens) {
      await constraint.prepare();
      const allowed = idsIn(constraint.allowed()!);
      const closing = allowed.filter((id) => favoured.has(id));
      const choices = closing.length > 0 && random() < 0.2 ? closing : allowed;
      const id = choices[Math.floor(random() * choices.length)]!;
      if (tokenizer.endTokenIds.has(id)) {
        finishReason = 'stop';
        break;
      }
      constraint.accept(id);
      bytes.push(...tokenizer.decodeBytes(id));
      tokens += 1;
    }
    constraint.dispose();
    outputs.push({ index, text: new TextDecoder().decode(new Uint8Array(bytes)), finishReason, tokens });
  }
  compiler.dispose();
  return { outputs, vocabulary: large.tokens.length };
}

function tokenizerOf({ tokens, tokenTypes, merges }: Vocabulary): Tokenizer {
  const eosTokenId = tokens.indexOf('<|im_end|>');
  const rest = { bosTokenId: null, eotTokenId: null };
  return new Tokenizer({
    fileName: 'large',
    model: 'gpt2',
    pre: 'qwen2',
    tokens,
    tokenTypes,
    merges,
    eosTokenId,
    ...rest,
  });
}

function idsIn(bits: Uint32Array): number[] {
  const ids: number[] = [];
  bits.forEach((word, i) => {
    for (let left = word; left !== 0; left &= left - 1) ids.push(32 * i + 31 - Math.clz32(left & -left));
  });
  return ids;
}
