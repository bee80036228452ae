import { css } from 'lit';

export const composerStyles = css`
  :host {
    display: block;
  }

  form {
    border: 1px solid var(--line-strong);
    border-radius: 14px;
    background: var(--paper-raised);
    transition: border-color var(--quick);
  }

  form:has(textarea:focus-visible) {
    border-color: var(--accent);
    box-shadow: 0 0 0 1px var(--accent);
    /* Seen where the system forces its colours, which leave no shadow. */
    outline: 2px solid transparent;
    outline-offset: 1px;
  }

  textarea {
    display: block;
    inline-size: 100%;
    min-block-size: 48px;
    padding: 12px 16px;
    border: 0;
    border-radius: 14px;
    background: none;
    color: var(--ink);
    font: var(--text);
    resize: none;
  }

  /* The whole box shows the focus. */
  textarea:focus-visible {
    outline: 0;
  }

  /* One line: what is only an example must not make the field higher. */
  textarea::placeholder {
    overflow: hidden;
    color: var(--ink-soft);
    text-overflow: ellipsis;
    white-space: nowrap;
    opacity: 1;
  }

  .editing {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 8px;
    padding-block-start: 4px;
    padding-inline: 16px 6px;
    font: var(--text-small);
    color: var(--ink-soft);
  }

  .editing span {
    display: flex;
    align-items: center;
    gap: 6px;
  }

  .editing svg {
    inline-size: 16px;
    block-size: 16px;
  }

  .bar {
    display: flex;
    align-items: center;
    gap: 2px;
    padding: 0 6px 6px;
  }

  glance-model-chip {
    margin-inline: 6px;
  }

  .send {
    display: grid;
    place-items: center;
    flex: none;
    inline-size: 40px;
    block-size: 40px;
    margin-inline-start: auto;
    border: 1px solid transparent;
    border-radius: 10px;
    background: var(--accent);
    color: var(--accent-ink);
    transition: background-color var(--quick);
  }

  .send:disabled {
    background: var(--paper-sunken);
    color: var(--ink-soft);
  }

  @media (hover: hover) {
    .send:hover:not(:disabled) {
      background: var(--accent-hover);
    }
  }

  /* The other buttons need the room of a narrow window more. */
  @media (max-width: 479px) {
    .screen {
      display: none;
    }
  }

  @media (pointer: coarse) {
    .send {
      inline-size: 44px;
      block-size: 44px;
    }
  }

  /* Where height is scarce (magnified pages, a phone on its side) all of this should be seen at once. */
  @media (max-height: 480px) {
    textarea {
      min-block-size: 40px;
      padding-block: 8px;
    }

    .bar {
      padding-block-end: 4px;
    }
  }
`;
