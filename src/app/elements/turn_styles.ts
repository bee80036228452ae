import { css } from 'lit';

export const turnStyles = css`
  :host {
    display: block;
  }

  article,
  .said {
    display: grid;
    gap: 8px;
  }


  h2 {
    max-inline-size: 70ch;
    font: 600 1rem / 1.5rem var(--font);
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }

  h2.long {
    font-weight: 400;
  }

  h2.folded {
    display: -webkit-box;
    overflow: hidden;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 8;
  }

  .question .text-button {
    margin-inline-start: -10px;
  }

  glance-versions {
    margin-inline-start: -8px;
  }

  .actions .text-button:disabled {
    opacity: 0.5;
  }

  .edited .answer {
    color: var(--ink-soft);
  }

  .quiet,
  .demo-note {
    max-inline-size: 70ch;
    font: var(--text-small);
    color: var(--ink-soft);
  }

  .demo-note {
    max-inline-size: 80ch;
    margin-block-start: 4px;
    text-wrap: pretty;
    padding-inline-start: 12px;
    border-inline-start: 2px solid var(--line-strong);
  }

  .actions {
    display: flex;
    flex-wrap: wrap;
    margin-inline-start: -10px;
  }

  .actions svg {
    inline-size: 16px;
    block-size: 16px;
  }

  .pictures {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    margin-block-end: 4px;
  }

  img {
    display: block;
    inline-size: auto;
    block-size: auto;
    min-inline-size: 48px;
    max-inline-size: 100%;
    max-block-size: var(--picture-height, min(320px, 40vh));
    border-radius: var(--radius);
    background: #fff;
    outline: 1px solid var(--line);
    outline-offset: -1px;
    object-fit: contain;
  }

  li {
    min-inline-size: 0;
    max-inline-size: 100%;
  }

  .marked {
    position: relative;
  }

  li:not(:only-child) img {
    max-block-size: 160px;
  }

  .enlarge {
    display: block;
    max-inline-size: 100%;
    border-radius: var(--radius);
    cursor: zoom-in;
  }

  .thumbnails button {
    display: block;
    padding: 2px;
    border: 2px solid transparent;
  }

  .thumbnails button[aria-pressed='true'] {
    border-color: var(--accent);
  }

  .thumbnails img,
  .thumbnails li:not(:only-child) img {
    inline-size: 56px;
    block-size: 56px;
    border-radius: 5px;
    object-fit: cover;
  }

  @media (max-width: 639px) {
    .tiles img,
    .tiles li:not(:only-child) img {
      inline-size: 72px;
      block-size: 72px;
      object-fit: cover;
    }
  }

  @media (forced-colors: active) {
    .thumbnails button {
      border-color: Canvas;
    }

    .thumbnails button[aria-pressed='true'] {
      border-color: Highlight;
    }
  }

  dl {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(160px, 1fr));
    gap: 8px 16px;
    padding: 12px 16px;
    border-radius: var(--radius);
    background: var(--paper-sunken);
    font: var(--text-small);
    font-variant-numeric: tabular-nums;
  }

  dl.asked {
    margin-block-start: 8px;
    overflow-wrap: anywhere;
  }

  dt {
    color: var(--ink-soft);
  }

  dd {
    color: var(--ink);
  }
`;
