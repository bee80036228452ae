/**
 * Length of the longest end of a text with which one of some strings begins: what must be held back until more
 * text tells whether that string is there.
 */
export function undecidedTail(text: string, strings: readonly string[]): number {
  let longest = 0;
  for (const string of strings) {
    for (let length = Math.min(string.length - 1, text.length); length > longest; length--) {
      if (text.endsWith(string.slice(0, length))) longest = length;
    }
  }
  return longest;
}
