import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { type Box, placeAt } from './arrange.ts';

/** A mouse that moves so far, in pixels, means to drag. */
const DRAG_AFTER_PX = 6;
/** A finger that rests so long means to drag; one that moves earlier scrolls. */
const HOLD_MS = 350;
/** So near to an end of the row, in pixels, it scrolls. */
const SCROLL_ZONE_PX = 32;

interface Drag {
  readonly pointerId: number;
  readonly item: HTMLElement;
  readonly from: number;
  readonly x: number;
  readonly y: number;
  /** Where the items were when it began. */
  boxes: Box[];
  scrollLeft: number;
  to: number;
  active: boolean;
}

/** Items of a row that are dragged to another place in it, by mouse, pen, or a finger that rests first. */
export class ReorderController implements ReactiveController {
  readonly #row: () => HTMLElement | null;
  readonly #move: (from: number, to: number) => void;
  #drag: Drag | null = null;
  #hold: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param row the element whose children are the items
   * @param move has the item at one place stand at another
   */
  constructor(
    host: ReactiveControllerHost,
    row: () => HTMLElement | null,
    move: (from: number, to: number) => void,
  ) {
    this.#row = row;
    this.#move = move;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#end(false);
  }

  /** To be called when a pointer goes down on an item. */
  readonly down = (event: PointerEvent): void => {
    const row = this.#row();
    const item = (event.currentTarget as HTMLElement).closest('li');
    if (row === null || item === null || event.button !== 0 || this.#drag !== null) return;
    const items = [...row.children] as HTMLElement[];
    if (items.length < 2) return;
    this.#drag = {
      pointerId: event.pointerId,
      item,
      from: items.indexOf(item),
      x: event.clientX,
      y: event.clientY,
      boxes: [],
      scrollLeft: row.scrollLeft,
      to: items.indexOf(item),
      active: false,
    };
    addEventListener('pointermove', this.#pointerMoved);
    addEventListener('pointerup', this.#released);
    addEventListener('pointercancel', this.#cancelled);
    addEventListener('keydown', this.#key, { capture: true });
    if (event.pointerType === 'touch') {
      this.#hold = setTimeout(() => this.#begin(), HOLD_MS);
      // Not passive: a drag must keep the row from scrolling.
      row.addEventListener('touchmove', this.#keepStill, { passive: false });
    }
  };

  #begin(): void {
    const [drag, row] = [this.#drag, this.#row()];
    if (drag === null || row === null) return;
    drag.active = true;
    drag.scrollLeft = row.scrollLeft;
    drag.boxes = [...row.children].map((child) => child.getBoundingClientRect());
    row.classList.add('reordering');
    drag.item.classList.add('dragged');
  }

  readonly #pointerMoved = (event: PointerEvent) => {
    const [drag, row] = [this.#drag, this.#row()];
    if (drag === null || row === null || event.pointerId !== drag.pointerId) return;
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    if (!drag.active) {
      if (Math.hypot(dx, dy) < DRAG_AFTER_PX) return;
      if (event.pointerType === 'touch') return this.#end(false);
      this.#begin();
    }
    const { left, right } = row.getBoundingClientRect();
    if (event.clientX > right - SCROLL_ZONE_PX) row.scrollLeft += 8;
    else if (event.clientX < left + SCROLL_ZONE_PX) row.scrollLeft -= 8;
    const scrolled = row.scrollLeft - drag.scrollLeft;
    drag.to = placeAt(drag.boxes, event.clientX + scrolled, event.clientY);
    this.#show(drag, row, dx + scrolled, dy);
  };

  /** The others make room for the one that is dragged. */
  #show({ boxes, from, to }: Drag, row: HTMLElement, dx: number, dy: number): void {
    for (const [at, child] of [...row.children].entries()) {
      const { style } = child as HTMLElement;
      if (at === from) {
        style.transform = `translate(${dx}px, ${dy}px)`;
        continue;
      }
      const place = at > from && at <= to ? at - 1 : at < from && at >= to ? at + 1 : at;
      const [own, next] = [boxes[at]!, boxes[place]!];
      style.transform = `translate(${next.left - own.left}px, ${next.top - own.top}px)`;
    }
  }

  readonly #released = (event: PointerEvent) => {
    if (event.pointerId === this.#drag?.pointerId) this.#end(true);
  };

  readonly #cancelled = (event: PointerEvent) => {
    if (event.pointerId === this.#drag?.pointerId) this.#end(false);
  };

  readonly #key = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !this.#drag?.active) return;
    event.preventDefault();
    event.stopPropagation();
    this.#end(false);
  };

  readonly #keepStill = (event: TouchEvent) => {
    if (this.#drag?.active) event.preventDefault();
  };

  #end(isDropped: boolean): void {
    clearTimeout(this.#hold);
    const [drag, row] = [this.#drag, this.#row()];
    this.#drag = null;
    removeEventListener('pointermove', this.#pointerMoved);
    removeEventListener('pointerup', this.#released);
    removeEventListener('pointercancel', this.#cancelled);
    removeEventListener('keydown', this.#key, { capture: true });
    row?.removeEventListener('touchmove', this.#keepStill);
    if (drag === null || !drag.active || row === null) return;
    row.classList.remove('reordering');
    drag.item.classList.remove('dragged');
    for (const child of row.children) (child as HTMLElement).style.transform = '';
    // The press that ends a drag presses nothing.
    const swallow = (event: Event) => {
      event.stopPropagation();
      event.preventDefault();
    };
    row.addEventListener('click', swallow, { capture: true, once: true });
    setTimeout(() => row.removeEventListener('click', swallow, { capture: true }));
    if (isDropped && drag.to !== drag.from) this.#move(drag.from, drag.to);
  }
}

/** Which way an item is to move that has the focus: Shift and an arrow key, as the row runs; null for other keys. */
export function reorderStep(event: KeyboardEvent, row: Element): -1 | 1 | null {
  if (!event.shiftKey || (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight')) return null;
  const isForward = (event.key === 'ArrowRight') === (getComputedStyle(row).direction !== 'rtl');
  return isForward ? 1 : -1;
}
