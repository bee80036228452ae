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
    padding: 16px;
  }

  .turns,
  .welcome {
    max-inline-size: 712px;
  }

  .turns {
    gap: 20px;
  }

  glance-turn + glance-turn {
    padding-block-start: 20px;
    border-block-start: 1px solid var(--line);
  }

  .welcome {
    display: grid;
    inline-size: 100%;
    margin-inline: auto;
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
    max-inline-size: 736px;
    padding: 0 12px 12px;
  }

  .latest {
    inset-block-end: calc(100% + 8px);
  }

  :host([dragging]) .transcript {
    outline: 2px dashed var(--accent);
    outline-offset: -6px;
    border-radius: 14px;
  }
`;
