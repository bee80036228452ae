/** Magnifying and moving a picture within a frame. Lengths are in CSS pixels. */
import type { Size } from './geometry.ts';

/** How a picture lies in its frame: its top left corner, and how much larger it is than when it fits. */
export interface ZoomView {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

/** What a view depends on. */
export interface ZoomBounds {
  /** What can be seen at once. */
  readonly frame: Size;
  /** The picture at scale 1. */
  readonly fitting: Size;
  readonly maxScale: number;
}

/** The whole picture, in the middle. */
export function wholeView(bounds: ZoomBounds): ZoomView {
  return settled({ scale: 1, x: 0, y: 0 }, bounds);
}

/** The view scaled by a factor; what is at the point (x, y) of the frame stays there as far as it can. */
export function zoomedAt(view: ZoomView, factor: number, x: number, y: number, bounds: ZoomBounds): ZoomView {
  const scale = Math.max(1, Math.min(bounds.maxScale, view.scale * factor));
  const grown = scale / view.scale;
  return settled({ scale, x: x - (x - view.x) * grown, y: y - (y - view.y) * grown }, bounds);
}

export function pannedBy(view: ZoomView, dx: number, dy: number, bounds: ZoomBounds): ZoomView {
  return settled({ ...view, x: view.x + dx, y: view.y + dy }, bounds);
}

/** A view that shows no emptiness where there is picture: what is smaller than the frame is in its middle. */
function settled({ scale, x, y }: ZoomView, { frame, fitting }: ZoomBounds): ZoomView {
  const place = (at: number, room: number, length: number) =>
    length <= room ? (room - length) / 2 : Math.max(room - length, Math.min(0, at));
  return {
    scale,
    x: place(x, frame.width, fitting.width * scale),
    y: place(y, frame.height, fitting.height * scale),
  };
}

/** How large a picture is shown at most, and at least, in pixels of the window for one of its own. */
const LARGEST = 8;
/** A small picture is shown at most so many times its size when it fits. */
const LARGEST_FITTING = 4;
/** Any picture can be magnified this far. */
const LEAST_ZOOM = 4;

/** @param margin around the picture when it fits */
export function boundsOf(picture: Size, frame: Size, margin: number): ZoomBounds {
  const room = {
    width: Math.max(1, frame.width - 2 * margin),
    height: Math.max(1, frame.height - 2 * margin),
  };
  const fit = Math.min(room.width / picture.width, room.height / picture.height, LARGEST_FITTING);
  return {
    frame,
    fitting: { width: picture.width * fit, height: picture.height * fit },
    maxScale: Math.max(LEAST_ZOOM, LARGEST / fit),
  };
}
