import { css } from 'lit';

export const editorStyles = css`
  :host {
    --dialog-inline-size: min(960px, 100vw - 24px);
    --dialog-block-size: min(820px, 100dvh - 24px);
  }

  dialog[open] {
    display: flex;
    flex-direction: column;
  }

  .bar {
    display: flex;
    align-items: center;
    gap: 8px;
    padding-block: 6px;
    padding-inline: 16px 8px;
  }

  h2 {
    flex: 1;
    min-inline-size: 0;
    overflow: hidden;
    font: var(--text-small);
    color: var(--ink-soft);
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .room {
    position: relative;
    display: grid;
    flex: 1 1 0;
    place-items: center;
    min-block-size: 96px;
    margin-inline: 28px;
  }

  /* Handles stand out over the edge of the picture. */
  .turned {
    position: absolute;
    inset: 0;
    margin: auto;
    outline: 1px solid var(--line);
    background: #fff;
  }

  .turned img {
    position: absolute;
    top: 50%;
    left: 50%;
    max-inline-size: none;
    user-select: none;
    -webkit-touch-callout: none;
    translate: -50% -50%;
  }

  .turn-1 {
    rotate: 90deg;
  }

  .turn-2 {
    rotate: 180deg;
  }

  .turn-3 {
    rotate: 270deg;
  }

  .facts {
    padding: 10px 16px 0;
    font: var(--text-small);
    color: var(--ink-soft);
    text-align: center;
    font-variant-numeric: tabular-nums;
  }

  .tools {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: 2px;
    padding: 6px 12px;
  }

  .tools .text-button[aria-disabled='true'] {
    opacity: 0.45;
  }

  .strip {
    display: flex;
    flex: none;
    gap: 6px;
    padding: 6px 16px;
    overflow-x: auto;
    border-block-start: 1px solid var(--line);
  }

  .strip li {
    flex: none;
  }

  /* In the middle, where there is room, and still to be scrolled to both ends. */
  .strip li:first-child {
    margin-inline-start: auto;
  }

  .strip li:last-child {
    margin-inline-end: auto;
  }

  .strip button {
    display: block;
    padding: 2px;
    border: 2px solid transparent;
  }

  .strip button[aria-pressed='true'] {
    border-color: var(--accent);
  }

  .strip img {
    display: block;
    inline-size: 56px;
    block-size: 56px;
    border-radius: 5px;
    background: #fff;
    object-fit: cover;
  }

  .reordering li:not(.dragged) {
    transition: transform var(--quick);
  }

  .dragged {
    z-index: 1;
    position: relative;
    cursor: grabbing;
  }

  .foot {
    display: flex;
    justify-content: flex-end;
    gap: 8px;
    padding: 10px 16px max(12px, env(safe-area-inset-bottom));
    border-block-start: 1px solid var(--line);
  }

  @media (max-width: 639px) {
    .tools {
      flex-wrap: nowrap;
      justify-content: space-around;
      gap: 0;
      padding-inline: 4px;
    }

    .tools .text-button {
      flex: 1 1 0;
      flex-direction: column;
      gap: 2px;
      min-inline-size: 40px;
      min-block-size: 52px;
      padding: 4px 0;
      font-size: 0.6875rem;
      line-height: 0.875rem;
      text-align: center;
    }

    .room {
      margin-inline: 20px;
    }
  }

  /* Seven words do not fit beside each other. */
  @media (max-width: 359px) {
    .tools {
      flex-wrap: wrap;
      justify-content: center;
    }

    .tools .text-button {
      flex: 0 0 25%;
    }
  }

  @media (max-height: 560px) {
    .tools span {
      position: absolute;
      inline-size: 1px;
      block-size: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }

    .strip img {
      inline-size: 36px;
      block-size: 36px;
    }
  }

  @media (forced-colors: active) {
    .strip button {
      border-color: Canvas;
    }

    .strip button[aria-pressed='true'] {
      border-color: Highlight;
    }
  }
`;
