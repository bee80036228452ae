import { css } from 'lit';

/** What says whether a model fits. */
export const markStyles = css`
  .mark {
    padding: 1px 8px;
    border: 1px solid var(--line-strong);
    border-radius: 10px;
    color: var(--ink-soft);
    white-space: nowrap;
  }

  .mark.fits {
    border-color: transparent;
    background: var(--accent-soft);
    color: var(--accent);
  }

  .mark.recommended {
    border-color: var(--accent);
    background: var(--accent);
    color: var(--accent-ink);
    font-weight: 600;
  }

  .mark.no {
    border-style: dashed;
  }
`;

export const rowStyles = css`
  :host {
    display: block;
  }

  article {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: 2px 24px;
    padding-block: 14px;
    font: var(--text-small);
  }

  article > * {
    grid-column: 1 / -1;
  }

  .head,
  .facts,
  .need,
  .standing,
  .work {
    grid-column: 1;
  }

  .head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 8px;
  }

  h4 {
    margin: 0;
    font: 600 1rem / 1.5rem var(--font);
    overflow-wrap: anywhere;
  }

  p {
    max-inline-size: 62ch;
    overflow-wrap: anywhere;
    font-variant-numeric: tabular-nums;
  }

  .facts {
    color: var(--ink-soft);
  }

  .facts span {
    white-space: nowrap;
  }

  .unfit h4 {
    font-weight: 500;
  }

  .standing {
    color: var(--ink-soft);
  }

  .work {
    max-inline-size: 62ch;
    color: var(--ink);
  }

  .actions {
    grid-column: 2;
    grid-row: 1 / span 4;
    display: flex;
    flex-wrap: wrap;
    align-content: start;
    justify-content: end;
    gap: 4px;
    max-inline-size: 220px;
  }

  .actions button:disabled {
    opacity: 0.7;
  }

  .confirmation {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
    margin-block-start: 8px;
    padding: 8px 12px;
    border: 1px solid var(--danger);
    border-radius: var(--radius);
    background: var(--danger-soft);
  }

  .confirmation p {
    flex: 1 1 200px;
    max-inline-size: none;
  }

  .danger {
    border-color: var(--danger);
    color: var(--danger);
  }

  glance-error-card {
    margin-block-start: 8px;
  }

  details {
    color: var(--ink-soft);
  }

  summary {
    inline-size: fit-content;
    padding-block: 4px;
    border-radius: 4px;
    cursor: pointer;
  }

  label {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 10px;
    padding-block: 4px;
  }

  label > span:first-child {
    min-inline-size: 64px;
  }

  select {
    min-block-size: 32px;
    padding: 0 8px;
    border: 1px solid var(--line-strong);
    border-radius: 8px;
    background: var(--paper-raised);
    color: var(--ink);
    font: inherit;
  }

  .save {
    display: flex;
    max-inline-size: 100%;
    padding-inline: 0;
    text-align: start;
    overflow-wrap: anywhere;
  }

  @media (pointer: coarse) {
    summary {
      padding-block: 12px;
    }

    select {
      min-block-size: 44px;
    }
  }

  @media (max-width: 639px) {
    article {
      grid-template-columns: minmax(0, 1fr);
    }

    .confirmation p {
      flex-basis: 100%;
    }

    .actions {
      grid-column: 1;
      grid-row: auto;
      justify-content: start;
      max-inline-size: none;
      padding-block-start: 8px;
    }
  }
`;
