import { describe, expect, it } from 'vitest';
import {
  type AnswerPart,
  AnswerReader,
  type AnswerReaderOptions,
} from '../../../../src/engine/output/answer_reader.ts';
import { idsOf, tokenizer, withoutMarks } from './tokens.ts';

const readerOf = (options: Partial<AnswerReaderOptions> = {}) =>
  new AnswerReader({
    tokenizer,
    thought: 'none',
    marks: true,
    tools: true,
    continues: false,
    stop: [],
    callId: (index) => `id${index}`,
    ...options,
  });

/** Reads tokens to the end, or to a stop string; neighbouring parts of a kind are joined. */
function read(ids: readonly number[], options: Partial<AnswerReaderOptions> = {}): AnswerPart[] {
  const reader = readerOf(options);
  const parts: AnswerPart[] = [];
  for (const id of ids) {
    parts.push(...reader.push(id));
    if (reader.isStopped) break;
  }
  return joined([...parts, ...reader.end()]);
}

function joined(parts: AnswerPart[]): AnswerPart[] {
  const out: AnswerPart[] = [];
  for (const part of parts) {
    const last = out.at(-1);
    if (part.type !== 'tool-call' && last?.type === part.type) last.text += part.text;
    else out.push({ ...part });
  }
  return out;
}

const text = (text: string): AnswerPart => ({ type: 'text', text });
const reasoning = (text: string): AnswerPart => ({ type: 'reasoning', text });
const call = (index: number, name: string, args: string): AnswerPart[] => [
  { type: 'tool-call', index, id: `id${index}`, name },
  { type: 'tool-arguments', index, text: args },
];

describe('an answer without marks', () => {
  it('is text, blanks at both ends included', () => {
    expect(read(idsOf('\n Hello\n\n'))).toEqual([text('\n Hello\n\n')]);
    expect(read(idsOf('\n'))).toEqual([text('\n')]);
    expect(read([])).toEqual([]);
  });

  it('comes as it is drawn', () => {
    const reader = readerOf({ tools: false });
    expect(idsOf('a\nb').map((id) => reader.push(id))).toEqual([[text('a')], [text('\n')], [text('b')]]);
  });
});

describe('a thought', () => {
  it('that the model opens is no text', () => {
    expect(read(idsOf('<think>\nHm.\n\nSo.\n</think>\n\nYes.'))).toEqual([
      reasoning('Hm.\n\nSo.'),
      text('Yes.'),
    ]);
    expect(read(idsOf('\n<think>Hm.</think>Yes.'))).toEqual([reasoning('Hm.'), text('Yes.')]);
  });

  it('that the prompt opened has no opening mark', () => {
    expect(read(idsOf('Hm.\n</think>\n\nYes.'), { thought: 'open' })).toEqual([
      reasoning('Hm.'),
      text('Yes.'),
    ]);
    expect(read(idsOf('Hm. <think> is a mark.</think>Yes.'), { thought: 'open' })).toEqual([
      reasoning('Hm. <think> is a mark.'),
      text('Yes.'),
    ]);
  });

  it('that is empty leaves no trace', () => {
    expect(read(idsOf('<think>\n\n</think>\n\nYes.'))).toEqual([text('Yes.')]);
    expect(read(idsOf('Yes.'), { thought: 'closed' })).toEqual([text('Yes.')]);
  });

  it('that has no end is all that there is', () => {
    expect(read(idsOf('<think>\nHm.\nSo\n'))).toEqual([reasoning('Hm.\nSo')]);
  });

  it('stands before all else: later marks are text', () => {
    expect(read(idsOf('Yes. <think>no</think>'))).toEqual([text('Yes. <think>no</think>')]);
    expect(read(idsOf('</think>Yes.'))).toEqual([text('</think>Yes.')]);
    expect(read(idsOf('<think>a</think>b<think>c</think>'))).toEqual([
      reasoning('a'),
      text('b<think>c</think>'),
    ]);
  });

  it('may hold the mark of a call', () => {
    expect(read(idsOf('<think>I could <tool_call>.</think>No.'))).toEqual([
      reasoning('I could <tool_call>.'),
      text('No.'),
    ]);
  });

  it('is none where it is spelt in letters', () => {
    expect(read(tokenizer.encode('<think>Hm.</think>'))).toEqual([text('<think>Hm.</think>')]);
  });

  it('is found in letters where the vocabulary has no tokens for it', () => {
    const ids = withoutMarks.encode('<think>Hm.\n</think>\n\nYes.');
    expect(read(ids, { tokenizer: withoutMarks })).toEqual([reasoning('Hm.'), text('Yes.')]);
  });

  it('is text where a raw text goes on', () => {
    expect(read(idsOf('<think>Hm.</think>'), { marks: false, tools: false })).toEqual([
      text('<think>Hm.</think>'),
    ]);
  });

  it('that goes on keeps the line breaks it goes on with', () => {
    const parts = read(idsOf('\n\nThen.</think>Yes.'), { thought: 'open', continues: true });
    expect(parts).toEqual([reasoning('\n\nThen.'), text('Yes.')]);
  });
});

