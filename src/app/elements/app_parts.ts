/** The conversation's turns, its pictures on the stage and the page's notices, as the page shows them. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { openTurn, type Picture, shownPicture, type Turn } from '../conversation.ts';
import { shownCost } from '../editing/fit.ts';
import type { Mark } from '../marks/find.ts';
import type { MarksController } from '../marks_controller.ts';
import { smallerWords } from '../model_words.ts';
import type { PictureViews } from '../picture_views.ts';
import type { Session } from '../session.ts';
import { isAsAll } from '../settings/settings.ts';
import type { ModelShelf } from '../shelf.ts';
import { smallerChoice } from '../smaller_choice.ts';
import { siblingsOf } from '../turn_tree.ts';
import { words } from '../words/index.ts';
import { settingsIcon } from './icons.ts';
import './notices.ts';

/** What turns need of the page, and what they ask of it. */
export interface TurnsPage {
  readonly session: Session;
  readonly shelf: ModelShelf;
  readonly marks: MarksController;
  readonly views: PictureViews;
  askAgain(how: 'retry' | 'shorten' | 'continue', turnId: string): void;
  edit(turnId: string): void;
  readonly chooseVersion: (event: CustomEvent<{ turnId: string; step: 1 | -1 }>) => void;
  readonly clear: () => void;
  /** What held the focus is gone. */
  readonly settle: () => void;
  /** Shows the conversation's own settings. */
  readonly showOwnSettings: () => void;
}

/** Says that the conversation has settings of its own, if it has. */
export function ownSettingsTemplate({ session, showOwnSettings }: TurnsPage) {
  if (isAsAll(session.state.conversation.settings)) return nothing;
  return html`<button
    class="text-button own-settings"
    aria-label=${words.settings.ownNoteLabel}
    @click=${showOwnSettings}
  >
    ${settingsIcon} ${words.settings.ownNote}
  </button>`;
}

/** @param staged pictures are shown large on the stage, here as thumbnails */
export function turnsTemplate(page: TurnsPage, staged: boolean) {
  const { session, shelf, marks, views } = page;
  const { conversation, model } = session.state;
  const { turns, editing } = conversation;
  const busy = openTurn(conversation) !== null;
  const shown = staged ? (shownPicture(conversation)?.id ?? null) : null;
  const demo = model.status === 'ready' && model.info.demo;
  const answered = turns.filter(({ answer }) => answer.state === 'done');
  const ownAnswered = answered.find(({ question }) => question.pictures.some(({ sample }) => !sample));
  const noted = demo ? [answered[0], ownAnswered] : [];
  return html`
    <div class="turns">
      <h1 class="visually-hidden">${words.app.conversation}</h1>
      ${ownSettingsTemplate(page)}
      ${repeat(
        turns,
        ({ id }) => id,
        (turn, index) => html`
          <glance-turn
            .turn=${turn}
            .model=${model}
            .shownPictureId=${shown}
            ?staged=${staged}
            ?first=${index === 0}
            .versions=${siblingsOf(conversation.tree, turn.id).map(({ id }) => id)}
            ?busy=${busy}
            ?last=${index === turns.length - 1}
            ?edited=${turn.id === editing?.turnId}
            ?demoNote=${noted.includes(turn)}
            .marks=${marks.of(turn)}
            .activeMark=${marks.activeOf(turn.id)}
            @marks-found=${(event: CustomEvent<readonly Mark[]>) => marks.found(turn.id, event.detail)}
            @mark-active=${(event: CustomEvent<number | null>) => views.pointAt(turn.id, event.detail)}
            @retry=${(event: CustomEvent<string>) => page.askAgain('retry', event.detail)}
            @shorten=${(event: CustomEvent<string>) => page.askAgain('shorten', event.detail)}
            @edit=${(event: CustomEvent<string>) => page.edit(event.detail)}
            @continue=${(event: CustomEvent<string>) => page.askAgain('continue', event.detail)}
            @version-chosen=${page.chooseVersion}
            @new-conversation=${page.clear}
            @show-picture=${views.show}
            @enlarge-picture=${views.enlarge}
          ></glance-turn>
        `,
      )}
      ${
        demo && answered.length > 0
          ? html`<glance-offer .session=${session} .shelf=${shelf} @offer-declined=${page.settle}></glance-offer>`
          : nothing
      }
    </div>
  `;
}

/** The picture that is talked about, large, with its marks. */
export function stageTemplate({ session, marks, views }: TurnsPage, pictures: readonly Picture[]) {
  const { conversation, model } = session.state;
  const shown = shownPicture(conversation);
  const marked = shown && marks.on(shown.id);
  return html`<aside aria-label=${words.app.picture}>
    <glance-stage
      .pictures=${pictures}
      .shown=${shown}
      .marks=${marked?.marks ?? []}
      .activeMark=${marked && marks.activeOf(marked.turnId)}
      @mark-active=${(event: CustomEvent<number | null>) => marks.pointAt(marked?.turnId, event.detail)}
      .cost=${shown && model.status === 'ready' ? shownCost(conversation, shown, model.info) : null}
      @show-picture=${views.show}
      @enlarge-picture=${views.enlarge}
    ></glance-stage>
  </aside>`;
}

/** Nothing where there is nothing to notice. A failed load is told here unless a turn tells it. */
export function noticesTemplate(session: Session, dismiss: (event: CustomEvent<string>) => void) {
  const { conversation, model } = session.state;
  const { notices, turns } = conversation;
  const shownInTurn = ({ answer }: Turn) =>
    model.status === 'failed' && answer.state === 'failed' && answer.error === model.error;
  const loadError = model.status === 'failed' && !turns.some(shownInTurn) ? model.error : null;
  if (notices.length === 0 && loadError === null) return nothing;
  const smaller = loadError && smallerChoice(session.state);
  return html`
    <glance-notices
      .notices=${notices}
      .loadError=${loadError}
      ?demo=${session.state.chosen.id === null}
      ?cpuChosen=${session.state.device === 'wasm'}
      .smaller=${smaller && smallerWords(smaller)}
      @dismiss-notice=${dismiss}
    ></glance-notices>
  `;
}
