import { svg } from 'lit';
import { icon } from '../elements/icon.ts';

export const turnLeftIcon = icon(svg`
  <path d="M4 8.5a6.2 6.2 0 1 1 .4 5" />
  <path d="M3.6 4.4v4.2h4.2" />`);

export const turnRightIcon = icon(svg`
  <path d="M16 8.5a6.2 6.2 0 1 0-.4 5" />
  <path d="M16.4 4.4v4.2h-4.2" />`);

export const wholeIcon = icon(svg`
  <path d="M3.5 7V3.5H7M13 3.5h3.5V7M16.5 13v3.5H13M7 16.5H3.5V13" />`);
