import { expect, test } from 'vitest';
import { loadInTurn } from '../../../src/embed/load_in_turn.ts';
import type { LoadOptions, ModelInfo } from '../../../src/rpc/contract.ts';

/** Notes what it is to load, and loads it when the test says so. */
class Engine {
  readonly begun: string[] = [];
  readonly #ends = new Map<string, () => void>();

  load({ source }: LoadOptions): Promise<ModelInfo> {
    const { name } = source as { name: string };
    this.begun.push(name);
    return new Promise((resolve) => this.#ends.set(name, () => resolve({ name } as ModelInfo)));
  }

  async end(name: string): Promise<void> {
    this.#ends.get(name)!();
    await settled();
  }
}

const settled = () => new Promise<void>((resolve) => setTimeout(resolve));

test('loads of one user come together, those of several one after the other', async () => {
  const engine = new Engine();
  const load = (user: object, name: string, { signal } = new AbortController()) =>
    loadInTurn(user, engine, { source: { kind: 'named', name } }, () => {}, signal);
  const [one, other] = [{}, {}];
  const loads = [load(one, 'a'), load(one, 'b'), load(other, 'c')];
  const end = new AbortController();
  const ended = load(other, 'never', end);
  loads.push(load(one, 'd'));
  await settled();
  // The engine ends the first of them.
  expect(engine.begun).toEqual(['a', 'b']);
  end.abort();
  await expect(ended).rejects.toMatchObject({ code: 'aborted' });
  await engine.end('b');
  expect(engine.begun).toEqual(['a', 'b']);
  await engine.end('a');
  expect(engine.begun).toEqual(['a', 'b', 'c']);
  await engine.end('c');
  await engine.end('d');
  expect((await Promise.all(loads)).map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
});
