import { expect, test } from 'vitest';
import { ended } from '../../../src/store/transaction.ts';

test('why a transaction failed is told when it is known, which is later than that a request failed', async () => {
  const transaction = Object.assign(new EventTarget(), {
    oncomplete: null as (() => void) | null,
    onerror: null as (() => void) | null,
    onabort: null as (() => void) | null,
    error: null as DOMException | null,
  });
  const end = ended(transaction as unknown as IDBTransaction);
  transaction.onerror?.();
  transaction.error = new DOMException('full', 'QuotaExceededError');
  transaction.onabort?.();
  await expect(end).rejects.toBe(transaction.error);
});
