/** Light or dark. Small, for it is part of what runs before the first paint. */

export type Theme = 'system' | 'light' | 'dark';
export const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

/** Under which the settings are kept in `localStorage`. */
export const SETTINGS_KEY = 'glance-settings';

/** The theme that was chosen at an earlier visit. */
export function keptTheme(storage: Pick<Storage, 'getItem'> | null): Theme {
  try {
    const kept: unknown = JSON.parse(storage?.getItem(SETTINGS_KEY) ?? 'null');
    const theme = kept === null ? null : (kept as { theme?: unknown }).theme;
    return THEMES.find((known) => known === theme) ?? 'system';
  } catch {
    return 'system';
  }
}

/**
 * Shows the page, and what the browser draws around it, in a theme. The style sheet knows the attribute
 * `data-theme`; without it the page follows the system.
 */
export function applyTheme(theme: Theme, { documentElement, head }: Document): void {
  if (theme === 'system') documentElement.removeAttribute('data-theme');
  else documentElement.setAttribute('data-theme', theme);
  for (const meta of head.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const own = meta.dataset.scheme;
    if (own === undefined) continue;
    meta.media = theme === 'system' ? `(prefers-color-scheme: ${own})` : theme === own ? 'all' : 'not all';
  }
}
