import { GlanceError } from '../model/errors.ts';

/**
 * An error of the page itself, whose message is in the reader's language already. Messages of all others are in
 * English, and the page says them by their codes.
 */
export class PageError extends GlanceError {}
