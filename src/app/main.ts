import { GlanceClient } from '../rpc/client.ts';
import { EngineShare } from '../rpc/engine_share.ts';
import { registerServiceWorker } from '../rpc/registration.ts';
import { startStoreWorker } from '../rpc/start_store_worker.ts';
import { startInferenceWorker } from '../rpc/start_worker.ts';
import { StoreClient } from '../rpc/store_client.ts';
import { chosenDevice, pageStorage } from './device.ts';
import './elements/app.ts';
import { chosenHub } from './hub_setting.ts';
import { followLanguage, keptLanguage, languageOf } from './language.ts';
import { diedLoading, keptChoice, rememberModel, sessionModel, tabStorage } from './model_choice.ts';
import type { SessionModel } from './model_loader.ts';
import { PageError } from './page_error.ts';
import { Session } from './session.ts';
import { SettingsStore } from './settings/settings_store.ts';
import { ModelShelf } from './shelf.ts';
import { setLanguage, words } from './words/index.ts';

const client = new GlanceClient(
  new EngineShare(startInferenceWorker, () => registerServiceWorker(new URL('sw.js', document.baseURI))),
);
const store = new StoreClient(startStoreWorker);

const demo: SessionModel = {
  id: null,
  source: {
    kind: 'url',
    text: new URL('models/pico/pico-Q8_0.gguf', document.baseURI).href,
    vision: new URL('models/pico/mmproj-pico-F16.gguf', document.baseURI).href,
  },
};

const storage = pageStorage();
// Without it the page is in English, which it brings along.
await setLanguage(languageOf(keptLanguage(storage))).catch(() => {});
followLanguage(storage);
const tab = tabStorage();
const settings = new SettingsStore(storage, window);
const shelf = new ModelShelf(store, chosenHub(storage));
const kept = keptChoice(storage);
const died = kept !== null && diedLoading(kept.id, tab);

/** The model that was used last, if it is still here. */
async function lastModel(): Promise<SessionModel | null> {
  if (kept === null) return null;
  if (died) {
    session.report(
      new PageError('out-of-memory', words.lastModel.died, { details: { model: kept.id } }),
      words.lastModel.notLoadedTitle,
    );
    return null;
  }
  const model = await shelf.find(kept.id);
  if (model !== null) return sessionModel(model, kept.contextLength);
  session.report(new PageError('model-not-stored', words.lastModel.gone, { details: { model: kept.id } }));
  return null;
}

const session = new Session(client, {
  source: demo.source,
  settings: () => settings.state,
  device: chosenDevice(new URL(location.href), storage),
  ...(kept !== null && { firstModel: lastModel }),
});
rememberModel(session, storage, tab);

const app = document.createElement('glance-app');
app.session = session;
app.settings = settings;
app.shelf = shelf;
app.demo = demo;
app.readMemory = () => client.memory();
document.body.replaceChildren(app);
