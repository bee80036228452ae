/** How dialogs over the page look. */
import { css } from 'lit';

/** The frame of each of them, and what it lies on. */
export const dialogStyles = css`
  dialog {
    padding: 0;
    border: 1px solid var(--line);
    border-radius: 14px;
    background: var(--paper-raised);
    color: var(--ink);
    box-shadow: var(--shadow);
  }

  dialog::backdrop {
    background: var(--scrim);
  }
`;

/** A bar with what it is called and what closes it. */
export const titleBarStyles = css`
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
`;

/** One with a size of its own, which its host gives as `--dialog-inline-size` and `--dialog-block-size`; on phones it takes all. */
export const windowStyles = css`
  dialog {
    inline-size: var(--dialog-inline-size);
    block-size: var(--dialog-block-size);
    max-inline-size: none;
    max-block-size: none;
    /* Only what is in it scrolls, also when the focus goes to something below. */
    overflow: clip;
  }

  @media (max-width: 639px) {
    dialog {
      inline-size: 100vw;
      block-size: 100dvh;
      border: 0;
      border-radius: 0;
    }
  }
`;

/** A whole view of the page's: a window with a title, which comes up from below. */
export const viewStyles = [
  dialogStyles,
  titleBarStyles,
  windowStyles,
  css`
    dialog[open] {
      animation: rise var(--quick) ease-out;
    }

    @keyframes rise {
      from {
        opacity: 0;
        transform: translateY(6px);
      }
    }

    @media (max-width: 639px) {
      .bar {
        padding-block: 6px;
        padding-inline: max(16px, env(safe-area-inset-left)) 8px;
      }
    }
  `,
];
