/** Tokens that must be the same before what follows them is taken for a draft. */
const MATCH_LENGTH = 3;

/**
 * Drafts tokens by copying: where the end of the sequence occurred before, what followed then may follow now,
 * as in reading a document aloud (prompt lookup decoding, A. Saxena 2023). A draft only saves time; what is
 * drawn does not depend on it. Adding a token and drafting take the same time however long the sequence is.
 */
export class PromptLookup {
  readonly #ids: number[] = [];
  /** Where the token after a run of tokens lies, for the last time that the run was followed by one. */
  readonly #after = new Map<number, number>();

  constructor(ids: Iterable<number>) {
    for (const id of ids) this.add(id);
  }

  add(id: number): void {
    const at = this.#ids.length;
    if (at >= MATCH_LENGTH) this.#after.set(this.#keyBefore(at), at);
    this.#ids.push(id);
  }

  /**
   * At most `most` tokens that may follow; none if the end of the sequence is new. Where the copy would run into
   * that end, it goes on from its own beginning: what repeats itself may do so once more.
   */
  draft(most: number): number[] {
    const end = this.#ids.length;
    if (most <= 0 || end < MATCH_LENGTH) return [];
    const at = this.#after.get(this.#keyBefore(end));
    if (at === undefined || !this.#sameBefore(at, end)) return [];
    return Array.from({ length: most }, (_, i) => this.#ids[at + (i % (end - at))]!);
  }

  /** Stands for the run that ends before an index; different runs may share a key. */
  #keyBefore(end: number): number {
    let key = 0;
    for (let i = end - MATCH_LENGTH; i < end; i++) key = (key * 0x40003 + this.#ids[i]!) % 0x7fffffff;
    return key;
  }

  #sameBefore(a: number, b: number): boolean {
    for (let i = 1; i <= MATCH_LENGTH; i++) if (this.#ids[a - i] !== this.#ids[b - i]) return false;
    return true;
  }
}
