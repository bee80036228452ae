import { transferHandlers } from 'comlink';
import {
  GlanceError,
  type GlanceErrorCode,
  type GlanceErrorDetails,
  toGlanceError,
} from '../model/errors.ts';

interface ThrownValue {
  value: unknown;
}

interface SerializedError {
  code: GlanceErrorCode;
  message: string;
  details: GlanceErrorDetails;
  stack: string | undefined;
}

/**
 * Lets errors keep their type across the worker's edge: comlink's own handler would reduce them to an
 * `Error` without code and details. Both sides call this once before the first message.
 */
export function installErrorTransfer(): void {
  const comlinkHandler = transferHandlers.get('throw');
  transferHandlers.set('throw', {
    canHandle: (value): value is ThrownValue => comlinkHandler?.canHandle(value) ?? false,
    serialize({ value }: ThrownValue): [SerializedError, Transferable[]] {
      const { code, message, details, stack } = toGlanceError(value);
      return [{ code, message, details, stack }, []];
    },
    deserialize({ code, message, details, stack }: SerializedError): never {
      const error = new GlanceError(code, message, { details });
      if (stack !== undefined) error.stack = stack;
      throw error;
    },
  });
}
