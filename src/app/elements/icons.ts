import { html, svg } from 'lit';
import { icon } from './icon.ts';

/** The mark of Glance: a lens and the light that falls on it. */
export const lensMark = html`<svg width="24" height="24" viewBox="0 0 24 24" fill="none" aria-hidden="true">
  <circle cx="12" cy="12" r="9.5" stroke="currentColor" stroke-width="2" />
  <circle cx="12" cy="12" r="4.5" fill="currentColor" />
  <path d="M6.2 9.6a6.4 6.4 0 0 1 3.4-3.4" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" />
</svg>`;

export const addPictureIcon = icon(svg`
  <path d="M17 10.5V15a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2h5" />
  <path d="m3.5 14.5 3.6-3.8 3 3.1 2.1-2.2 4.3 4.2" />
  <path d="M15.5 2.5v5M13 5h5" />`);

export const cameraIcon = icon(svg`
  <path d="M3 6.5h3l1.4-2h5.2l1.4 2h3a1 1 0 0 1 1 1V15a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V7.5a1 1 0 0 1 1-1Z" />
  <circle cx="10" cy="11" r="2.8" />`);

export const sendIcon = icon(svg`<path d="M10 16V4.5M5 9.5l5-5 5 5" stroke-width="2" />`);

export const stopIcon = icon(
  svg`<rect x="5.5" y="5.5" width="9" height="9" rx="1.5" fill="currentColor" stroke="none" />`,
);

export const closeIcon = icon(svg`<path d="m5.5 5.5 9 9M14.5 5.5l-9 9" />`);

export const copyIcon = icon(svg`
  <rect x="7.5" y="7.5" width="9" height="9" rx="1.5" />
  <path d="M12.5 4.5v-.2a.8.8 0 0 0-.8-.8H4.3a.8.8 0 0 0-.8.8v7.4c0 .5.3.8.8.8h.2" />`);

export const checkIcon = icon(svg`<path d="m4.5 10.5 3.7 3.7 7.3-8" />`);

export const retryIcon = icon(svg`
  <path d="M15.8 8.2A6.2 6.2 0 1 0 16 11.5" />
  <path d="M16.2 4.2v4h-4" />`);

export const editIcon = icon(svg`<path d="m4 16 .7-3.2 8.6-8.6 2.5 2.5-8.6 8.6L4 16ZM11.5 6l2.5 2.5" />`);

export const gaugeIcon = icon(svg`
  <path d="M4.3 14.8a7 7 0 1 1 11.4 0" />
  <path d="m10 11 3-3.6" />
  <circle cx="10" cy="11" r="1" fill="currentColor" stroke="none" />`);

export const zoomInIcon = icon(svg`
  <circle cx="8.8" cy="8.8" r="5.3" />
  <path d="m12.8 12.8 4 4M8.8 6.6V11M6.6 8.8H11" />`);

export const zoomOutIcon = icon(svg`
  <circle cx="8.8" cy="8.8" r="5.3" />
  <path d="m12.8 12.8 4 4M6.6 8.8H11" />`);

export const newIcon = icon(svg`<path d="M10 4.5v11M4.5 10h11" />`);

export const downIcon = icon(svg`<path d="M10 4v11.5M5 10.5l5 5 5-5" />`);

export const shieldIcon = icon(svg`
  <path d="M10 2.8 4 5v4.6c0 3.6 2.5 6.3 6 7.6 3.5-1.3 6-4 6-7.6V5l-6-2.2Z" />
  <path d="m7.4 10 1.9 1.9 3.4-3.7" />`);

export const warningIcon = icon(svg`
  <path d="M10 3.3 2.6 16.2h14.8L10 3.3ZM10 8.3v3.5" />
  <circle cx="10" cy="14" r=".7" fill="currentColor" />`);

export const railIcon = icon(
  svg`
  <rect x="2.5" y="3.5" width="15" height="13" rx="2" />
  <path d="M7.5 3.5v13" />`,
  true,
);

export const searchIcon = icon(svg`
  <circle cx="8.8" cy="8.8" r="5.3" />
  <path d="m12.8 12.8 4 4" />`);

export const moreIcon = icon(svg`
  <circle cx="4.5" cy="10" r="1.2" fill="currentColor" stroke="none" />
  <circle cx="10" cy="10" r="1.2" fill="currentColor" stroke="none" />
  <circle cx="15.5" cy="10" r="1.2" fill="currentColor" stroke="none" />`);

export const pinIcon = icon(svg`
  <path d="M7 3h6l-.7 5.2 2.7 3.3H5l2.7-3.3L7 3ZM10 11.5v5.5" />`);

export const deleteIcon = icon(svg`
  <path d="M3.5 5.5h13M8 5.5V3.5h4v2M5 5.5l.8 11h8.4l.8-11" />`);

export const saveIcon = icon(svg`<path d="M10 3v9M6 8.5l4 4 4-4M3.5 16.5h13" />`);

export const openFileIcon = icon(svg`<path d="M10 12.5v-9M6 7l4-4 4 4M3.5 16.5h13" />`);

export const talkIcon = icon(svg`<path d="M4 4.5h12v8.5H9l-3.5 3V13H4Z" />`);

export const previousIcon = icon(svg`<path d="m12 5-5 5 5 5" />`, true);

export const nextIcon = icon(svg`<path d="m8 5 5 5-5 5" />`, true);

export const continueIcon = icon(svg`<path d="M4 4.5v11M8 10h8.5M12.5 6l4 4-4 4" />`, true);

export const settingsIcon = icon(svg`
  <path d="M3 6h7M14 6h3M3 14h3M10 14h7" />
  <circle cx="12" cy="6" r="2" />
  <circle cx="8" cy="14" r="2" />`);
