import themeCss from '../../app/theme.css?raw';

/** Custom properties by their names. */
type Tokens = ReadonlyMap<string, string>;

/**
 * The design's custom properties, as the site's style sheet has them: those for light surroundings stand first in it,
 * and what is other in the dark follows.
 */
export function readTokens(css: string): { light: Tokens; dark: Tokens } {
  const [light, ...others] = [...css.matchAll(/:root[^{}]*\{([^{}]*)\}/g)].map(([, block]) =>
    tokensIn(block!),
  );
  const dark = others.find((tokens) => tokens.has('--ink') && tokens.get('--ink') !== light?.get('--ink'));
  if (light === undefined || dark === undefined)
    throw new Error('the style sheet has no light and dark colours');
  return { light, dark };
}

function tokensIn(block: string): Tokens {
  const text = block.replace(/\/\*[\s\S]*?\*\//g, '');
  return new Map(
    [...text.matchAll(/(--[\w-]+)\s*:\s*([^;]+);/g)].map(([, name, value]) => [name!, value!.trim()]),
  );
}

/**
 * The style sheet of an element that brings the design along into another page. Its attribute `theme` decides between
 * light and dark, else the system does.
 */
export function themeStyles(css = themeCss): string {
  const { light, dark } = readTokens(css);
  const block = (tokens: Tokens) => [...tokens].map(([name, value]) => `${name}: ${value};`).join(' ');
  return `
    :host { color-scheme: light dark; ${block(light)} color: var(--ink); font: var(--text); }
    @media (prefers-color-scheme: dark) { :host { ${block(dark)} } }
    :host([theme='light']) { color-scheme: light; ${block(light)} }
    :host([theme='dark']) { color-scheme: dark; ${block(dark)} }
    @media (prefers-reduced-motion: reduce) { :host { --quick: 0ms; } }
  `;
}
