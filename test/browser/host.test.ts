import { afterEach, expect, test, vi } from 'vitest';
import { embedGlance, type GlanceFrame } from '../../src/embed/host.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  document.body.replaceChildren();
});

/** Lets every page in, and answers nothing. */
function silentFrame(): void {
  addEventListener('message', ({ data, ports: [port] }) => {
    if (data.glance === 'hello') port!.postMessage({ type: 'welcome' });
    // Held as long as the page.
    if (port !== undefined) Object.assign(globalThis, { port });
  });
  parent.postMessage({ glance: 'here' }, '*');
}

async function embedSilent(): Promise<GlanceFrame> {
  // Any address of this origin that is shown without scripts of its own.
  const frame = embedGlance(document.body, { src: '/samples/circles.png' });
  const iframe = document.querySelector('iframe')!;
  await new Promise((resolve) => iframe.addEventListener('load', resolve, { once: true }));
  const script = iframe.contentDocument!.createElement('script');
  script.textContent = `(${silentFrame})()`;
  iframe.contentDocument!.body.append(script);
  return frame;
}

const isGone = { code: 'frame-closed', message: 'The frame is gone.' };

test('what a frame was asked for is rejected when it has been removed, and what it is asked for then', async () => {
  const frame = await embedSilent();
  const end = new AbortController();
  const [waiting, stopped] = [frame.clear(), frame.ask('What?', { signal: end.signal })];
  frame.iframe.remove();
  await expect(waiting).rejects.toMatchObject(isGone);
  await expect(stopped).rejects.toMatchObject(isGone);
  await expect(frame.stop()).rejects.toMatchObject(isGone);
});

test('whoever ends a question to a frame that is gone need not wait to hear of it', async () => {
  vi.useFakeTimers({ toFake: ['setInterval'] });
  const frame = await embedSilent();
  const end = new AbortController();
  const waiting = frame.ask('What?', { signal: end.signal });
  frame.iframe.remove();
  end.abort();
  await expect(waiting).rejects.toMatchObject(isGone);
});

test('a frame that has crashed is gone, where browsers tell of it', async () => {
  const listen = vi.spyOn(MessagePort.prototype, 'addEventListener');
  const frame = await embedSilent();
  const waiting = frame.ask('What?');
  (listen.mock.contexts[0] as MessagePort).dispatchEvent(new Event('close'));
  await expect(waiting).rejects.toMatchObject(isGone);
  await expect(frame.clear()).rejects.toMatchObject(isGone);
});
