import { html, type ReactiveController, type ReactiveControllerHost } from 'lit';
import type { GlanceSettings, SettingsTab } from './elements/settings.ts';
import type { GlanceShortcuts } from './elements/shortcuts.ts';
import type { History } from './history/history.ts';
import type { ReadMemory } from './memory_controller.ts';
import type { SessionModel } from './model_loader.ts';
import type { Session } from './session.ts';
import type { SettingsStore } from './settings/settings_store.ts';
import { hasCommandKey, isTyping, type ShortcutId, shortcutOf } from './settings/shortcuts.ts';
import { applyTheme } from './settings/theme.ts';
import type { ModelShelf } from './shelf.ts';
import { words } from './words/index.ts';

/** What the page is made of. */
interface Page extends ReactiveControllerHost {
  readonly renderRoot: ParentNode;
  readonly session: Session;
  readonly settings: SettingsStore;
  readonly shelf: ModelShelf;
  readonly demo: SessionModel;
  readonly readMemory: ReadMemory;
}

interface Actions {
  /** What the page does for the shortcuts that are not about settings. */
  readonly act: (shortcut: Exclude<ShortcutId, 'settings' | 'shortcuts'>) => void;
  /** Another view is open, which takes the keys. */
  readonly busy: () => boolean;
  readonly closed: () => void;
}

/** The page's settings: fetches and shows what they are set in, follows them, and hears the page's keys. */
export class SettingsController implements ReactiveController {
  readonly #host: Page;
  readonly #actions: Actions;
  #unfollow: (() => void) | null = null;

  constructor(host: Page, actions: Actions) {
    this.#host = host;
    this.#actions = actions;
    host.addController(this);
  }

  hostConnected(): void {
    const { settings } = this.#host;
    const follow = () => applyTheme(settings.state.theme, document);
    this.#unfollow = settings.subscribe(follow);
    follow();
    addEventListener('keydown', this.#key);
  }

  hostDisconnected(): void {
    this.#unfollow?.();
    removeEventListener('keydown', this.#key);
  }

  /** Whether one of the views is open: Escape then closes it and nothing else. */
  get open(): boolean {
    return this.#settings?.open === true || this.#shortcuts?.open === true;
  }

  /** The views come when they are first wanted: the first paint goes without them. */
  readonly showSettings = async (tab?: SettingsTab): Promise<void> => {
    try {
      await import('./elements/settings.ts');
      await this.#settings?.show(tab);
    } catch (error) {
      this.#host.session.report(error, words.settings.notShown);
    }
  };

  readonly showShortcuts = async (): Promise<void> => {
    try {
      await import('./elements/shortcuts.ts');
      await this.#shortcuts?.show();
    } catch (error) {
      this.#host.session.report(error, words.settings.notShown);
    }
  };

  render(history: History | null) {
    const { settings, session, shelf, demo, readMemory } = this.#host;
    return html`
      <glance-settings
        .settings=${settings}
        .session=${session}
        .shelf=${shelf}
        .demo=${demo}
        .readMemory=${readMemory}
        .history=${history}
        @show-shortcuts=${this.showShortcuts}
        @closed=${this.#actions.closed}
      ></glance-settings>
      <glance-shortcuts .settings=${settings} @closed=${this.#actions.closed}></glance-shortcuts>
    `;
  }

  get #settings(): GlanceSettings | null {
    return this.#host.renderRoot.querySelector('glance-settings');
  }

  get #shortcuts(): GlanceShortcuts | null {
    return this.#host.renderRoot.querySelector('glance-shortcuts');
  }

  readonly #key = (event: KeyboardEvent) => {
    if (event.isComposing || event.defaultPrevented || this.open || this.#actions.busy()) return;
    const { characterKeys } = this.#host.settings.state;
    const single = characterKeys && !isTyping(event.composedPath());
    const shortcut = shortcutOf(event, hasCommandKey(navigator.platform), single);
    if (shortcut === null) return;
    event.preventDefault();
    if (shortcut === 'settings') void this.showSettings();
    else if (shortcut === 'shortcuts') void this.showShortcuts();
    else this.#actions.act(shortcut);
  };
}
