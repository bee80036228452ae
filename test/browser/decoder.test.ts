/** The decoder on the GPU. In one page, for a fresh one has everything to compile. */
import { describe } from 'vitest';

describe('the token loop', async () => {
  await import('./decoder/token_loop.ts');
});
describe('conversations', async () => {
  await import('./decoder/conversations.ts');
});
