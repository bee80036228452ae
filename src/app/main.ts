import { GlanceError } from '../model/errors.ts';
import { GlanceClient } from '../rpc/client.ts';
import { EngineShare } from '../rpc/engine_share.ts';
import { registerServiceWorker } from '../rpc/registration.ts';
import { startInferenceWorker } from '../rpc/start_worker.ts';
import { StoreClient } from '../rpc/store_client.ts';
import { chosenDevice, pageStorage } from './device.ts';
import './elements/app.ts';
import { chosenHub } from './hub_setting.ts';
import { diedLoading, keptChoice, rememberModel, sessionModel, tabStorage } from './model_choice.ts';
import type { SessionModel } from './model_loader.ts';
import { Session } from './session.ts';
import { SettingsStore } from './settings/settings_store.ts';
import { ModelShelf } from './shelf.ts';

const client = new GlanceClient(
  new EngineShare(startInferenceWorker, () => registerServiceWorker(new URL('sw.js', document.baseURI))),
);
const store = new StoreClient(
  () => new Worker(new URL('../../workers/store.ts', import.meta.url), { type: 'module' }),
);

const demo: SessionModel = {
  id: null,
  source: {
    kind: 'url',
    text: new URL('models/pico/pico-Q8_0.gguf', document.baseURI).href,
    vision: new URL('models/pico/mmproj-pico-F16.gguf', document.baseURI).href,
  },
};

const storage = pageStorage();
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
      new GlanceError(
        'out-of-memory',
        'The page ended while it loaded the model that was used last, so the demo model is loaded this time. Choose the model again with a shorter context, or a smaller one.',
        { details: { model: kept.id } },
      ),
      'The model was not loaded again',
    );
    return null;
  }
  const model = await shelf.find(kept.id);
  if (model !== null) return sessionModel(model, kept.contextLength);
  session.report(
    new GlanceError(
      'model-not-stored',
      'The model that was used last is no longer on this device, so the demo model is loaded. It can be downloaded again.',
      { details: { model: kept.id } },
    ),
  );
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
document.body.replaceChildren(app);
