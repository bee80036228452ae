import { css } from 'lit';

export const chatViewStyles = css`
  :host {
    --picture-height: 180px;
    display: grid;
    grid-template-rows: auto minmax(0, 1fr) auto;
    min-block-size: 0;
    block-size: 100%;
    background: var(--paper);
    color: var(--ink);
    font: var(--text);
    text-align: start;
  }

  .bar {
    display: flex;
    align-items: center;
    gap: 8px;
    min-block-size: 44px;
    padding-inline: 16px 8px;
    border-block-end: 1px solid var(--line);
    font: 600 0.9375rem / 1.25rem var(--font);
  }

  .bar svg {
    color: var(--accent);
  }

  .bar .title {
    display: flex;
    align-items: center;
    gap: 8px;
    min-inline-size: 0;
    margin-inline-end: auto;
  }

  .transcript {
    position: relative;
    overflow-y: auto;
    overscroll-behavior: contain;
    padding: 16px;
  }

  .transcript:focus-visible {
    outline-offset: -2px;
  }

  .turns,
  .foot,
  .welcome {
    inline-size: 100%;
    max-inline-size: 712px;
    margin-inline: auto;
  }

  .turns {
    display: grid;
    gap: 20px;
  }

  glance-turn + glance-turn {
    padding-block-start: 20px;
    border-block-start: 1px solid var(--line);
  }

  .welcome {
    display: grid;
    align-content: end;
    gap: 4px;
    min-block-size: 100%;
    color: var(--ink-soft);
  }

  .welcome strong {
    font: 600 1.125rem / 1.5rem var(--font);
    color: var(--ink);
  }

  .foot {
    position: relative;
    display: grid;
    gap: 8px;
    max-inline-size: 736px;
    padding: 0 12px 12px;
  }

  .foot > * {
    min-inline-size: 0;
  }

  .latest {
    position: absolute;
    inset-block-end: calc(100% + 8px);
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

  :host([dragging]) .transcript {
    outline: 2px dashed var(--accent);
    outline-offset: -6px;
    border-radius: 14px;
  }
`;
