import { type PropertyValues, ReactiveElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { render } from 'temml';

/** The typesetter is large and seldom needed: it comes with the first formula. */
let typesetter: Promise<typeof render> | null = null;

/** A formula: TeX as MathML, which browsers draw and screen readers read. Until it is set, its TeX is shown. */
@customElement('glance-maths')
export class GlanceMaths extends ReactiveElement {
  @property({ attribute: false }) tex = '';
  @property({ type: Boolean, reflect: true }) display = false;

  #typesetting = Promise.resolve();

  protected override createRenderRoot() {
    return this;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('tex') || changed.has('display')) this.#typesetting = this.#typeset();
  }

  /** Also waits for the typesetter. */
  protected override async getUpdateComplete(): Promise<boolean> {
    const complete = await super.getUpdateComplete();
    await this.#typesetting;
    return complete;
  }

  async #typeset(): Promise<void> {
    const { tex, display } = this;
    if (this.childElementCount === 0) this.textContent = tex;
    try {
      typesetter ??= import('temml').then((module) => module.default.render);
      const typeset = await typesetter;
      if (tex !== this.tex || display !== this.display) return;
      typeset(tex, this, { displayMode: display, throwOnError: true, trust: false, maxExpand: 100 });
    } catch {
      // Neither what is no TeX nor a typesetter that cannot be fetched takes the formula away.
      this.textContent = tex;
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-maths': GlanceMaths;
  }
}
