/**
 * Runs before the first paint, as a classic script of few kilobytes that also old browsers understand: sets the
 * theme, so that nothing flashes, and starts the page, or says what to do where the page cannot run.
 */
import { applyTheme, keptTheme } from '../settings/theme.ts';
import { findMissing, NOWHERE } from './missing.ts';
import { showMissing } from './page.ts';
import { startWords } from './words.ts';

applyTheme(keptTheme(storage()), document);

/**
 * The page's policy requires Trusted Types (https://w3c.github.io/trusted-types/), where the browser has these: whatever
 * starts a script or a worker on this page does so from this site, or from a blob of the page. Of markup nothing is said,
 * so that no text becomes any.
 */
const { trustedTypes } = self as {
  trustedTypes?: {
    createPolicy(name: string, rules: { createScriptURL(url: string): string | null }): unknown;
  };
};
if (trustedTypes) {
  trustedTypes.createPolicy('default', {
    createScriptURL: (url) => {
      const { origin } = location;
      return url === NOWHERE || new URL(url, document.baseURI).origin === origin ? url : null;
    },
  });
}

// In a frame of another page the site is another program (src/embed/frame).
const isEmbedded = /[?&]embed(=|&|$)/.test(location.search);
const missing = findMissing(self);
// A frame keeps nothing, and so misses no storage.
if (missing === null || (missing === 'storage' && isEmbedded)) {
  whenParsed(() => {
    const boot = document.querySelector('.boot');
    if (boot !== null) boot.textContent = startWords(language()).starting;
    startApp();
  });
} else {
  // As src/embed/frame/protocol.ts has it, which is not for browsers that are too old.
  if (isEmbedded && parent !== self) {
    parent.postMessage({ glance: 'refused', version: 1, reason: 'browser-not-supported' }, '*');
  }
  whenParsed(() => {
    showMissing(missing, language(), startApp);
  });
}

/** The build marks the page's script, which browsers then leave alone, and what is to be fetched with it. */
function startApp(): void {
  if (!isEmbedded) preload();
  const marked = document.querySelector<HTMLScriptElement>('script[type="text/app-module"]');
  // The development server has started it already.
  if (marked === null) return;
  const script = document.createElement('script');
  script.type = 'module';
  script.crossOrigin = marked.crossOrigin;
  script.src = isEmbedded ? new URL('frame.js', document.baseURI).href : marked.src;
  marked.replaceWith(script);
}

function preload(): void {
  for (const link of Array.from(document.querySelectorAll('link[rel="app-modulepreload"]'))) {
    const preload = link.cloneNode() as HTMLLinkElement;
    preload.rel = 'modulepreload';
    link.replaceWith(preload);
  }
}

function whenParsed(work: () => void): void {
  if (document.readyState !== 'loading') work();
  else document.addEventListener('DOMContentLoaded', work);
}

/** As the page's own words have it: as chosen, else the reader's best liked one that there are words in. */
function language(): string {
  const wished = navigator.languages ?? [navigator.language];
  const known = wished.filter((tag) => /^(?:en|zh)\b/i.test(tag));
  return storage()?.getItem('glance-language') ?? known[0] ?? navigator.language;
}

function storage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
