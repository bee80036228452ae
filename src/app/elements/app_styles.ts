import { css } from 'lit';

export const appStyles = css`
  :host {
    display: grid;
    grid-template-rows: auto minmax(0, 1fr);
    block-size: var(--app-height, 100dvh);
    overflow: hidden;
  }

  .body {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    min-block-size: 0;
  }

  /* Where the composer alone is higher than the window, all of it scrolls: nothing is out of reach. */
  main {
    display: grid;
    grid-template-rows: minmax(48px, 1fr) auto;
    min-inline-size: 0;
    min-block-size: 0;
    overflow-y: auto;
    overscroll-behavior: contain;
  }

  .transcript {
    scrollbar-gutter: stable both-edges;
    padding: 8px 16px 4px;
  }

  .empty .transcript {
    padding-block-end: 24px;
  }

  glance-meter {
    margin-block-end: -4px;
    /* Where the words of the composer begin. */
    padding-inline: 16px;
  }

  .turns,
  glance-welcome,
  .foot {
    max-inline-size: 760px;
  }

  glance-welcome {
    inline-size: 100%;
    margin-inline: auto;
  }

  .turns {
    gap: 24px;
  }

  .own-settings {
    justify-self: start;
  }

  glance-turn + glance-turn {
    padding-block-start: 24px;
    border-block-start: 1px solid var(--line);
  }

  /* The padding keeps room for the rings of focus. */
  .foot {
    padding: 0 max(12px, env(safe-area-inset-right)) calc(12px + env(safe-area-inset-bottom))
      max(12px, env(safe-area-inset-left));
  }

  .drop {
    position: fixed;
    inset: 12px;
    z-index: 1;
    display: flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    border: 2px dashed var(--accent);
    border-radius: 14px;
    background: color-mix(in srgb, var(--paper) 90%, transparent);
    color: var(--accent);
    font-weight: 600;
    pointer-events: none;
  }

  /* With nothing said yet and room to spare, welcome and composer stand together in the middle. */
  @media (min-width: 640px) {
    .empty main {
      grid-template-rows: auto auto;
      align-content: safe center;
      padding-block-end: 6vh;
    }

    .empty .transcript {
      overflow: visible;
      scrollbar-gutter: auto;
      padding-inline: 24px;
    }

    .empty .foot,
    .foot {
      padding-inline: 24px;
    }

    .transcript {
      padding-inline: 24px;
    }

    .turns,
    glance-welcome {
      max-inline-size: 712px;
    }

    .foot {
      padding-block-end: 20px;
    }
  }

  @media (max-height: 480px) {
    .foot,
    .empty .foot {
      padding-block-end: calc(6px + env(safe-area-inset-bottom));
    }
  }

  @media (min-width: 1100px) {
    .staged {
      grid-template-columns: minmax(440px, 760px) minmax(0, 1fr);
      inline-size: 100%;
      max-inline-size: 2100px;
      margin-inline: auto;
    }

    .railed {
      grid-template-columns: 264px minmax(0, 1fr);
    }

    .railed.staged {
      grid-template-columns: 264px minmax(400px, min(760px, 42%)) minmax(0, 1fr);
      max-inline-size: none;
    }

    aside {
      display: grid;
      min-block-size: 0;
    }
  }
`;
