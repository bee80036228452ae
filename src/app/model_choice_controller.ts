import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { type DeviceChoice, keepDevice, pageStorage } from './device.ts';
import type { GlanceModels } from './elements/models.ts';
import type { SessionModel } from './model_loader.ts';
import type { Session } from './session.ts';
import type { ModelShelf } from './shelf.ts';
import { smallerChoice } from './smaller_choice.ts';
import { words } from './words/index.ts';

/** What the choice of a model needs of the page. */
export interface ModelChoicePage {
  session(): Session;
  /** The model that comes with the site. */
  demo(): SessionModel;
  /** The view of all models. */
  models(): GlanceModels | null;
  /** What held the focus may be gone. */
  settle(): void;
  /** The models kept on this device. */
  shelf(): ModelShelf;
  /** A panel is open that keeps the focus. */
  holdsFocus(): boolean;
}

/** Does what elements ask for about the model and its device, by the events that they fire. */
export class ModelChoiceController implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement;
  readonly #page: ModelChoicePage;
  #unfollow: (() => void) | null = null;
  #told = '';

  constructor(host: ReactiveControllerHost & HTMLElement, page: ModelChoicePage) {
    this.#host = host;
    this.#page = page;
    host.addController(this);
  }

  hostConnected(): void {
    this.#host.addEventListener('device-chosen', this.#chooseDevice);
    this.#host.addEventListener('choose-model', this.#chooseModel);
    this.#host.addEventListener('use-demo', this.#useDemo);
    this.#host.addEventListener('use-smaller', this.#useSmaller);
    this.#host.addEventListener('load-again', this.#loadAgain);
    this.#unfollow = this.#page.shelf().subscribe(this.#tell);
  }

  hostDisconnected(): void {
    this.#host.removeEventListener('device-chosen', this.#chooseDevice);
    this.#host.removeEventListener('choose-model', this.#chooseModel);
    this.#host.removeEventListener('use-demo', this.#useDemo);
    this.#host.removeEventListener('use-smaller', this.#useSmaller);
    this.#host.removeEventListener('load-again', this.#loadAgain);
    this.#unfollow?.();
  }

  /** The view of all models says by itself what becomes of them; while it is closed, the page does. */
  readonly #tell = () => {
    const { announcement } = this.#page.shelf().state;
    if (announcement === this.#told) return;
    this.#told = announcement;
    if (this.#page.models()?.open !== true) this.#page.session().announce(announcement.trim());
  };

  /** Shows all models. The view comes when it is first wanted: the first paint goes without it. */
  async open(files: readonly File[] = []): Promise<void> {
    try {
      await import('./elements/models.ts');
      await this.#page.models()?.show(files);
    } catch (error) {
      this.#page.session().report(error, words.app.modelsNotShown);
    }
  }

  readonly #chooseDevice = (event: Event) => {
    const choice = (event as CustomEvent<DeviceChoice>).detail;
    const address = keepDevice(choice, new URL(location.href), pageStorage());
    if (address.href !== location.href) history.replaceState(history.state, '', address);
    void this.#page.session().useDevice(choice);
    // A way out of an error is gone with the error; the panel stays and keeps the focus.
    if (!this.#page.holdsFocus()) this.#page.settle();
  };

  readonly #chooseModel = () => {
    void this.open();
  };

  readonly #useDemo = () => {
    void this.#page.session().useModel(this.#page.demo());
    this.#page.settle();
  };

  readonly #useSmaller = () => {
    const session = this.#page.session();
    const smaller = smallerChoice(session.state);
    if (smaller?.kind === 'context') {
      void session.useModel({ ...session.state.chosen, contextLength: smaller.contextLength });
    } else {
      void this.open();
    }
  };

  readonly #loadAgain = () => {
    void this.#page.session().load();
    this.#page.settle();
  };
}
