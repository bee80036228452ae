import { css } from 'lit';
import { viewStyles } from './dialog_styles.ts';

const ownStyles = css`
  :host {
    --dialog-inline-size: min(760px, 100vw - 48px);
    --dialog-block-size: min(860px, 100dvh - 64px);
  }

  dialog[open] {
    display: grid;
    grid-template-rows: auto minmax(0, 1fr);
  }

  .scroll {
    overflow-y: auto;
    overscroll-behavior: contain;
  }

  .column {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 12px;
    padding: 20px 24px max(24px, env(safe-area-inset-bottom));
  }

  section {
    margin-block-start: 16px;
  }

  h3 {
    margin: 0;
    font: 600 0.9375rem / 1.25rem var(--font);
    color: var(--ink);
  }

  glance-model-add {
    margin-block-start: 12px;
  }

  li + li {
    border-block-start: 1px solid var(--line);
  }

  .note,
  .machine {
    font: var(--text-small);
    color: var(--ink-soft);
  }

  .trouble {
    display: flex;
    gap: 10px;
    padding: 10px 14px;
    border: 1px solid var(--line-strong);
    border-radius: var(--radius);
    font: var(--text-small);
  }

  .trouble a {
    color: var(--accent);
  }

  .space {
    display: grid;
    gap: 4px;
    font: var(--text-small);
    font-variant-numeric: tabular-nums;
  }

  .space p:first-child {
    font-weight: 600;
  }

  meter {
    inline-size: 100%;
    block-size: 8px;
    border: 0;
    border-radius: 4px;
    background: var(--line);
    overflow: hidden;
  }

  meter::-webkit-meter-bar {
    block-size: 8px;
    border: 0;
    border-radius: 4px;
    background: var(--line);
  }

  meter::-webkit-meter-optimum-value {
    background: var(--accent);
  }

  meter::-moz-meter-bar {
    background: var(--accent);
  }

  @media (max-width: 639px) {
    .column {
      padding-inline: max(16px, env(safe-area-inset-left)) max(16px, env(safe-area-inset-right));
    }
  }
`;

/** Of views that are one column which scrolls. */
export const modelsStyles = [viewStyles, ownStyles];
