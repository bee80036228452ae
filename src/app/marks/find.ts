/**
 * Places on a picture that an answer names. Qwen3-VL is trained to give them as JSON, boxes as
 * `{"bbox_2d": [x1, y1, x2, y2], "label": …}` and points as `{"point_2d": [x, y], "label": …}`, in
 * thousandths of the picture's width and height (Qwen3-VL's cookbook on 2-D grounding).
 */

/** A box or a point on a picture, in thousandths of its width and height. */
export interface Mark {
  readonly kind: 'box' | 'point';
  /** A box: left, top, right, bottom. A point: x, y. */
  readonly at: readonly number[];
  /** Empty if the answer gives none. */
  readonly label: string;
}

/** JSON of an answer that names places. */
export interface MarkedStretch {
  /** Where it begins and ends in the text. */
  readonly start: number;
  readonly end: number;
  /** The JSON itself, without a fence around it. */
  readonly json: string;
  readonly marks: readonly Mark[];
}

const PLACE = /"(?:bbox_2d|point_2d|bbox|box_2d|point)"\s*:/;

/**
 * The JSON that `text` begins with, if it names places; null if it does not, or nothing can be said yet.
 *
 * @param growing the text may go on: then JSON that has no end yet counts, with the places it has so far
 */
export function markedStart(text: string, growing: boolean): MarkedStretch | null {
  const opening = /^\s*[[{]/.exec(text);
  if (opening === null) return null;
  const start = opening[0].length - 1;
  const closed = endOfJson(text, start);
  if (closed === null && !growing) return null;
  const end = closed ?? text.length;
  const json = text.slice(start, end);
  const marks = marksIn(json);
  return marks.length === 0 ? null : { start, end, json, marks };
}

/** An object that names a place is short; what is longer holds such objects. */
const LONGEST_OBJECT = 4096;

/** The places that objects anywhere in a piece of JSON name, which may be cut off. */
export function marksIn(json: string): Mark[] {
  if (!PLACE.test(json)) return [];
  const marks: Mark[] = [];
  for (const { start, end } of closedBrackets(json, 0)) {
    if (json[start] !== '{' || end - start > LONGEST_OBJECT) continue;
    const mark = markOf(parsed(json.slice(start, end)));
    if (mark !== null) marks.push(mark);
  }
  return marks;
}

/** Index behind the bracket that closes the one at `start`; null if it is not closed. */
function endOfJson(text: string, start: number): number | null {
  for (const closed of closedBrackets(text, start)) if (closed.start === start) return closed.end;
  return null;
}

/** Pairs of brackets from `from` on, inner ones before outer ones; those within strings do not count. */
function* closedBrackets(text: string, from: number): Generator<{ start: number; end: number }> {
  const open: number[] = [];
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === '"' && open.length > 0) {
      for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === '\\') at++;
    } else if (character === '{' || character === '[') open.push(at);
    else if (character === '}' || character === ']') {
      const start = open.pop();
      if (start !== undefined) yield { start, end: at + 1 };
    }
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

function markOf(value: unknown): Mark | null {
  if (typeof value !== 'object' || value === null) return null;
  const fields = value as Record<string, unknown>;
  const label = [fields.label, fields.text_content, fields.text, fields.name].find(
    (word) => typeof word === 'string',
  );
  const box = numbers(fields.bbox_2d ?? fields.bbox ?? fields.box_2d, 4);
  const point = numbers(fields.point_2d ?? fields.point, 2);
  if (box !== null) {
    const [x1, y1, x2, y2] = box as [number, number, number, number];
    const at = [Math.min(x1, x2), Math.min(y1, y2), Math.max(x1, x2), Math.max(y1, y2)];
    return { kind: 'box', at, label: label ?? '' };
  }
  return point === null ? null : { kind: 'point', at: point, label: label ?? '' };
}

/** Numbers on the picture: what lies beyond its edge is brought back to it. */
function numbers(value: unknown, count: number): number[] | null {
  if (!Array.isArray(value) || value.length !== count) return null;
  if (!value.every((entry) => typeof entry === 'number' && Number.isFinite(entry))) return null;
  return value.map((entry: number) => Math.min(1000, Math.max(0, entry)));
}
