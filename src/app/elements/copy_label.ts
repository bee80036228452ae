import { html } from 'lit';
import type { CopyController } from '../copy_controller.ts';
import { words } from '../words/index.ts';
import { checkIcon, copyIcon } from './icons.ts';

/** What a button that copies says: how it went, if that was a moment ago, else what it does. */
export function copyLabel({ outcome }: CopyController, label: string) {
  const { copied, couldNotCopy } = words.common;
  return outcome === 'copied'
    ? html`${checkIcon} ${copied}`
    : html`${copyIcon} ${outcome === 'refused' ? couldNotCopy : label}`;
}
