/** The site with `?embed`: a conversation and nothing else, for other sites to show in a frame and to talk to. */
import { applyTheme } from '../../app/settings/theme.ts';
import { setLanguage, suitableLanguage, words } from '../../app/words/index.ts';
import { startInferenceWorker, startNamedStoreWorker, startStoreWorker } from '../../app/workers.ts';
import { holdBuiltVersion } from '../../offline/versions.ts';
import { EmbeddedConversation } from '../conversation.ts';
import '../elements/chat_view.ts';
import { shelfOpener } from '../elements/shelf.ts';
import { FrameBridge } from './bridge.ts';
import { isAllowedOrigin, type OriginPolicy, readAllowedOrigins } from './origins.ts';
import type { FrameTheme } from './protocol.ts';

// First of all: what the page has not fetched yet is to stay.
holdBuiltVersion();

/** Confined as on the site itself. */
const openShelf = shelfOpener(async (Client) => {
  const { StoreByAddress } = await import('../../app/offline/store_by_address.ts');
  return new StoreByAddress(new Client(startStoreWorker), new Client(startNamedStoreWorker));
});

const parameters = new URLSearchParams(location.search);

function showTheme(theme: FrameTheme): void {
  applyTheme(theme === 'auto' ? 'system' : theme, document);
}

/** What the host of this frame allows; without its file, pages of its own origin only. */
async function fetchPolicy(): Promise<OriginPolicy> {
  const policy = { own: location.origin, expected: parameters.get('origin') };
  try {
    const response = await fetch(new URL('embed.json', document.baseURI), { credentials: 'omit' });
    const config: unknown = response.ok ? await response.json() : null;
    return { ...policy, allowed: readAllowedOrigins(config) };
  } catch {
    return { ...policy, allowed: [] };
  }
}

/** Sites around this frame, the nearest first; null where the browser does not tell. */
function ancestors(): readonly string[] | null {
  const { ancestorOrigins } = location as { ancestorOrigins?: DOMStringList };
  return ancestorOrigins === undefined ? null : [...ancestorOrigins];
}

/** Says in place of the conversation why there is none. */
function say(heading: string, note: string): void {
  const title = document.createElement('strong');
  title.textContent = heading;
  const text = document.createElement('p');
  text.textContent = note;
  const box = document.createElement('div');
  box.className = 'boot';
  box.append(title, text);
  document.body.replaceChildren(box);
}

async function start(): Promise<void> {
  // Greetings that come while this frame is still beginning are looked at afterwards.
  let receive: (event: MessageEvent) => void = (event) => early.push(event);
  const early: MessageEvent[] = [];
  addEventListener('message', (event) => receive(event));

  const theme = parameters.get('theme');
  showTheme(theme === 'light' || theme === 'dark' ? theme : 'auto');
  const wished = [parameters.get('lang') ?? [], ...navigator.languages].flat();
  const [policy] = await Promise.all([fetchPolicy(), setLanguage(suitableLanguage(wished)).catch(() => {})]);
  document.documentElement.lang = words.tag;
  document.documentElement.dir = words.dir;

  const isAllowed = (origin: string) => isAllowedOrigin(origin, policy);
  const isFramed = parent !== window;
  const around = isFramed ? ancestors() : [];
  const model = parameters.get('model');
  const conversation = new EmbeddedConversation(
    {
      base: new URL('./', document.baseURI),
      startWorker: startInferenceWorker,
      ...(model !== null && !/\.gguf/i.test(model) && { model }),
    },
    {
      progress: (progress) => bridge.listener.progress?.(progress),
      ready: (info) => bridge.listener.ready?.(info),
      text: (text) => bridge.listener.text?.(text),
      message: (message) => bridge.listener.message?.(message),
      error: (error) => bridge.listener.error?.(error),
    },
  );
  const bridge = new FrameBridge({ conversation, showTheme }, parent, isAllowed);

  const show = () => {
    if (document.querySelector('glance-chat-view') !== null) return;
    const view = document.createElement('glance-chat-view');
    view.session = conversation.session;
    view.demo = conversation.demo;
    view.openShelf = openShelf;
    view.role = 'main';
    view.addEventListener('engaged', () => void conversation.session.load(), { once: true });
    document.body.replaceChildren(view);
  };

  if (around === null) say(words.embed.waiting, '');
  else if (around.every(isAllowed)) show();
  else say(words.embed.foreignPage, words.embed.foreignPageNote);

  receive = (event) => {
    if (isFramed && bridge.receive(event) && around === null) show();
  };
  for (const event of early) receive(event);
  if (isFramed) bridge.announce();
}

void start();
