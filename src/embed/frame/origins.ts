/** Which sites may show the frame. Pure. */

/**
 * Reads `embed.json`, which lies beside the site: `{ "origins": ["https://blog.example"] }`, or `["*"]` for all. Whoever
 * hosts the frame writes it; an address can be written by anybody, and so only ever narrows it.
 *
 * @returns origins in the form that browsers tell them; what is none is left out
 */
export function readAllowedOrigins(config: unknown): readonly string[] {
  const origins =
    typeof config === 'object' && config !== null ? (config as { origins?: unknown }).origins : null;
  if (!Array.isArray(origins)) return [];
  return origins.flatMap((entry) => (entry === '*' ? ['*'] : (originOf(entry) ?? [])));
}

/** Whom the frame talks to. */
export interface OriginPolicy {
  /** The frame's own origin, which may always show it. */
  own: string;
  /** As {@link readAllowedOrigins} has them. */
  allowed: readonly string[];
  /** The origin that the address names (`?embed&origin=`): no other one then. Null if it names none. */
  expected: string | null;
}

/** Whether a site may show the frame and talk to it. Sandboxed pages, whose origin is `null`, may not. */
export function isAllowedOrigin(origin: string, { own, allowed, expected }: OriginPolicy): boolean {
  if (originOf(origin) !== origin) return false;
  if (expected !== null && originOf(expected) !== origin) return false;
  return origin === own || allowed.includes('*') || allowed.includes(origin);
}

/** Null for what is no origin of the web: other schemes have none that two pages could share. */
function originOf(value: unknown): string | null {
  if (typeof value !== 'string' || !/^https?:\/\//i.test(value) || !URL.canParse(value)) return null;
  const { origin, pathname, search, hash, username } = new URL(value);
  return pathname === '/' && search === '' && hash === '' && username === '' ? origin : null;
}
