import { css } from 'lit';

/** How an answer's Markdown is set, wherever a `glance-answer` stands. */
export const answerStyles = css`
  glance-answer {
    display: grid;
    gap: 12px;
    max-inline-size: 70ch;
    min-inline-size: 0;
    overflow-wrap: anywhere;
  }

  /* Grid items would not shrink below a table's or a formula's width. */
  glance-answer > * {
    min-inline-size: 0;
  }

  /*
   * While it grows, what has scrolled out of sight is neither laid out nor painted again; it keeps the size that it
   * had before. At the end all of it is as it would be otherwise.
   */
  glance-answer[growing] > *,
  glance-answer[growing] > :is(ul, ol) > li {
    contain-intrinsic-block-size: auto 96px;
  }

  glance-answer[growing] > :nth-last-child(n + 12),
  glance-answer[growing] > :is(ul, ol) > li:nth-last-child(n + 40) {
    content-visibility: auto;
    overflow-clip-margin: 4px;
  }

  glance-answer .plain {
    white-space: pre-wrap;
  }

  glance-answer[growing] > :is(p, h3, h4, h5, h6):last-child::after,
  glance-answer[growing] > :is(ul, ol):last-child > li:last-child::after {
    /* No box of its own: it breaks no line, and that it moves is no shift of the layout. */
    content: '';
    padding-inline-start: 7px;
    margin-inline-start: 2px;
    border-radius: 1px;
    background: var(--accent);
  }

  glance-answer :is(h3, h4, h5, h6) {
    margin: 4px 0 0;
    font: 600 1rem / 1.5rem var(--font);
  }

  glance-answer > h3 {
    font-size: 1.125rem;
  }

  glance-answer :is(ul, ol) {
    display: grid;
    gap: 4px;
    margin: 0;
    padding-inline-start: 24px;
  }

  glance-answer ul {
    list-style: disc;
  }

  glance-answer ol {
    list-style: decimal;
    /* Room for numbers of three digits. */
    padding-inline-start: 32px;
  }

  glance-answer li::marker {
    color: var(--ink-soft);
  }

  glance-answer li > :is(ul, ol, p + p, figure) {
    margin-block-start: 4px;
  }

  glance-answer li.task {
    list-style: none;
    margin-inline-start: -20px;
  }

  glance-answer blockquote {
    display: grid;
    gap: 8px;
    margin: 0;
    padding-inline-start: 12px;
    color: var(--ink-soft);
    border-inline-start: 2px solid var(--line-strong);
  }

  glance-answer hr {
    inline-size: 100%;
    margin: 4px 0;
    border: 0;
    border-block-start: 1px solid var(--line);
  }

  glance-answer a {
    color: var(--accent);
    text-underline-offset: 3px;
  }

  glance-answer code {
    font-family: var(--font-mono);
    font-size: 0.875em;
  }

  glance-answer :not(pre) > code {
    padding: 1px 4px;
    background: var(--paper-sunken);
    border-radius: 4px;
  }

  glance-answer :is(.code, .sheet) {
    display: grid;
    min-inline-size: 0;
    overflow: hidden;
    background: var(--paper-sunken);
    border: 1px solid var(--line);
    border-radius: 10px;
  }

  glance-answer figcaption {
    display: flex;
    align-items: center;
    justify-content: space-between;
    padding-inline: 12px 4px;
    font: var(--text-small);
    color: var(--ink-soft);
    border-block-end: 1px solid var(--line);
  }

  glance-answer pre {
    margin: 0;
    padding: 12px;
    overflow-x: auto;
    line-height: 1.25rem;
    tab-size: 4;
    overflow-wrap: normal;
  }

  glance-answer .wide {
    overflow-x: auto;
  }

  glance-answer .sheet {
    background: none;
  }

  glance-answer figcaption > :last-child {
    display: flex;
  }

  glance-answer table {
    inline-size: 100%;
    table-layout: fixed;
    border-collapse: collapse;
    overflow-wrap: break-word;
    font-variant-numeric: tabular-nums;
  }

  glance-answer :is(th, td) {
    padding: 6px 12px;
    text-align: start;
    vertical-align: top;
    border-block-end: 1px solid var(--line);
  }

  glance-answer [align='right'] {
    text-align: end;
  }

  glance-answer [align='center'] {
    text-align: center;
  }

  glance-answer th {
    font-weight: 600;
    background: var(--paper-sunken);
  }

  glance-answer tbody tr:last-child td {
    border-block-end: 0;
  }

  @media (forced-colors: active) {
    glance-answer[growing] :is(p, h3, h4, h5, h6, li)::after {
      background: CanvasText;
      forced-color-adjust: none;
    }
  }

  glance-answer .places {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 6px;
  }

  glance-answer .places ul {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
    padding: 0;
    list-style: none;
  }

  glance-answer .place {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    min-block-size: 32px;
    padding-inline: 4px 10px;
    font: var(--text-small);
    background: var(--paper-raised);
    border: 1px solid var(--line-strong);
    border-radius: 16px;
  }

  glance-answer .place[data-active] {
    background: var(--accent-soft);
    border-color: var(--accent);
  }

  glance-answer .place .number {
    min-inline-size: 22px;
    padding-inline: 4px;
    font-weight: 600;
    color: #fff;
    text-align: center;
    background: #14191c;
    border: 2px solid var(--hue);
    border-radius: 11px;
  }

  @media (pointer: coarse) {
    glance-answer .place {
      min-block-size: 44px;
      border-radius: 22px;
    }
  }

  glance-maths[display] {
    display: block;
    padding-block: 4px;
    overflow: auto hidden;
    text-align: center;
  }
`;
