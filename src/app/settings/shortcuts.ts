/** The page's keys. */

export type ShortcutId = 'settings' | 'shortcuts' | 'field' | 'new' | 'conversations';

/** What is looked at of a `KeyboardEvent`. */
export type KeyPress = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

/** Whether the platform's command key is ⌘, not Ctrl. */
export function hasCommandKey(platform: string): boolean {
  return /mac|iphone|ipad/i.test(platform);
}

/**
 * The shortcut that a key press means; null for none.
 *
 * @param command the platform's command key is ⌘
 * @param characterKeys single keys count: they are on, and nothing is being typed
 */
export function shortcutOf(press: KeyPress, command: boolean, characterKeys: boolean): ShortcutId | null {
  const { key, ctrlKey, metaKey, altKey, shiftKey } = press;
  const isCommand = command ? metaKey && !ctrlKey : ctrlKey && !metaKey;
  if (altKey) return null;
  if (isCommand) {
    if (key === ',' && !shiftKey) return 'settings';
    if (key.toLowerCase() === 'o' && shiftKey) return 'new';
    if (key.toLowerCase() === 'b' && !shiftKey) return 'conversations';
    return null;
  }
  if (ctrlKey || metaKey || !characterKeys) return null;
  // Where they lie, and whether Shift is part of them, depends on the keyboard.
  return key === '?' ? 'shortcuts' : key === '/' ? 'field' : null;
}

/** Whether what has the focus takes what is typed. @param path of the event, innermost first */
export function isTyping(path: readonly EventTarget[]): boolean {
  const [target] = path;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  if (target instanceof HTMLSelectElement) return true;
  return (
    target instanceof HTMLInputElement && !/^(checkbox|radio|button|submit|range|file)$/.test(target.type)
  );
}
