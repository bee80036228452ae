/** The language that the elements of a page speak. */
import type { LitElement, ReactiveController } from 'lit';
import { drawAnew } from '../../app/language.ts';
import { onLanguageChange, setLanguage, suitableLanguage } from '../../app/words/index.ts';

let followed: Promise<void> | null = null;

/**
 * All elements of a page speak its language, as `lang` of its root element has it, also when that changes; else one that
 * the reader understands.
 *
 * @returns settles when the words are here
 */
export function speakPageLanguage(): Promise<void> {
  followed ??= followPageLanguage();
  return followed;
}

function followPageLanguage(): Promise<void> {
  const { documentElement } = document;
  const speak = () => {
    const wished = documentElement.lang === '' ? [] : [documentElement.lang];
    // In the language that was spoken before, where that cannot be fetched.
    return setLanguage(suitableLanguage([...wished, ...navigator.languages])).catch(() => {});
  };
  new MutationObserver(() => void speak()).observe(documentElement, { attributeFilter: ['lang'] });
  return speak();
}

/** Draws an element and everything in it anew when the language has changed. */
export class LanguageController implements ReactiveController {
  readonly #host: LitElement;
  #end: (() => void) | null = null;

  constructor(host: LitElement) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    this.#end = onLanguageChange(() => {
      this.#host.requestUpdate();
      drawAnew(this.#host.renderRoot as ShadowRoot);
    });
  }

  hostDisconnected(): void {
    this.#end?.();
  }
}
