import { afterEach, describe, expect, it, vi } from 'vitest';
import { lookForVersion } from '../../../src/app/offline/offline.ts';
import { keepRequest } from '../../../src/offline/messages.ts';
import {
  builtVersion,
  holdBuiltVersion,
  mayPrune,
  versionLock,
  versionsInUse,
  withVersion,
} from '../../../src/offline/versions.ts';

const SCOPE = 'https://site.example/glance/';

/** Web Locks that are only ever shared. */
class FakeLocks {
  readonly held: LockInfo[] = [];
  request = async <T>(name: string, { mode }: LockOptions, work: () => Promise<T>): Promise<T> => {
    const lock = { name, mode: mode! };
    this.held.push(lock);
    return work().finally(() => this.held.splice(this.held.indexOf(lock), 1));
  };
  query = async () => ({ held: [...this.held], pending: [] });
  /** As the compiler knows them. */
  get manager(): LockManager {
    return this as unknown as LockManager;
  }
}

describe('a version', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('is in use while its files are fetched', async () => {
    const locks = new FakeLocks();
    let end = () => {};
    const filling = withVersion(locks.manager, SCOPE, 'v2', () => new Promise<void>((done) => (end = done)));
    const elsewhere = withVersion(locks.manager, `${SCOPE}other/`, 'v3', () => new Promise<void>(() => {}));
    expect(await versionsInUse(locks.manager, SCOPE)).toEqual(new Set(['v2']));
    expect(locks.held[0]).toEqual({ name: versionLock(SCOPE, 'v2'), mode: 'shared' });
    end();
    await filling;
    expect(await versionsInUse(locks.manager, SCOPE)).toEqual(new Set());
    void elsewhere;
    await expect(withVersion(undefined, SCOPE, 'v2', async () => 7)).resolves.toBe(7);
  });

  it('is in use by a page from its first line on', async () => {
    const locks = new FakeLocks();
    vi.stubGlobal('navigator', { locks });
    vi.stubGlobal('document', {
      baseURI: `${SCOPE}index.html?embed`,
      querySelector: () => ({ content: 'v1' }),
    });
    expect(builtVersion()).toBe('v1');
    holdBuiltVersion();
    expect(locks.held).toHaveLength(1);
    expect(await versionsInUse(locks.manager, SCOPE)).toEqual(new Set(['v1']));
  });

  it('is pruned by the worker at work alone, and not while a next one is coming', () => {
    const [own, other] = [{}, {}] as ServiceWorker[];
    const at = { installing: null, waiting: null, active: own! };
    expect(mayPrune(at, own!)).toBe(true);
    expect(mayPrune({ ...at, installing: other! }, own!)).toBe(false);
    expect(mayPrune({ ...at, waiting: other! }, own!)).toBe(false);
    expect(mayPrune({ ...at, active: other! }, own!)).toBe(false);
    expect(mayPrune({ ...at, active: null }, null)).toBe(false);
  });

  it('is looked for, with three answers', async () => {
    const worker = {} as ServiceWorker;
    const at = { installing: null, waiting: null, active: worker };
    const update = async () => ({}) as ServiceWorkerRegistration;
    const fail = async () => {
      throw new TypeError('no network');
    };
    expect(await lookForVersion({ ...at, update })).toBe('none');
    expect(await lookForVersion({ ...at, update, installing: worker })).toBe('coming');
    expect(await lookForVersion({ ...at, update, waiting: worker })).toBe('coming');
    const quick: Parameters<typeof lookForVersion>[0] = {
      ...at,
      update: async () => {
        Object.assign(quick!, { active: {} });
        return update();
      },
    };
    expect(await lookForVersion(quick)).toBe('coming');
    expect(await lookForVersion({ ...at, update: fail })).toBe('unreachable');
    expect(await lookForVersion(undefined)).toBe('unreachable');
  });
});

it('a page that asks for its files says what its browser has', () => {
  const asked = { type: 'glance-keep', fetch: true, hasWebgpu: false };
  expect(keepRequest(asked)).toEqual(asked);
  expect(keepRequest({ type: 'glance-keep', fetch: 1 })).toEqual({
    type: 'glance-keep',
    fetch: false,
    hasWebgpu: null,
  });
  expect(keepRequest({ type: 'other' })).toBeNull();
});
