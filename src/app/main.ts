import { builtVersion, holdBuiltVersion } from '../offline/versions.ts';
import { GlanceClient } from '../rpc/client.ts';
import { EngineShare } from '../rpc/engine_share.ts';
import { registerServiceWorker } from '../rpc/registration.ts';
import { StoreClient } from '../rpc/store_client.ts';
import { chosenDevice, pageStorage } from './device.ts';
import './elements/app.ts';
import { chosenHub } from './hub_setting.ts';
import { followLanguage, keptLanguage, languageOf } from './language.ts';
import { lastModel } from './last_model.ts';
import { diedLoading, keptChoice, rememberModel, tabStorage } from './model_choice.ts';
import type { SessionModel } from './model_loader.ts';
import { receiveArrivals } from './offline/arrivals.ts';
import { Offline } from './offline/offline.ts';
import { atRest } from './offline/rest.ts';
import { StoreByAddress } from './offline/store_by_address.ts';
import { Session } from './session.ts';
import { SettingsStore } from './settings/settings_store.ts';
import { ModelShelf } from './shelf.ts';
import { setLanguage } from './words/index.ts';
import { startInferenceWorker, startNamedStoreWorker, startStoreWorker } from './workers.ts';

// First of all: what the page has not fetched yet is to stay.
holdBuiltVersion();

const client = new GlanceClient(
  new EngineShare(startInferenceWorker, () => registerServiceWorker(new URL('sw.js', document.baseURI))),
);
const store = new StoreByAddress(new StoreClient(startStoreWorker), new StoreClient(startNamedStoreWorker));

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
// Before anything is loaded, and written down in its place.
const died = diedLoading(tab);

const session = new Session(client, {
  source: demo.source,
  settings: () => settings.state,
  device: chosenDevice(new URL(location.href), storage),
  firstModel: () => lastModel(kept, died, shelf, (error, title) => session.report(error, title)),
});
rememberModel(session, storage, tab);

const offline = new Offline(builtVersion());
void atRest(session).then(() => offline.keep());

const app = document.createElement('glance-app');
app.session = session;
app.settings = settings;
app.shelf = shelf;
app.demo = demo;
app.readMemory = () => client.memory();
document.body.replaceChildren(app);

receiveArrivals(
  (shared) => app.receive(shared),
  (error) => session.report(error),
);
app.addEventListener('show-privacy', async () => {
  try {
    await import('./elements/privacy.ts');
  } catch (error) {
    return session.report(error);
  }
  const view = document.querySelector('glance-privacy') ?? document.createElement('glance-privacy');
  view.offline = offline;
  if (!view.isConnected) document.body.append(view);
  await view.show();
});
