import { type PropertyValues, ReactiveElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { render } from 'temml';

/** The typesetter is large and seldom needed: it comes with the first formula. */
let typesetter: Promise<typeof render> | null = null;
let loaded: typeof render | null = null;

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
    try {
      typesetter ??= import('temml').then((module) => module.default.render);
      loaded = await typesetter;
    } catch {
      // The formula stands as TeX; the next one tries again.
      typesetter = null;
      return;
    }
    if (tex === this.tex && display === this.display) this.#set(loaded);
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
