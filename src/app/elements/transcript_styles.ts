import { css } from 'lit';

/** Turns that scroll above the composer, and the way to the latest of them: on the page, and in another one. */
export const transcriptStyles = css`
  .transcript {
    overflow-y: auto;
    overscroll-behavior: contain;
  }

  .transcript:focus-visible {
    outline-offset: -2px;
  }

  .turns,
  .foot {
    display: grid;
    inline-size: 100%;
    margin-inline: auto;
  }

  .foot {
    position: relative;
    gap: 8px;
  }

  .foot > * {
    min-inline-size: 0;
  }

  .latest {
    position: absolute;
    inset-block-end: calc(100% + 12px);
    inset-inline: 0;
    display: grid;
    place-items: center;
    inline-size: 40px;
    block-size: 40px;
    margin-inline: auto;
    border: 1px solid var(--line);
    border-radius: 50%;
    background: var(--paper-raised);
    box-shadow: var(--shadow);
  }
`;
