/** What a turn shows while its answer is made. */
import { html } from 'lit';
import { stepShare } from '../answering.ts';
import type { Answer } from '../conversation.ts';
import type { ModelState } from '../model_loader.ts';
import { loadingWords, stepWords } from '../phrases.ts';
import { words } from '../words/index.ts';
import './progress.ts';

type Working = Extract<Answer, { state: 'working' }>;

/** The model is not here yet. */
export function waitingFor(model: ModelState) {
  const loading = model.status === 'loading' ? model.loading : null;
  return html`<glance-progress
    .label=${loading === null ? words.common.starting : loadingWords(loading)}
    .share=${loading?.share ?? null}
    slowNote=${words.turn.waitsForModel}
  ></glance-progress>`;
}

/** Nothing of the answer is here yet. */
export function workingOn({ stopping, step }: Working, model: ModelState) {
  const onCpu = model.status === 'ready' && model.info.device === 'wasm';
  return html`<glance-progress
    .label=${stopping ? words.composer.stopping : stepWords(step)}
    .share=${stepShare(step)}
    slowNote=${onCpu ? words.turn.slowOnCpu : words.turn.slow}
  ></glance-progress>`;
}
