import { css } from 'lit';

export const modelsStyles = css`
  dialog {
    inline-size: min(760px, 100vw - 48px);
    block-size: min(860px, 100dvh - 64px);
    max-inline-size: none;
    max-block-size: none;
    padding: 0;
    /* Only the list scrolls, also when the focus goes to something below. */
    overflow: clip;
    border: 1px solid var(--line);
    border-radius: 14px;
    background: var(--paper-raised);
    color: var(--ink);
    box-shadow: var(--shadow);
  }

  dialog[open] {
    display: grid;
    grid-template-rows: auto minmax(0, 1fr);
    animation: rise var(--quick) ease-out;
  }

  dialog::backdrop {
    background: var(--scrim);
  }

  @keyframes rise {
    from {
      opacity: 0;
      transform: translateY(6px);
    }
  }

  .bar {
    display: flex;
    align-items: center;
    justify-content: space-between;
    padding-block: 10px;
    padding-inline: 24px 12px;
    border-block-end: 1px solid var(--line);
  }

  h2 {
    font: 650 1.125rem / 1.5rem var(--font);
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
    dialog {
      inline-size: 100vw;
      block-size: 100dvh;
      border: 0;
      border-radius: 0;
    }

    .bar {
      padding-block: 6px;
      padding-inline: max(16px, env(safe-area-inset-left)) 8px;
    }

    .column {
      padding-inline: max(16px, env(safe-area-inset-left)) max(16px, env(safe-area-inset-right));
    }
  }
`;
