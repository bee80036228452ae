import { css } from 'lit';

/** What every element of the page starts from: box model, buttons, focus, hidden text. */
export const baseStyles = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }

  [hidden] {
    display: none !important;
  }

  h1,
  h2,
  p,
  ul,
  dl,
  dd,
  figure {
    margin: 0;
    padding: 0;
  }

  ul {
    list-style: none;
  }

  svg {
    display: block;
    flex: none;
  }

  .directed {
    scale: var(--inline-sign, 1) 1;
  }

  button {
    font: inherit;
    color: inherit;
    background: none;
    border: 0;
    margin: 0;
    padding: 0;
    border-radius: 8px;
    cursor: pointer;
    touch-action: manipulation;
    -webkit-tap-highlight-color: transparent;
  }

  button:disabled {
    cursor: default;
  }

  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }

  .visually-hidden {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }

  .icon-button {
    display: grid;
    place-items: center;
    inline-size: 40px;
    block-size: 40px;
    color: var(--ink-soft);
    transition:
      background-color var(--quick),
      color var(--quick);
  }

  .text-button {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    min-block-size: 32px;
    padding: 0 10px;
    font: var(--text-small);
    font-weight: 500;
    color: var(--ink-soft);
    transition:
      background-color var(--quick),
      color var(--quick);
  }

  .filled-button,
  .outlined-button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 6px;
    min-block-size: 36px;
    padding: 0 14px;
    font: var(--text-small);
    font-weight: 600;
    color: var(--accent);
    border: 1px solid var(--line-strong);
    transition: background-color var(--quick);
  }

  .filled-button {
    color: var(--accent-ink);
    background: var(--accent);
    /* Seen where the system forces its colours and takes the background away. */
    border-color: transparent;
  }

  .filled-button:disabled {
    background: var(--paper-sunken);
    color: var(--ink-soft);
  }

  @media (hover: hover) {
    .icon-button:hover:not(:disabled),
    .text-button:hover:not(:disabled) {
      background: var(--paper-sunken);
      color: var(--ink);
    }

    .filled-button:hover:not(:disabled) {
      background: var(--accent-hover);
    }

    .outlined-button:hover:not(:disabled) {
      background: var(--accent-soft);
    }
  }

  @media (pointer: coarse) {
    .text-button,
    .filled-button,
    .outlined-button {
      min-block-size: 44px;
    }

    .icon-button {
      inline-size: 44px;
      block-size: 44px;
    }
  }
`;
