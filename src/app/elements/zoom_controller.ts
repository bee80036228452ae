import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Size } from '../editing/geometry.ts';
import { boundsOf, pannedBy, wholeView, type ZoomBounds, type ZoomView, zoomedAt } from '../editing/zoom.ts';

/** One step of a key or a button. */
const STEP = 1.5;
/** What a double click magnifies by. */
const LEAP = 2.5;
/** An arrow key moves by this share of the frame. */
const KEY_SHARE = 0.15;
/** Two presses within this time and distance are a double click, or a double tap. */
const DOUBLE_MS = 300;
const DOUBLE_PX = 24;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A picture in a frame that is magnified and moved by wheel, pinch, drag, double click or tap, and keys. */
export class ZoomController implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #frame: () => HTMLElement | null;
  readonly #margin: number;
  readonly #pointers = new Map<number, Point>();
  readonly #sizes = new ResizeObserver(() => this.#measure());
  #observed: HTMLElement | null = null;
  #picture: Size | null = null;
  #bounds: ZoomBounds | null = null;
  #view: ZoomView = { scale: 1, x: 0, y: 0 };
  #press: (Point & { atMs: number }) | null = null;

  /**
   * @param frame what the picture is seen through; its first child is the picture with what is drawn on it
   * @param margin around the picture when it fits, in pixels
   */
  constructor(host: ReactiveControllerHost, frame: () => HTMLElement | null, margin: number) {
    this.#host = host;
    this.#frame = frame;
    this.#margin = margin;
    host.addController(this);
  }

  get scale(): number {
    return this.#view.scale;
  }

  get atMost(): boolean {
    return this.#bounds !== null && this.#view.scale >= this.#bounds.maxScale;
  }

  hostUpdated(): void {
    const frame = this.#frame();
    if (frame === this.#observed) return;
    if (this.#observed !== null) this.#unlisten(this.#observed);
    this.#observed = frame;
    if (frame !== null) this.#listen(frame);
  }

  hostDisconnected(): void {
    if (this.#observed !== null) this.#unlisten(this.#observed);
    this.#observed = null;
  }

  /** Another picture, seen whole. @param picture its sides in pixels */
  show(picture: Size): void {
    const { width, height } = picture;
    if (this.#picture?.width === width && this.#picture.height === height) return;
    this.#picture = { width, height };
    this.#view = { scale: 1, x: 0, y: 0 };
    this.#measure();
  }

  /** The whole picture again, at its next showing too. */
  forget(): void {
    this.#picture = null;
    this.#bounds = null;
    this.#pointers.clear();
  }

  reset(): void {
    if (this.#bounds !== null) this.#set(wholeView(this.#bounds));
  }

  /** Magnifies about the middle of what is seen. */
  step(direction: 1 | -1): void {
    const { width, height } = this.#bounds?.frame ?? { width: 0, height: 0 };
    this.#zoom(STEP ** direction, { x: width / 2, y: height / 2 });
  }

  /** @returns whether the key means something here */
  key({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
    if (ctrlKey || metaKey || altKey || this.#bounds === null) return false;
    const { width, height } = this.#bounds.frame;
    const pan = {
      ArrowLeft: [KEY_SHARE * width, 0],
      ArrowRight: [-KEY_SHARE * width, 0],
      ArrowUp: [0, KEY_SHARE * height],
      ArrowDown: [0, -KEY_SHARE * height],
    }[key];
    if (pan !== undefined) this.#set(pannedBy(this.#view, pan[0]!, pan[1]!, this.#bounds));
    else if (key === '+' || key === '=') this.step(1);
    else if (key === '-' || key === '_') this.step(-1);
    else if (key === '0') this.reset();
    else return false;
    return true;
  }

  #zoom(factor: number, { x, y }: Point): void {
    if (this.#bounds !== null) this.#set(zoomedAt(this.#view, factor, x, y, this.#bounds));
  }

  #set(view: ZoomView): void {
    this.#view = view;
    this.#paint();
    this.#host.requestUpdate();
  }

  #measure(): void {
    const frame = this.#frame();
    if (frame === null || this.#picture === null || frame.clientWidth === 0) return;
    const { clientWidth: width, clientHeight: height } = frame;
    this.#bounds = boundsOf(this.#picture, { width, height }, this.#margin);
    // Keeps what can be kept of the view.
    this.#set(pannedBy(this.#view, 0, 0, this.#bounds));
  }

  /** From script, because a strict CSP forbids style attributes. */
  #paint(): void {
    const content = this.#frame()?.firstElementChild as HTMLElement | null | undefined;
    if (!content || this.#bounds === null) return;
    const { fitting } = this.#bounds;
    const { scale, x, y } = this.#view;
    content.style.width = `${fitting.width * scale}px`;
    content.style.height = `${fitting.height * scale}px`;
    content.style.transform = `translate(${x}px, ${y}px)`;
  }

  #listen(frame: HTMLElement): void {
    this.#sizes.observe(frame);
    // Not passive: the page must not scroll or zoom along.
    frame.addEventListener('wheel', this.#wheel, { passive: false });
    frame.addEventListener('pointerdown', this.#down);
    frame.addEventListener('pointermove', this.#moved);
    frame.addEventListener('pointerup', this.#up);
    frame.addEventListener('pointercancel', this.#up);
  }

  #unlisten(frame: HTMLElement): void {
    this.#sizes.disconnect();
    frame.removeEventListener('wheel', this.#wheel);
    frame.removeEventListener('pointerdown', this.#down);
    frame.removeEventListener('pointermove', this.#moved);
    frame.removeEventListener('pointerup', this.#up);
    frame.removeEventListener('pointercancel', this.#up);
  }

  /** Where an event is, in pixels of the frame. */
  #at({ clientX, clientY }: MouseEvent): Point {
    const { left, top } = this.#observed!.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  readonly #wheel = (event: WheelEvent) => {
    event.preventDefault();
    // Mice count lines where touchpads count pixels; a pinch on a touchpad comes with Ctrl and small numbers.
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 24 : 1);
    this.#zoom(Math.exp(-pixels / (event.ctrlKey ? 100 : 400)), this.#at(event));
  };

  readonly #down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    this.#observed?.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, this.#at(event));
    this.#pressed(event);
  };

  readonly #moved = (event: PointerEvent) => {
    const before = this.#pointers.get(event.pointerId);
    if (before === undefined || this.#bounds === null) return;
    const now = this.#at(event);
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.#pointers.set(event.pointerId, now);
    if (other === undefined) {
      this.#set(pannedBy(this.#view, now.x - before.x, now.y - before.y, this.#bounds));
      return;
    }
    // Two fingers: the points under them stay under them.
    const distance = (point: Point) => Math.hypot(point.x - other.x, point.y - other.y);
    const middle = (point: Point) => ({ x: (point.x + other.x) / 2, y: (point.y + other.y) / 2 });
    const [from, to] = [middle(before), middle(now)];
    const zoomed = zoomedAt(
      this.#view,
      distance(now) / Math.max(1, distance(before)),
      from.x,
      from.y,
      this.#bounds,
    );
    this.#set(pannedBy(zoomed, to.x - from.x, to.y - from.y, this.#bounds));
  };

  readonly #up = (event: PointerEvent) => {
    this.#pointers.delete(event.pointerId);
  };

  /** Told by hand: browsers differ in whether two taps are a double click too. */
  #pressed(event: PointerEvent) {
    const { x, y } = this.#at(event);
    const last = this.#press;
    const isDouble =
      this.#pointers.size === 1 &&
      last !== null &&
      event.timeStamp - last.atMs < DOUBLE_MS &&
      Math.hypot(x - last.x, y - last.y) < DOUBLE_PX;
    this.#press = isDouble || this.#pointers.size > 1 ? null : { x, y, atMs: event.timeStamp };
    if (isDouble) this.#leap({ x, y });
  }

  #leap(point: Point) {
    if (this.#view.scale > 1.01) this.reset();
    else this.#zoom(LEAP, point);
  }
}
