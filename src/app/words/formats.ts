/** Numbers and dates of a language, by what the browser knows of it. */

/** How large a number must be to be said in words: "2.1 million". */
const WORDED_FROM = 1_000_000;

/** @param language as a BCP 47 tag */
export function formats(language: string) {
  const plain = lazily(() => new Intl.NumberFormat(language));
  const tenths = lazily(
    () => new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
  );
  const upToTenths = lazily(() => new Intl.NumberFormat(language, { maximumFractionDigits: 1 }));
  const worded = lazily(
    () =>
      new Intl.NumberFormat(language, {
        notation: 'compact',
        compactDisplay: 'long',
        maximumFractionDigits: 1,
      }),
  );
  const percent = lazily(() => new Intl.NumberFormat(language, { style: 'percent' }));
  const month = lazily(() => new Intl.DateTimeFormat(language, { month: 'long' }));
  const monthAndYear = lazily(() => new Intl.DateTimeFormat(language, { month: 'long', year: 'numeric' }));
  return {
    /** A count as people read it: "4,096", "2.1 million". */
    count: (count: number): string => (count < WORDED_FROM ? plain() : worded()).format(count),
    /** With one digit behind the point at most: "1.4", "7". */
    tenths: (value: number): string => upToTenths().format(value),
    /** A share of 0..1: "45%". */
    percent: (share: number): string => percent().format(share),
    month: (date: Date): string => month().format(date),
    monthAndYear: (date: Date): string => monthAndYear().format(date),
    /**
     * A size in bytes as people read it: "959 kB", "2.7 MB". Decimal units, as in download lists.
     *
     * @param units of 1, 10^3, 10^6, 10^9 and 10^12 bytes
     */
    bytes(bytes: number, units: readonly string[] = ['B', 'kB', 'MB', 'GB', 'TB']): string {
      if (bytes < 1000) return `${plain().format(bytes)} ${units[0]}`;
      let value = bytes / 1000;
      let unit = 1;
      while (value >= 999.5 && unit < units.length - 1) {
        value /= 1000;
        unit += 1;
      }
      const number =
        unit === 1 || value >= 99.95 ? plain().format(Math.round(value)) : tenths().format(value);
      return `${number} ${units[unit]}`;
    },
  };
}

/** What a duration is made of, rounded as far as people want to know it. */
export type DurationParts =
  | { readonly ms: number }
  | { readonly seconds: number }
  | { readonly minutes: number; readonly seconds: number };

/** For a language to say as "85 ms", "1.4 s", "2 min 5 s". */
export function durationParts(ms: number): DurationParts {
  if (ms < 999.5) return { ms: Math.round(ms) };
  const seconds = ms / 1000;
  if (seconds < 59.95) return { seconds: Math.round(seconds * 10) / 10 };
  const whole = Math.round(seconds);
  return { minutes: Math.floor(whole / 60), seconds: whole % 60 };
}

/** What a time left is made of: it is an estimate, so not to the second. */
export type RemainingParts =
  | { readonly seconds: number }
  | { readonly hours: number; readonly minutes: number };

/** For a language to say as "about 20 s", "about 1 h 5 min". */
export function remainingParts(ms: number): RemainingParts {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  const rounded = seconds < 10 ? seconds : Math.ceil(seconds / 5) * 5;
  if (rounded < 60) return { seconds: rounded };
  const minutes = Math.ceil(seconds / 60);
  return { hours: Math.floor(minutes / 60), minutes: minutes % 60 };
}

/** Formatters cost to make; most pages need few of them. */
function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
