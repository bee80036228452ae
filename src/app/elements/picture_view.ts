/** What elements that show pictures have in common. */
import { css } from 'lit';
import type { PictureContent } from '../conversation.ts';

/**
 * A box that shows one picture as large as fits, but small ones at most four times their size: more shows
 * only blur. {@link setPictureSize} tells the picture's measures.
 */
export const pictureViewStyles = css`
  .view {
    container-type: size;
    display: grid;
    place-items: safe center;
    min-block-size: 0;
  }

  .framed {
    position: relative;
  }

  .view img {
    --fitting-width: min(
      100cqi - 2 * var(--margin, 24px),
      (100cqb - 2 * var(--margin, 24px)) * var(--aspect-ratio, 1),
      4px * var(--natural-width, 256)
    );
    display: block;
    inline-size: var(--fitting-width);
    aspect-ratio: var(--aspect-ratio, 1);
    outline: 1px solid var(--line);
    background: #fff;
  }
`;

/**
 * Gives a picture its place before it is decoded, or, where its measures are not known, after. Set from
 * script because a strict CSP forbids style attributes.
 */
export function setPictureSize(image: HTMLImageElement | null, content: PictureContent | null): void {
  if (image === null) return;
  // An SVG without a size of its own has none to give.
  const width = content?.width ?? (image.naturalWidth || 300);
  const height = content?.height ?? (image.naturalHeight || 300);
  image.style.setProperty('--aspect-ratio', String(width / height));
  image.style.setProperty('--natural-width', String(width));
}

/** Scrolls a row sideways as little as it takes to show one of its items; nothing else moves. */
export function revealInRow(row: HTMLElement | null, item: HTMLElement | null | undefined): void {
  if (!row || !item) return;
  const [outer, inner] = [row.getBoundingClientRect(), item.getBoundingClientRect()];
  if (inner.right > outer.right) row.scrollLeft += inner.right - outer.right;
  else if (inner.left < outer.left) row.scrollLeft -= outer.left - inner.left;
}
