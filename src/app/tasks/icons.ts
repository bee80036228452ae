import { svg, type TemplateResult } from 'lit';
import { icon } from '../elements/icon.ts';
import type { TaskId } from './tasks.ts';

export const tasksIcon = icon(svg`
  <path d="m3 5.2 1.2 1.3 2-2.4M3 10.7 4.2 12l2-2.4M9 5.5h8M9 11h8M9 16.2h8M3.6 16.2h2" />`);

export const screenIcon = icon(svg`
  <rect x="2.5" y="3.5" width="15" height="10.5" rx="1.5" />
  <path d="M7 17h6M10 14v3" />`);

export const taskIcons: Readonly<Record<TaskId, TemplateResult>> = {
  describe: icon(svg`<path d="M3.5 5h13M3.5 10h13M3.5 15h8" />`),
  read: icon(svg`<path d="M3.5 15.5 7.5 5l4 10.5M4.9 12h5.2M13.5 8.5h3.5M15.2 8.5v7" />`),
  find: icon(svg`
    <path d="M3.5 6.5v-3h3M13.5 3.5h3v3M16.5 13.5v3h-3M6.5 16.5h-3v-3" />
    <circle cx="10" cy="10" r="2.6" />`),
  point: icon(svg`
    <circle cx="10" cy="10" r="5.5" />
    <path d="M10 2.5v4M10 13.5v4M2.5 10h4M13.5 10h4" />`),
  table: icon(svg`
    <rect x="3" y="4" width="14" height="12" rx="1.5" />
    <path d="M3 8h14M3 12h14M8.5 8v8" />`),
  chart: icon(svg`<path d="M3.5 3.5v13h13M7 13.5v-3M10.5 13.5V7M14 13.5V9" />`),
  compare: icon(svg`
    <rect x="2.5" y="5" width="6.5" height="10" rx="1.2" />
    <rect x="11" y="5" width="6.5" height="10" rx="1.2" />`),
  document: icon(svg`
    <path d="M5.5 2.8h6l3.5 3.6V17h-9.5V2.8Z" />
    <path d="M8 10h4.5M8 13h4.5" />`),
};
