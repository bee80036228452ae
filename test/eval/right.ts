/** Least intersection over union at which a box counts as found. */
const LEAST_OVERLAP = 0.5;

type Box = [left: number, top: number, right: number, bottom: number];

interface Found {
  bbox_2d: Box;
  label: string;
}

/**
 * Whether an answer is right: equal to the truth letter for letter; for a list of boxes the same labels in the
 * same order, each box covering the true one by at least half (intersection over union).
 */
export function isRight(said: string, truth: string): boolean {
  if (said === truth) return true;
  const [found, wanted] = [boxesIn(said), boxesIn(truth)];
  if (!found || !wanted || found.length !== wanted.length) return false;
  return wanted.every(({ bbox_2d, label }, index) => {
    const other = found[index]!;
    return other.label === label && overlap(other.bbox_2d, bbox_2d) >= LEAST_OVERLAP;
  });
}

function boxesIn(text: string): Found[] | null {
  try {
    const list = JSON.parse(text) as Found[];
    const wellFormed = Array.isArray(list) && list.every((entry) => entry.bbox_2d.length === 4);
    return wellFormed ? list : null;
  } catch {
    return null;
  }
}

function overlap(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const area = (box: Box) => (box[2] - box[0]) * (box[3] - box[1]);
  return (width * height) / (area(a) + area(b) - width * height);
}
