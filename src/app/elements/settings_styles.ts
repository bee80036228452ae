import { css } from 'lit';

/** What the parts of the settings share: rows of a name, what it means, and a control. */
export const settingsStyles = css`
  :host {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 4px;
    font: var(--text-small);
  }

  .row {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    align-items: start;
    gap: 4px 16px;
    padding-block: 10px;
  }

  .row + .row {
    border-block-start: 1px solid var(--line);
  }

  .row.single {
    align-items: center;
  }

  .row.stacked {
    grid-template-columns: minmax(0, 1fr);
  }

  .name,
  h3.name {
    margin: 0;
    font: 500 0.875rem / 1.25rem var(--font);
    color: var(--ink);
  }

  .note {
    color: var(--ink-soft);
    text-wrap: pretty;
  }

  h3 {
    margin: 20px 0 4px;
    font: 600 0.9375rem / 1.25rem var(--font);
  }

  fieldset {
    min-inline-size: 0;
    margin: 0;
    padding: 0;
    border: 0;
  }

  select,
  textarea,
  input[type='text'] {
    box-sizing: border-box;
    max-inline-size: 100%;
    min-block-size: 36px;
    padding: 6px 10px;
    border: 1px solid var(--line-strong);
    border-radius: 8px;
    background: var(--paper);
    color: var(--ink);
    font: 400 0.875rem / 1.25rem var(--font);
  }

  textarea {
    display: block;
    inline-size: 100%;
    resize: vertical;
  }

  textarea::placeholder {
    color: var(--ink-soft);
    opacity: 1;
  }

  .check {
    display: flex;
    align-items: flex-start;
    gap: 10px;
    padding-block: 8px;
    cursor: pointer;
  }

  .check input {
    flex: none;
    inline-size: 18px;
    block-size: 18px;
    margin: 1px 0 0;
    accent-color: var(--accent);
    cursor: pointer;
  }

  dl {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    gap: 6px 16px;
    margin-block: 4px 8px;
  }

  dt {
    color: var(--ink-soft);
  }

  dd {
    font-variant-numeric: tabular-nums;
    overflow-wrap: anywhere;
  }

  .outlined-button:disabled {
    border-color: var(--line);
    color: var(--ink-soft);
    opacity: 0.7;
  }

  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
  }

  @media (max-width: 480px) {
    .row:not(.keep) {
      grid-template-columns: minmax(0, 1fr);
    }
  }

  @media (pointer: coarse) {
    select,
    textarea,
    input[type='text'] {
      min-block-size: 44px;
      /* Smaller text makes phones zoom in. */
      font-size: 1rem;
    }

    .check {
      padding-block: 12px;
    }
  }
`;
