/** Answers whose form is given, on both devices. In one page, for a fresh one has everything to compile. */
import { describe } from 'vitest';

describe('calls', async () => {
  await import('./steered/calls_ahead.ts');
});
describe('formats', async () => {
  await import('./steered/constraint.ts');
});
describe('thoughts', async () => {
  await import('./steered/modes.ts');
});
