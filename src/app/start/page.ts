import type { Missing } from './missing.ts';
import { startWords } from './words.ts';

/**
 * Puts what to do in the place of the page.
 *
 * @param goOn starts the page all the same, where that makes sense
 */
export function showMissing(missing: Missing, language: string, goOn: () => void): void {
  const words = startWords(language);
  const main = element('main', [
    element('h1', [words.titles[missing]]),
    ...words.reasons[missing].map((reason) => element('p', [reason])),
  ]);
  main.className = 'unsupported';
  if (missing === 'storage') {
    const button = element('button', [words.goOn]);
    button.addEventListener('click', goOn);
    main.append(button);
  } else {
    main.append(
      element('h2', [words.browsersTitle]),
      element(
        'ul',
        words.browsers.map((browser) => element('li', [browser])),
      ),
      element('p', [words.gpuNote]),
    );
  }
  document.documentElement.lang = words.language;
  document.body.textContent = '';
  document.body.append(main);
}

function element(name: string, children: readonly (string | Node)[]): HTMLElement {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}
