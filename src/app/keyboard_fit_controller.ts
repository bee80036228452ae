import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** More than this, in pixels, is a keyboard; less is a browser's bar that comes and goes. */
const KEYBOARD_HEIGHT = 80;

/**
 * Safari lays its keyboard over the page, and what stands at the lower edge must stay above it: sets the
 * element's `--app-height` to the height that is left while there is a keyboard.
 */
export class KeyboardFitController implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement;

  constructor(host: ReactiveControllerHost & HTMLElement) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    visualViewport?.addEventListener('resize', this.#fit);
  }

  hostDisconnected(): void {
    visualViewport?.removeEventListener('resize', this.#fit);
  }

  readonly #fit = () => {
    const height = visualViewport?.height ?? innerHeight;
    if (innerHeight - height > KEYBOARD_HEIGHT) this.#host.style.setProperty('--app-height', `${height}px`);
    else this.#host.style.removeProperty('--app-height');
  };
}
