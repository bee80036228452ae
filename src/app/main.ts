import { GlanceClient } from '../rpc/client.ts';
import { chosenDevice, pageStorage } from './device.ts';
import './elements/app.ts';
import { Session } from './session.ts';

const client = new GlanceClient(
  () => new Worker(new URL('../../workers/inference.ts', import.meta.url), { type: 'module' }),
);

const session = new Session(client, {
  source: {
    kind: 'url',
    text: new URL('models/pico/pico-Q8_0.gguf', document.baseURI).href,
    vision: new URL('models/pico/mmproj-pico-F16.gguf', document.baseURI).href,
  },
  device: chosenDevice(new URL(location.href), pageStorage()),
});

const app = document.createElement('glance-app');
app.session = session;
document.body.replaceChildren(app);
