import { css } from 'lit';

export const railStyles = css`
  :host {
    display: grid;
    grid-template-rows: auto minmax(0, 1fr) auto;
    grid-template-columns: minmax(0, 1fr);
    min-block-size: 0;
    block-size: 100%;
  }

  .search {
    position: relative;
    padding: 8px 12px;
  }

  .search svg {
    position: absolute;
    inset-block-start: 50%;
    inset-inline-start: 22px;
    inline-size: 16px;
    block-size: 16px;
    translate: 0 -50%;
    color: var(--ink-soft);
    pointer-events: none;
  }

  input[type='search'] {
    inline-size: 100%;
    min-block-size: 36px;
    padding-inline: 34px 10px;
    border: 1px solid var(--line-strong);
    border-radius: 8px;
    background: var(--paper-raised);
    color: var(--ink);
    font: var(--text-small);
    appearance: none;
  }

  input::placeholder {
    color: var(--ink-soft);
    opacity: 1;
  }

  input[type='search']:focus-visible {
    border-color: var(--accent);
    outline-offset: -1px;
  }

  .scroll {
    overflow-y: auto;
    overscroll-behavior: contain;
    padding: 0 8px 12px;
  }

  h2 {
    padding: 12px 8px 4px;
    font: 600 0.75rem / 1rem var(--font);
    color: var(--ink-soft);
  }

  .empty {
    padding: 12px 8px;
    font: var(--text-small);
    color: var(--ink-soft);
    text-wrap: pretty;
  }

  .foot {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 8px;
    padding: 8px 12px 12px;
    border-block-start: 1px solid var(--line);
    font: var(--text-small);
    color: var(--ink-soft);
  }

  .kept {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 8px;
  }

  .kept .icon-button {
    flex: none;
    inline-size: 32px;
    block-size: 32px;
  }

  .undo {
    display: flex;
    align-items: center;
    gap: 4px;
    padding-block: 4px;
    padding-inline: 12px 4px;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--paper-raised);
    color: var(--ink);
  }

  .undo span {
    display: -webkit-box;
    flex: 1;
    min-inline-size: 0;
    overflow: hidden;
    overflow-wrap: anywhere;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 2;
  }

  .undo .text-button {
    color: var(--accent);
    font-weight: 600;
  }

  .undo .icon-button {
    inline-size: 28px;
    block-size: 28px;
  }

  .undo .icon-button svg {
    inline-size: 16px;
    block-size: 16px;
  }

  @media (pointer: coarse) {
    input[type='search'] {
      min-block-size: 44px;
    }

    .kept .icon-button,
    .undo .icon-button {
      inline-size: 44px;
      block-size: 44px;
    }
  }
`;
