import { html, LitElement, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { announceFrom } from '../copy_controller.ts';
import { FocusKeeper } from '../focus_keeper.ts';
import { groupByDate } from '../history/groups.ts';
import type { History } from '../history/history.ts';
import type { Summary } from '../history/records.ts';
import { matchingLine, patternsOf, type Texts } from '../history/search.ts';
import { SessionController } from '../session_controller.ts';
import { words } from '../words/index.ts';
import './error_card.ts';
import {
  closeIcon,
  copyIcon,
  deleteIcon,
  editIcon,
  moreIcon,
  openFileIcon,
  pinIcon,
  saveIcon,
  searchIcon,
} from './icons.ts';
import './menu.ts';
import type { GlanceMenu, MenuItem } from './menu.ts';
import './rail_row.ts';
import type { GlanceRailRow } from './rail_row.ts';
import { railStyles } from './rail_styles.ts';
import { RailTasks } from './rail_tasks.ts';
import { baseStyles } from './styles.ts';

/** Rows that are drawn at first, and added whenever the reader comes near the end. */
const ROWS_AT_ONCE = 30;

const NO_PATTERNS: readonly RegExp[] = [];

/** A screen reader hears how many conversations were found once typing rests this long, in milliseconds. */
const FOUND_AFTER_MS = 700;

/**
 * All conversations of this device, by date, and what can be done with them.
 *
 * @fires conversation-opened when the reader has chosen one: the link's address says which.
 */
@customElement('glance-rail')
export class GlanceRail extends LitElement {
  static override styles = [baseStyles, railStyles];

  /** Set once; null until it has been fetched. */
  @property({ attribute: false }) history: History | null = null;
  /** The conversation that is on the page. */
  @property({ attribute: false }) currentId: string | null = null;
  @state() private query = '';
  /** Null while nothing is searched for. */
  @state() private found: { readonly ids: ReadonlySet<string>; readonly texts: Texts } | null = null;
  @state() private rows = ROWS_AT_ONCE;
  @state() private renaming: string | null = null;
  @query('glance-menu') private readonly menu!: GlanceMenu;
  @query('#search') private readonly field!: HTMLInputElement;
  @query('#import') private readonly importPicker!: HTMLInputElement;
  @query('.end') private readonly end!: HTMLElement | null;
  @query('glance-rail-row') private readonly firstRow!: GlanceRailRow | null;
  readonly #tasks = new RailTasks(this);
  #follows: History | null = null;
  #searches = 0;
  #foundTimer: ReturnType<typeof setTimeout> | undefined;
  #more: IntersectionObserver | null = null;

  constructor() {
    super();
    new FocusKeeper(this, () => this.firstRow ?? this.field);
  }

  protected override willUpdate(): void {
    if (this.history !== null && this.#follows !== this.history) {
      this.#follows = this.history;
      new SessionController(this, this.history);
      this.history.subscribe(() => void this.#search(this.query));
    }
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#foundTimer);
    this.#more?.disconnect();
    this.#more = null;
  }

  override render() {
    const { history } = this;
    const summaries = history?.state.summaries ?? null;
    return html`
      <div class="search" role="search">
        ${searchIcon}
        <input
          id="search"
          type="search"
          aria-label=${words.rail.searchLabel}
          placeholder=${words.rail.search}
          autocomplete="off"
          spellcheck="false"
          .value=${this.query}
          @focus=${() => void history?.prepareSearch()}
          @blur=${() => this.query === '' && history?.endSearch()}
          @input=${() => void this.#search(this.field.value)}
          @keydown=${this.#searchKey}
        />
      </div>
      <div class="scroll" tabindex="-1" @keydown=${this.#listKey} @click=${this.#clicked}>
        ${summaries === null || history === null ? nothing : this.#list(history, summaries)}
      </div>
      <div class="foot">${history === null ? nothing : this.#foot(history)}</div>
      <input id="import" type="file" accept=".json,application/json" hidden @change=${this.#picked} />
      <glance-menu></glance-menu>
    `;
  }

  protected override updated(): void {
    if (this.end === null || this.#more !== null) return;
    this.#more = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        this.#more?.disconnect();
        this.#more = null;
        this.rows += ROWS_AT_ONCE;
      },
      { root: this.renderRoot.querySelector('.scroll'), rootMargin: '400px' },
    );
    this.#more.observe(this.end);
  }

  #list(history: History, summaries: readonly Summary[]) {
    const { found } = this;
    if (summaries.length === 0) {
      return html`<p class="empty">${words.rail.none}</p>`;
    }
    const listed = found === null ? summaries : summaries.filter(({ id }) => found.ids.has(id));
    if (listed.length === 0) return html`<p class="empty">${words.rail.notFound}</p>`;
    const patterns = found === null ? NO_PATTERNS : patternsOf(this.query);
    const groups = groupByDate(listed.slice(0, this.rows), Date.now());
    return html`
      ${groups.map(
        ({ heading, summaries }) => html`
          <section aria-label=${heading}>
            <h2>${heading}</h2>
            <ul>
              ${repeat(
                summaries,
                ({ id }) => id,
                (summary) => html`<li>${this.#row(history, summary, patterns)}</li>`,
              )}
            </ul>
          </section>
        `,
      )}
      ${listed.length > this.rows ? html`<div class="end"></div>` : nothing}
    `;
  }

  #row(history: History, summary: Summary, patterns: readonly RegExp[]) {
    const { found } = this;
    const { id } = summary;
    return html`<glance-rail-row
      .summary=${summary}
      .history=${history}
      ?current=${this.currentId === id}
      ?renaming=${this.renaming === id}
      .line=${found && matchingLine(summary, found.texts, patterns)}
      .patterns=${patterns}
      @row-menu=${(event: CustomEvent<HTMLElement>) => this.#rowMenu(history, summary, event.detail)}
      @row-renamed=${(event: CustomEvent<string | null>) => this.#renamed(history, id, event.detail)}
    ></glance-rail-row>`;
  }

  #foot(history: History) {
    const { deleted } = history.state;
    const { error, said } = this.#tasks;
    return html`
      ${
        error === null
          ? nothing
          : html`<glance-error-card
              dismissible
              .heading=${error.heading}
              .error=${error.error}
              @dismiss=${() => this.#tasks.dismissError()}
            ></glance-error-card>`
      }
      ${
        deleted === null
          ? nothing
          : html`<div class="undo">
              <span dir="auto" title=${deleted.title}>${words.rail.deleted(deleted.title)}</span>
              <button id="undo" class="text-button" @click=${() => this.#undelete(history)}>${words.rail.undo}</button>
              <button class="icon-button" aria-label=${words.common.dismiss} @click=${() => this.#forget(history)}>
                ${closeIcon}
              </button>
            </div>`
      }
      <div class="kept">
        <span>${said ?? (history.lasting ? words.rail.lasting : words.rail.passing)}</span>
        <button
          class="icon-button"
          aria-label=${words.rail.importExport}
          aria-haspopup="menu"
          aria-expanded="false"
          @click=${(event: Event) => this.#allMenu(history, event.currentTarget as HTMLElement)}
        >
          ${moreIcon}
        </button>
      </div>
    `;
  }

  #rowMenu(history: History, summary: Summary, opener: HTMLElement) {
    const { id, title, pinned } = summary;
    const { rail } = words;
    const items: MenuItem[] = [
      { label: rail.rename, icon: editIcon, act: () => void this.#rename(id) },
      {
        label: pinned ? rail.unpin : rail.pin,
        icon: pinIcon,
        act: () => void this.#pin(history, summary),
      },
      { label: rail.copyMarkdown, icon: copyIcon, act: () => void this.#tasks.copy(history, id) },
      {
        label: rail.saveMarkdown,
        icon: saveIcon,
        act: () => void this.#tasks.save(history, [id], 'markdown', title),
      },
      {
        label: rail.saveJson,
        icon: saveIcon,
        act: () => void this.#tasks.save(history, [id], 'json', title),
      },
      { label: rail.delete, icon: deleteIcon, danger: true, act: () => void this.#delete(history, summary) },
    ];
    void this.menu.show(opener, title, items);
  }

  #allMenu(history: History, opener: HTMLElement) {
    const ids = () => (history.state.summaries ?? []).map(({ id }) => id);
    const { rail } = words;
    const date = new Date().toISOString().slice(0, 10);
    const items: MenuItem[] = [
      { label: rail.import, icon: openFileIcon, act: () => this.importPicker.click() },
    ];
    if (ids().length > 0) {
      items.push(
        {
          label: rail.saveAllJson,
          icon: saveIcon,
          act: () => void this.#tasks.save(history, ids(), 'json', `glance ${date}`),
        },
        {
          label: rail.saveAllMarkdown,
          icon: saveIcon,
          act: () => void this.#tasks.save(history, ids(), 'markdown', `glance ${date}`),
        },
      );
    }
    void this.menu.show(opener, rail.importExport, items);
  }

  async #search(query: string) {
    this.#searches += 1;
    clearTimeout(this.#foundTimer);
    const count = this.#searches;
    if (query !== this.query) this.rows = ROWS_AT_ONCE;
    this.query = query;
    if (this.history === null || query.trim() === '') {
      this.found = null;
      return;
    }
    const found = await this.history.search(query).catch(() => null);
    if (count !== this.#searches) return;
    this.found = found && { ids: new Set(found.ids), texts: found.texts };
    const total = found?.ids.length ?? 0;
    this.#foundTimer = setTimeout(
      () => this.#announce(total === 0 ? words.rail.nothingFound : words.rail.found(total)),
      FOUND_AFTER_MS,
    );
  }

  #searchKey(event: KeyboardEvent) {
    if (event.key === 'Escape' && this.query !== '') {
      void this.#search('');
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === 'ArrowDown') {
      this.firstRow?.focus();
      event.preventDefault();
    }
  }

  /** Up and down through the rows. */
  #listKey(event: KeyboardEvent) {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const rows = [...this.renderRoot.querySelectorAll<GlanceRailRow>('glance-rail-row')];
    const at = rows.findIndex((row) => event.composedPath().includes(row));
    const next = at + (event.key === 'ArrowDown' ? 1 : -1);
    if (at < 0 || rows[at]?.renaming) return;
    if (next < 0) this.field.focus();
    else rows[next]?.focus();
    event.preventDefault();
  }

  #clicked(event: MouseEvent) {
    const isLink = event.composedPath().some((target) => target instanceof HTMLAnchorElement);
    if (isLink && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
      this.dispatchEvent(new CustomEvent('conversation-opened', { bubbles: true, composed: true }));
    }
  }

  async #rename(id: string) {
    this.renaming = id;
    await this.updateComplete;
    const row = this.#rowOf(id);
    await row?.updateComplete;
    row?.focus();
    row?.renderRoot.querySelector('input')?.select();
  }

  async #renamed(history: History, id: string, title: string | null) {
    const hadFocus = this.#rowOf(id)?.matches(':focus-within') ?? false;
    this.renaming = null;
    if (
      title !== null &&
      (await this.#tasks.attempt(words.rail.notRenamed, () => history.rename(id, title)))
    ) {
      this.#announce(words.rail.renamed(title));
    }
    await this.updateComplete;
    const row = this.#rowOf(id);
    await row?.updateComplete;
    // Who went elsewhere meanwhile is left there.
    if (hadFocus) row?.focus();
  }

  /** The row goes to another place, and takes the focus along. */
  async #pin(history: History, { id, title, pinned }: Summary) {
    const { rail } = words;
    if (!(await this.#tasks.attempt(rail.notChanged, () => history.pin(id, !pinned)))) return;
    this.#announce(pinned ? rail.nowUnpinned(title) : rail.nowPinned(title));
    await this.#settled();
    (this.#rowOf(id)?.moreButton ?? this.firstRow)?.focus();
  }

  #rowOf(id: string): GlanceRailRow | undefined {
    const rows = [...this.renderRoot.querySelectorAll<GlanceRailRow>('glance-rail-row')];
    return rows.find(({ summary }) => summary?.id === id);
  }

  async #delete(history: History, { id, title }: Summary) {
    if (!(await this.#tasks.attempt(words.rail.notDeleted, () => history.delete(id)))) return;
    this.#announce(words.rail.deletedUndo(title));
    await this.#settled();
    // The row that had the focus is gone.
    this.renderRoot.querySelector<HTMLElement>('#undo')?.focus();
  }

  async #undelete(history: History) {
    await this.#tasks.attempt(words.rail.notBroughtBack, async () => {
      const id = await history.undelete();
      this.#announce(words.rail.isBack);
      await this.#settled();
      ((id === null ? null : this.#rowOf(id)) ?? this.firstRow)?.focus();
    });
  }

  async #forget(history: History) {
    await history.forgetDeleted().catch(() => {});
    // In the field for searching the focus would raise the keyboard of a touch screen.
    (this.firstRow ?? this.field).focus();
  }

  async #picked() {
    const [file] = this.importPicker.files ?? [];
    const { history } = this;
    if (file === undefined || history === null) return;
    await this.#tasks.import(history, file);
    // The same file can be chosen again.
    this.importPicker.value = '';
  }

  /** The list is drawn at most once a frame. */
  async #settled() {
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    await this.updateComplete;
  }

  #announce(text: string) {
    announceFrom(this, text);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-rail': GlanceRail;
  }
}
