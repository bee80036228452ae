/** Answers as a screen reader says them of its own accord: without markup, and not on and on. */

/** What is said of an answer, at most, in characters: about half a minute. */
const SPOKEN_LENGTH = 400;

/** A text as it is spoken. */
export interface Spoken {
  readonly text: string;
  /** There is more, which can be read where it stands. */
  readonly goesOn: boolean;
}

/** The beginning of an answer in whole sentences; all of it if it is short. */
export function spoken(answer: string): Spoken {
  const plain = withoutMarkup(answer);
  if (plain.length <= SPOKEN_LENGTH) return { text: plain, goesOn: false };
  const beginning = plain.slice(0, SPOKEN_LENGTH);
  const sentences = /^[\s\S]*(?:[.!?](?=\s)|[。！？])/u.exec(beginning)?.[0];
  // A sentence that is longer still ends with a word.
  return { text: sentences ?? beginning.replace(/\s+\S*$/, ''), goesOn: true };
}

/** Markdown as its words, roughly: nobody wants to hear asterisks. */
function withoutMarkup(markdown: string): string {
  return (
    markdown
      .replace(/^[ \t]*(?:```|~~~).*$/gm, '')
      // Rules, the second line of tables, the bars between cells.
      .replace(/^[ \t]*[|:*_-][ \t|:*_-]{2,}$/gm, '')
      .replace(/^[ \t]*\||\|[ \t]*$/gm, '')
      .replace(/[ \t]*\|[ \t]*/g, ', ')
      .replace(/^[ \t]*(?:#{1,6}|>|[-*+])[ \t]+/gm, '')
      .replace(/!?\[([^\]\n]*)\]\([^)\n]*\)/g, '$1')
      .replace(/(\*\*|__|~~|`)(?=\S)([^\n]*?\S)\1/g, '$2')
      .replace(/(?<![\w*])\*(?=\S)([^*\n]*\S)\*(?!\w)/g, '$1')
      .replace(/^[ \t]+|[ \t]+$/gm, '')
      .replace(/\n{2,}/g, '\n')
      .trim()
  );
}
