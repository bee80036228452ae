import { type PropertyValues, ReactiveElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { render } from 'temml';

/** The typesetter is large and seldom needed: it comes with the first formula. */
let typesetter: Promise<typeof render> | null = null;
let loaded: typeof render | null = null;

/** What may begin a formula. */
const BEGINNING = /\$|\\[([]/;
/** So long, in milliseconds, a growing text waits for the typesetter before it goes on with TeX. */
const PATIENCE_MS = 800;

let waitsUntilMs: number | null = null;

async function fetchTypesetter(): Promise<typeof render> {
  typesetter ??= import('temml').then((module) => module.default.render);
  try {
    loaded = await typesetter;
    return loaded;
  } catch (error) {
    // The next formula tries again.
    typesetter = null;
    throw error;
  }
}

/**
 * A growing text as far as it can be set: what stands behind a formula would be pushed aside when the typesetter, which
 * is on its way then, puts the formula in the place of its TeX.
 *
 * @param goOn called when there may be more of it
 */
export function settable(text: string, goOn: () => void): string {
  const at = loaded === null ? text.search(BEGINNING) : -1;
  if (at < 0) return text;
  if (waitsUntilMs === null) {
    waitsUntilMs = performance.now() + PATIENCE_MS;
    fetchTypesetter().then(goOn, goOn);
    setTimeout(goOn, PATIENCE_MS);
  }
  return performance.now() < waitsUntilMs ? text.slice(0, at) : text;
}

/** A formula: TeX as MathML, which browsers draw and screen readers read. Until it is set, its TeX is shown. */
@customElement('glance-maths')
export class GlanceMaths extends ReactiveElement {
  @property({ attribute: false }) tex = '';
  @property({ type: Boolean, reflect: true }) display = false;

  #typesetting: Promise<void> | undefined;

  protected override createRenderRoot() {
    return this;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has('tex') && !changed.has('display')) return;
    // Once it is here there is no frame in which the TeX shows: what follows would be pushed aside.
    if (loaded !== null) this.#set(loaded);
    else this.#typesetting = this.#setLater();
  }

  /** Also waits for the typesetter. */
  protected override async getUpdateComplete(): Promise<boolean> {
    const complete = await super.getUpdateComplete();
    await this.#typesetting;
    return complete;
  }

  async #setLater(): Promise<void> {
    const { tex, display } = this;
    if (this.childElementCount === 0) this.textContent = tex;
    // Without it the formula stands as TeX.
    const typeset = await fetchTypesetter().catch(() => null);
    if (typeset !== null && tex === this.tex && display === this.display) this.#set(typeset);
  }

  #set(typeset: typeof render) {
    const { tex, display } = this;
    try {
      typeset(tex, this, { displayMode: display, throwOnError: true, trust: false, maxExpand: 100 });
    } catch {
      // What is no TeX stays as it is.
      this.textContent = tex;
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-maths': GlanceMaths;
  }
}