describe('calls', () => {
  const one = '<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call>';
  const two = '<tool_call>\n{"name": "g", "arguments": {}}\n</tool_call>';

  it('stand behind text, one after the other, without the line breaks between', () => {
    expect(read(idsOf(`Let me see.\n${one}\n${two}`))).toEqual([
      text('Let me see.'),
      ...call(0, 'f', '{"a": 1}'),
      ...call(1, 'g', '{}'),
    ]);
    expect(read(idsOf(`<think>\nHm.\n</think>\n\n${one}\n`))).toEqual([
      reasoning('Hm.'),
      ...call(0, 'f', '{"a": 1}'),
    ]);
  });

  it('stream their arguments as they are drawn', () => {
    const reader = readerOf();
    const parts = idsOf(one).map((id) => reader.push(id));
    const pieces = parts.flat().filter(({ type }) => type === 'tool-arguments');
    expect(pieces.length).toBe('{"a": 1}'.length);
    expect(reader.callCount).toBe(1);
    expect(reader.completedCalls).toBe(1);
  });

  it('may be followed by text', () => {
    expect(read(idsOf(`${one}\n\nDone.`))).toEqual([...call(0, 'f', '{"a": 1}'), text('Done.')]);
  });

  it('that cannot be read are text, of which nothing is lost', () => {
    const broken = [
      'So:\n<tool_call>\n{"name": "f", "arguments": [}\n</tool_call>\nDone.\n',
      '<tool_call>f(1)</tool_call>',
      '<tool_call></tool_call>',
      '<tool_call>\n<think>{"name"</think></tool_call>',
      'a<tool_call>\n{"name": "f"',
      '<tool_call>',
      'Well.\n</tool_call>',
    ];
    for (const answer of broken) expect(read(idsOf(answer))).toEqual([text(answer)]);
    expect(read(idsOf(`<tool_call>f(1)</tool_call>\n${one}`))).toEqual([
      text('<tool_call>f(1)</tool_call>'),
      ...call(0, 'f', '{"a": 1}'),
    ]);
  });

  it('that were told already stay calls when their end is missing', () => {
    expect(read(idsOf('<tool_call>{"name": "f", "arguments": {"a": "b'))).toEqual(call(0, 'f', '{"a": "b'));
    const reader = readerOf();
    for (const id of idsOf('<tool_call>{"name": "f", "arguments": {"a')) reader.push(id);
    reader.end();
    expect([reader.callCount, reader.completedCalls]).toEqual([1, 0]);
  });

  it('are text where there are no tools', () => {
    expect(read(idsOf(one), { tools: false })).toEqual([text(one)]);
  });

  it('are found in letters where the vocabulary has no tokens for them', () => {
    expect(read(withoutMarks.encode(`Hm.\n${one}`), { tokenizer: withoutMarks })).toEqual([
      text('Hm.'),
      ...call(0, 'f', '{"a": 1}'),
    ]);
  });
});

describe('stop strings', () => {
  it('end the text, not the thought and not a call', () => {
    const answer =
      '<think>\nSTOP\n</think>\n\n<tool_call>{"name": "f", "arguments": {"a": "STOP"}}</tool_call>';
    expect(read(idsOf(`${answer}\nNow STOP it.`), { stop: ['STOP'] })).toEqual([
      reasoning('STOP'),
      ...call(0, 'f', '{"a": "STOP"}'),
      text('Now '),
    ]);
  });

  it('that are line breaks are not met where the markup has them', () => {
    expect(read(idsOf('<think>\nHm.\n</think>\n\nYes.\n\nNo.'), { stop: ['\n\n'] })).toEqual([
      reasoning('Hm.'),
      text('Yes.'),
    ]);
  });

  it('keep the line breaks before them', () => {
    expect(read(idsOf('Yes.\nEND'), { stop: ['END'] })).toEqual([text('Yes.\n')]);
  });

  it('that have only begun are text at the end, and before a call', () => {
    expect(read(idsOf('Yes. EN'), { stop: ['END'] })).toEqual([text('Yes. EN')]);
    expect(read(idsOf('EN<tool_call>{"name": "f"}</tool_call>'), { stop: ['END'] })).toEqual([
      text('EN'),
      ...call(0, 'f', '{}'),
    ]);
  });
});

describe('where an answer stands', () => {
  const phases = (ids: readonly number[], options: Partial<AnswerReaderOptions> = {}) => {
    const reader = readerOf(options);
    return [
      reader.phase,
      ...ids.map((id) => {
        reader.push(id);
        return reader.phase;
      }),
    ];
  };

  it('is known after every token', () => {
    expect(phases(idsOf('\n<think>a</think>b'))).toEqual([
      'start',
      'start',
      'reasoning',
      'reasoning',
      'text',
      'text',
    ]);
    expect(phases(idsOf('a<tool_call>{</tool_call>'))).toEqual(['start', 'text', 'call', 'call', 'text']);
    expect(phases([], { thought: 'open' })).toEqual(['reasoning']);
    expect(phases([], { marks: false })).toEqual(['text']);
  });
});
