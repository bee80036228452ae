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
 * light and dark, else what is around it.
 *
 * @param isDark whether it stands on something dark
 */
export function themeStyles(isDark: boolean, css = themeCss): string {
  const { light, dark } = readTokens(css);
  const block = (tokens: Tokens) => [...tokens].map(([name, value]) => `${name}: ${value};`).join(' ');
  const schemes = {
    light: `color-scheme: light; ${block(light)}`,
    dark: `color-scheme: dark; ${block(light)} ${block(dark)}`,
  };
  return `
    :host { ${schemes[isDark ? 'dark' : 'light']} color: var(--ink); font: var(--text); }
    :host([theme='light']) { ${schemes.light} }
    :host([theme='dark']) { ${schemes.dark} }
    @media (prefers-reduced-motion: reduce) { :host { --quick: 0ms; } }
  `;
}

/** Pages let their colours change slowly. */
const CHANGED_MS = 500;

/**
 * Keeps an element's style sheet as what is around it demands: pages that are light stay so in dark surroundings of the
 * system, and others have a switch of their own.
 *
 * @param styles to stand in the same sheet, behind the theme's
 * @returns ends that
 */
export function followSurroundings(host: HTMLElement, sheet: CSSStyleSheet, styles = ''): () => void {
  let shown: boolean | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const apply = () => {
    const isDark = isAmongDark(host);
    if (isDark !== shown) sheet.replaceSync(`${themeStyles(isDark)} ${styles}`);
    shown = isDark;
  };
  const changed = () => {
    apply();
    clearTimeout(timer);
    timer = setTimeout(apply, CHANGED_MS);
  };
  const media = matchMedia('(prefers-color-scheme: dark)');
  const observer = new MutationObserver(changed);
  media.addEventListener('change', changed);
  for (const element of [document.documentElement, document.body]) {
    if (element !== null) observer.observe(element, { attributes: true });
  }
  changed();
  return () => {
    clearTimeout(timer);
    media.removeEventListener('change', changed);
    observer.disconnect();
  };
}

/** Whether the text around an element is light: it stands on something dark then, whatever that is. */
function isAmongDark(element: Element): boolean {
  const root = element.getRootNode();
  const around = element.parentElement ?? (root instanceof ShadowRoot ? root.host : document.documentElement);
  const context = new OffscreenCanvas(1, 1).getContext('2d')!;
  // Understands every colour that style sheets do.
  context.fillStyle = getComputedStyle(around).color;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return 0.299 * red! + 0.587 * green! + 0.114 * blue! > 127;
}
