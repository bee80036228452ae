import { GlanceError } from '../../model/errors.ts';

/** What is thrown where the part of Glance that holds answers to formats cannot be loaded or started. */
export function formatsUnreachable(cause: unknown): GlanceError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  // Nothing is broken by it: the next answer without a format is made as ever.
  return new GlanceError(
    'file-unreachable',
    'The part of Glance that holds answers to a format (XGrammar, WebAssembly) could not be loaded. Check the connection and ask again, or ask without a format and without tools.',
    { cause, details: { reason } },
  );
}
