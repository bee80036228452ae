import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { CHAT_PARAMETERS, COMPLETION_PARAMETERS } from '../../../src/api/parameters.ts';
import { ContractLog } from '../../openai/contract.ts';
import { installedPackage, openaiSchema, SCHEMA_FILE } from '../../openai/make_schema.ts';
import { isLong } from '../../support/long.ts';

describe('the contract', () => {
  const written = async () => JSON.parse(await readFile(SCHEMA_FILE, 'utf8')) as { $comment: string };
  const how = 'npx tsx test/openai/make_schema.ts writes the schema anew';

  it('is that of the openai package which is installed', async () => {
    expect((await written()).$comment, how).toBe(await installedPackage());
  });

  it.runIf(isLong)('is what the generator makes of it', async () => {
    expect(await openaiSchema(), how).toEqual(await written());
  });

  const message = { role: 'assistant', content: 'Hi!', refusal: null };
  const reply = {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, finish_reason: 'stop', logprobs: null, message }],
  };
  it.each<[string, object, number]>([
    ['lets a good answer pass', reply, 0],
    ['notices a missing member', { ...reply, id: undefined }, 1],
    ['notices a member of another type', { ...reply, created: 'today' }, 1],
    ['notices a member that nobody knows', { ...reply, mood: 'good' }, 1],
    [
      'notices a reason that is none',
      { ...reply, choices: [{ ...reply.choices[0], finish_reason: 'tool-calls' }] },
      1,
    ],
  ])('%s', (_, value, faults) => {
    const log = new ContractLog();
    log.check('chatReply', JSON.parse(JSON.stringify(value)));
    expect(log.faults).toHaveLength(faults);
  });
});

describe('the README', () => {
  it('says of every parameter what becomes of it', async () => {
    const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
    const names = Object.keys({ ...CHAT_PARAMETERS, ...COMPLETION_PARAMETERS });
    expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });
});
