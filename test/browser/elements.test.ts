import { afterEach, beforeAll, expect, test } from 'vitest';
import { en } from '../../src/app/words/en.ts';
import zh from '../../src/app/words/zh.ts';
import type { EmbeddedConversation } from '../../src/embed/conversation.ts';
import { createGlance } from '../../src/embed/create_glance.ts';
import { define, type ErrorDetail, GlanceAsk, GlanceChat } from '../../src/embed/elements/elements.ts';
import type { LoadedModel } from '../../src/embed/events.ts';

/** Pictures of the site, with questions that pico answers rightly. */
const TWO_CIRCLES = { image: '/samples/circles.png', question: 'How many circles are there?', right: /two/ };
const RED_TRIANGLE = { image: '/samples/shapes.png', question: 'What shape is red?', right: /triangle/ };
const FOUR_SHAPES = { image: '/samples/stars.png', question: 'How many shapes are there?', right: /four/ };

/** Made before there were such elements, as by a page that is quicker than this module. */
let early: GlanceChat;

beforeAll(() => {
  expect(customElements.get('glance-chat')).toBeUndefined();
  early = document.createElement('glance-chat');
  Object.assign(early, { system: 'Be brief.', size: 'small', image: new File(['no picture'], 'early.png') });
  define();
  define();
});

afterEach(() => document.body.replaceChildren());

function add<E extends Element>(markup: string): E {
  const template = document.createElement('template');
  template.innerHTML = markup;
  document.body.append(template.content);
  return document.body.lastElementChild as E;
}

/** The next event of this type that reaches the document; an error is thrown if another one is waited for. */
function next<T>(type: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const heard = new AbortController();
    const listen = (name: string, then: (detail: T) => void) =>
      document.addEventListener(
        name,
        (event) => {
          heard.abort();
          then((event as CustomEvent<T>).detail);
        },
        { signal: heard.signal },
      );
    listen(type, resolve);
    if (type !== 'glance-error') listen('glance-error', reject);
  });
}

/** The picture that is asked about, as large as this, and there. */
async function addPhoto(shape: string): Promise<void> {
  const photo = add<HTMLImageElement>(
    `<img id="photo" src="${TWO_CIRCLES.image}" alt="Shapes" style="${shape}">`,
  );
  await new Promise((resolve) => photo.addEventListener('load', resolve, { once: true }));
}

/** Everything that a subtree shows, shadow trees included. */
function shownIn(node: Node): string {
  if (node instanceof HTMLStyleElement || node instanceof HTMLTemplateElement) return '';
  const root = node instanceof Element && node.shadowRoot !== null ? node.shadowRoot : node;
  if (root instanceof Text) return root.data;
  return [...root.childNodes].map(shownIn).join('');
}

test('an answer in place: for a selector, for another question, and once more', async () => {
  // Behind it in its line nothing is in view.
  await addPhoto(`inline-size: ${2 * innerWidth}px; block-size: 100px`);
  const answered = next('glance-message');
  const ask = add<GlanceAsk>(
    `<glance-ask device="wasm" image="#photo" question="${TWO_CIRCLES.question}"></glance-ask>`,
  );
  expect(await answered).toMatchObject({ question: TWO_CIRCLES.question, pictures: 1, finishReason: 'stop' });
  expect(ask.value).toMatch(TWO_CIRCLES.right);
  await expect.poll(() => shownIn(ask)).toContain(ask.value);
  expect(
    ask.shadowRoot?.querySelector('glance-answer-view')?.shadowRoot?.querySelector('[part=answer]'),
  ).not.toBeNull();

  // It is light or dark as the page around it is, whatever the system prefers.
  const ink = () => getComputedStyle(ask).getPropertyValue('--ink');
  expect(ink()).toBe('#14191c');
  document.body.style.color = 'oklch(95% 0 0)';
  await expect.poll(ink).toBe('#e7ebed');
  ask.theme = 'light';
  expect(ink()).toBe('#14191c');
  ask.theme = 'auto';
  document.body.style.color = '';
  await expect.poll(ink).toBe('#14191c');

  // Picture and question change together, and are asked once.
  let messages = 0;
  ask.addEventListener('glance-message', () => {
    messages += 1;
  });
  const other = next('glance-message');
  ask.image = new URL(RED_TRIANGLE.image, location.href).href;
  ask.question = RED_TRIANGLE.question;
  expect(await other).toMatchObject({ question: RED_TRIANGLE.question, pictures: 1 });
  expect(ask.value).toMatch(RED_TRIANGLE.right);
  const again = await ask.ask();
  expect(again.answer).toBe(ask.value);
  expect(messages).toBe(2);
});

test('an element takes what was set before it was known, and says in words why it cannot begin', async () => {
  const unread = next<ErrorDetail>('glance-error');
  document.body.append(early);
  expect(Object.keys(early)).toEqual([]);
  expect([early.system, early.getAttribute('system'), early.size]).toEqual([
    'Be brief.',
    'Be brief.',
    'small',
  ]);
  expect(getComputedStyle(early).blockSize).toBe('360px');
  expect((await unread).code).toBe('picture-unreadable');

  for (const name of ['glance-chat', 'glance-ask'] as const) {
    const failed = next<ErrorDetail>('glance-error');
    const broken = add<GlanceChat | GlanceAsk>(
      `<${name} base="https://[" when="load" question="?"></${name}>`,
    );
    const { code, message } = await failed;
    expect([code, message]).toEqual(['invalid-argument', expect.stringContaining('no address of a folder')]);
    await expect.poll(() => broken.shadowRoot?.querySelector('[role=alert]')?.textContent).toContain(message);
    broken.removeAttribute('base');
    broken.shadowRoot!.querySelector<HTMLElement>('[part=button]')!.click();
    await expect.poll(() => broken.shadowRoot?.querySelector('[role=alert]')).toBeNull();
    broken.remove();
  }
});

test('properties that are taken back take their attributes with them, as frameworks do it', () => {
  const given = {
    model: 'pico',
    vision: 'vision.gguf',
    system: 'Be brief.',
    image: '#photo',
    theme: 'dark',
    base: '/glance/',
    device: 'wasm',
    contextLength: 512,
    name: 'finding',
    required: true,
    disabled: true,
  };
  const own = {
    'glance-chat': { size: 'small', preload: 'none' },
    'glance-ask': { question: 'What is this?', label: 'Look', when: 'click' },
  };
  for (const [name, properties] of Object.entries(own)) {
    const element = document.createElement(name) as GlanceChat | GlanceAsk;
    const all = { ...given, ...properties };
    const none = Object.fromEntries(Object.keys(all).map((key) => [key, undefined]));
    const before = Object.keys(all).map((key) => [key, element[key as keyof typeof element]]);
    Object.assign(element, none);
    expect(element.getAttributeNames()).toEqual([]);
    Object.assign(element, all);
    expect(element.getAttributeNames()).toHaveLength(Object.keys(all).length);
    expect(element).toMatchObject(all);
    Object.assign(element, none);
    expect(element.getAttributeNames()).toEqual([]);
    expect(Object.keys(all).map((key) => [key, element[key as keyof typeof element]])).toEqual(before);
  }
});

test('nothing is asked before the button is pressed; what cannot be asked is told', async () => {
  const ask = add<GlanceAsk>(
    `<glance-ask when="click" label="Look" device="wasm" image="${FOUR_SHAPES.image}" question="${FOUR_SHAPES.question}"></glance-ask>`,
  );
  const button = () =>
    ask.shadowRoot
      ?.querySelector('glance-answer-view')
      ?.shadowRoot?.querySelector<HTMLElement>('[part=button]');
  await expect.poll(() => button()?.textContent).toBe('Look');
  expect(ask.value).toBe('');
  ask.disabled = true;
  await expect.poll(() => button()?.matches(':disabled')).toBe(true);
  ask.disabled = false;
  await expect.poll(() => button()?.matches(':disabled')).toBe(false);
  const answered = next('glance-message');
  button()!.click();
  await answered;
  expect(ask.value).toMatch(FOUR_SHAPES.right);

  add('<img id="broken" src="/samples/nowhere.png"><img id="empty">');
  for (const [image, reason] of [
    ['#nowhere', 'invalid-argument'],
    ['#broken', 'picture-unreadable'],
    ['#empty', 'picture-unreadable'],
  ]) {
    const failed = next<ErrorDetail>('glance-error');
    const broken = add<GlanceAsk>(`<glance-ask image="${image}" question="What is this?"></glance-ask>`);
    const { code, message } = await failed;
    expect([image, code]).toEqual([image, reason]);
    await expect.poll(() => shownIn(broken)).toContain(message);
    broken.remove();
  }
});

test('a question that comes after its element is asked as if it had been there, and its button says it', async () => {
  for (const when of ['load', 'visible']) {
    const ask = add<GlanceAsk>(
      `<glance-ask when="${when}" device="wasm" image="${RED_TRIANGLE.image}"></glance-ask>`,
    );
    // The moment to ask has passed.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const answered = next('glance-message');
    ask.question = RED_TRIANGLE.question;
    expect(await answered).toMatchObject({ question: RED_TRIANGLE.question, pictures: 1 });
    expect(ask.value).toMatch(RED_TRIANGLE.right);
    ask.remove();
  }
  const ask = add<GlanceAsk>('<glance-ask when="click" question="First?"></glance-ask>');
  await expect.poll(() => shownIn(ask)).toContain('First?');
  ask.question = 'Second?';
  await expect.poll(() => shownIn(ask)).toContain('Second?');
});

test('a conversation takes part in a form, lets only its own events out, and ends with its element', async () => {
  const form = add<HTMLFormElement>(
    `<form><fieldset><glance-chat name="finding" required device="wasm" system="Be brief." size="small"></glance-chat></fieldset></form>`,
  );
  const chat = form.querySelector('glance-chat') as GlanceChat;
  const seen = new Set<string>();
  const names = [
    'ask',
    'stop',
    'engaged',
    'question-typed',
    'announce',
    'marks-found',
    'glance-message',
    'glance-ready',
  ];
  for (const name of names) document.addEventListener(name, ({ type }) => seen.add(type));
  expect([chat.form, chat.validity?.valueMissing, form.checkValidity()]).toEqual([form, true, false]);
  expect(getComputedStyle(chat).blockSize).toBe('360px');
  chat.size = 'large';
  expect(getComputedStyle(chat).blockSize).toBe('720px');
  // A form that lacks the answer leads to where it is asked for.
  const place = add<GlanceAsk>(
    '<form><glance-ask name="place" required when="click" question="?"></glance-ask></form>',
  ).firstElementChild as GlanceAsk;
  for (const element of [chat, place]) {
    await expect
      .poll(
        () => {
          element.form!.requestSubmit();
          return document.activeElement === element;
        },
        { timeout: 30_000 },
      )
      .toBe(true);
  }

  const picture = await (await fetch(RED_TRIANGLE.image)).blob();
  const { answer } = await chat.ask(RED_TRIANGLE.question, { image: picture });
  expect(answer).toMatch(RED_TRIANGLE.right);
  expect([chat.value, new FormData(form).get('finding'), form.checkValidity()]).toEqual([
    answer,
    answer,
    true,
  ]);
  // The conversation goes on, by hand.
  const view = chat.shadowRoot!.querySelector('glance-chat-view')!;
  const composer = view.shadowRoot!.querySelector('glance-composer')!;
  const field = composer.shadowRoot!.querySelector('textarea')!;
  await expect.poll(() => composer.answering).toBe(false);
  const typed = next('glance-message');
  field.value = 'How many shapes are there?';
  field.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
  composer.shadowRoot!.querySelector('form')!.requestSubmit();
  expect(await typed).toMatchObject({ question: 'How many shapes are there?', pictures: 0 });
  expect([...seen].sort()).toEqual(['glance-message', 'glance-ready']);

  chat.theme = 'dark';
  expect(getComputedStyle(chat).getPropertyValue('--ink')).toBe('#e7ebed');
  form.querySelector('fieldset')!.disabled = true;
  expect(view.inert).toBe(true);
  form.reset();
  await expect.poll(() => new FormData(form).get('finding')).toBeNull();
  expect(chat.value).toBe('');

  // Moved, it goes on; taken away, it ends.
  document.body.append(chat);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(chat.shadowRoot!.querySelector('glance-chat-view')).toBe(view);
  const waiting = chat.ask('Describe the image.', { image: picture });
  chat.remove();
  await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
  expect(chat.shadowRoot!.childElementCount).toBe(0);
});

test('questions asked at once come in their order, and are about the picture of their element, or fail with it', async () => {
  const chat = add<GlanceChat>(`<glance-chat device="wasm" image="${RED_TRIANGLE.image}"></glance-chat>`);
  const first = await chat.ask(RED_TRIANGLE.question);
  expect(first).toMatchObject({ pictures: 1, answer: expect.stringMatching(RED_TRIANGLE.right) });
  chat.image = await (await fetch(TWO_CIRCLES.image)).blob();
  expect(await chat.ask(TWO_CIRCLES.question)).toMatchObject({ pictures: 1 });
  expect(await chat.ask(TWO_CIRCLES.question)).toMatchObject({ pictures: 0 });
  // Another one takes its place while the question waits for it.
  chat.image = FOUR_SHAPES.image;
  const waiting = chat.ask(FOUR_SHAPES.question);
  await Promise.resolve();
  chat.image = TWO_CIRCLES.image;
  expect(await waiting).toMatchObject({ pictures: 1 });
  // Also of one that never comes.
  const { fetch: fetched } = globalThis;
  globalThis.fetch = (input, init) =>
    String(input).endsWith('never.png') ? new Promise<never>(() => {}) : fetched(input, init);
  chat.image = 'never.png';
  const held = chat.ask(FOUR_SHAPES.question);
  await new Promise((resolve) => setTimeout(resolve, 100));
  chat.image = TWO_CIRCLES.image;
  expect(await held).toMatchObject({ pictures: 1 });
  globalThis.fetch = fetched;
  chat.setAttribute('image', '#nowhere');
  await expect(chat.ask('What is this?')).rejects.toMatchObject({ code: 'invalid-argument' });
  // That has been told, and holds nothing up.
  expect(await chat.ask('And how many squares?')).toMatchObject({ pictures: 0 });
  chat.image = null;
  // The first one's picture has to be fetched.
  const both = [
    chat.ask(TWO_CIRCLES.question, { image: TWO_CIRCLES.image }),
    chat.ask('And how many squares?'),
  ];
  expect(await Promise.all(both)).toMatchObject([{ pictures: 1 }, { pictures: 0 }]);
  const { turns } = chat.shadowRoot!.querySelector('glance-chat-view')!.session.state.conversation;
  expect(turns.slice(-2).map(({ question }) => question.pictures.length)).toEqual([1, 0]);
});

test('a picture that cannot be had is said in the conversation, and told once', async () => {
  const told: ErrorDetail[] = [];
  const chat = add<GlanceChat>('<glance-chat image="#nowhere"></glance-chat>');
  chat.addEventListener('glance-error', ({ detail }) => told.push(detail));
  for (const [image, code] of [
    ['#nowhere', 'invalid-argument'],
    ['data:image/png', 'file-unreachable'],
    [new File(['no picture'], 'unread.png'), 'picture-unreadable'],
  ] as const) {
    chat.image = image;
    await expect.poll(() => told.at(-1)?.code, { timeout: 30_000 }).toBe(code);
    await expect.poll(() => shownIn(chat)).toContain(told.at(-1)!.message);
  }
  expect(told).toHaveLength(3);
  // One that has been replaced meanwhile is nobody's concern.
  const picture = await (await fetch(RED_TRIANGLE.image)).blob();
  chat.image = 'data:image/png';
  chat.image = picture;
  const { session } = chat.shadowRoot!.querySelector('glance-chat-view')!;
  await expect.poll(() => session.state.conversation.draft.pictures.length).toBe(1);
  expect(session.state.conversation.notices).toHaveLength(3);
});

test('the picture of an element makes way for another one also when it has been turned; none outlives it', async () => {
  const { createObjectURL, revokeObjectURL } = URL;
  const held = new Set<string>();
  URL.createObjectURL = (file) => {
    const url = createObjectURL.call(URL, file);
    held.add(url);
    return url;
  };
  URL.revokeObjectURL = (url) => {
    held.delete(url);
    revokeObjectURL.call(URL, url);
  };
  try {
    const picture = await (await fetch(RED_TRIANGLE.image)).blob();
    const chat = add<GlanceChat>('<glance-chat></glance-chat>');
    chat.image = new File([picture], 'first.png');
    const find = () => chat.shadowRoot!.querySelector('glance-chat-view');
    await expect.poll(find, { timeout: 30_000 }).not.toBeNull();
    const { session } = find()!;
    const pictures = () => session.state.conversation.draft.pictures;
    await expect.poll(() => pictures().map(({ name }) => name)).toEqual(['first.png']);
    await session.editPicture(pictures()[0]!.id, { turns: 1, crop: null });
    expect(pictures()[0]?.original).toBeDefined();
    chat.image = new File([picture], 'second.png');
    await expect.poll(() => pictures().map(({ name }) => name)).toEqual(['second.png']);
    await session.picturesRead();
    expect(held.size).toBe(1);

    // By hand, and on its way.
    await session.addPictures([new File([picture], 'third.png')]);
    expect(held.size).toBe(2);
    chat.image = RED_TRIANGLE.image;
    await Promise.resolve();
    chat.remove();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect([...held]).toEqual([]);
  } finally {
    Object.assign(URL, { createObjectURL, revokeObjectURL });
  }
});

test('a form is sent no answer of what was asked before', async () => {
  const { image, question } = RED_TRIANGLE;
  const form = add<HTMLFormElement>(
    `<form>
      <glance-chat name="chat" device="wasm" image="${image}"></glance-chat>
      <glance-ask name="ask" device="wasm" image="${image}" question="${question}" when="click"></glance-ask>
    </form>`,
  );
  const [chat, ask] = [form.querySelector('glance-chat')!, form.querySelector('glance-ask')!];
  const sent = () => Object.fromEntries(new FormData(form));
  const said = await chat.ask(question);
  const { answer } = await ask.ask();
  expect(sent()).toEqual({ chat: said.answer, ask: answer });

  chat
    .shadowRoot!.querySelector('glance-chat-view')!
    .shadowRoot!.querySelector<HTMLElement>('.bar button')!
    .click();
  await expect.poll(sent).toEqual({ ask: answer });
  const failed = next<ErrorDetail>('glance-error');
  ask.image = '#nowhere';
  expect((await failed).code).toBe('invalid-argument');
  expect(sent()).toEqual({});

  ask.image = image;
  await expect.poll(() => ask.value).toBe(answer);
  const again = ask.ask();
  expect(sent()).toEqual({});
  await again;
  expect(sent()).toEqual({ ask: answer });
  ask.remove();
  await new Promise((resolve) => setTimeout(resolve, 50));
  form.append(ask);
  expect(sent()).toEqual({});
});

test('an element that is removed while its first parts come begins nothing more, and begins anew when it is back', async () => {
  const begun = new Set<Promise<EmbeddedConversation>>();
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const late = async (conversation: Promise<EmbeddedConversation>) => {
    begun.add(conversation);
    await arrived;
    return conversation;
  };
  customElements.define(
    'late-ask',
    class extends GlanceAsk {
      protected override conversation() {
        return late(super.conversation());
      }
    },
  );
  customElements.define(
    'late-chat',
    class extends GlanceChat {
      protected override conversation() {
        return late(super.conversation());
      }
    },
  );
  const { image, question } = RED_TRIANGLE;
  const ask = add<GlanceAsk>(`<late-ask device="wasm" image="${image}" question="${question}"></late-ask>`);
  const button = add<GlanceAsk>('<late-ask when="click" question="Shall I?"></late-ask>');
  const chat = add<GlanceChat>('<late-chat device="wasm" preload="auto"></late-chat>');
  const asked = ask.ask();
  for (const element of [ask, button, chat]) element.remove();
  await new Promise((resolve) => setTimeout(resolve, 50));
  // Two come back before the parts are there.
  document.body.append(button, chat);
  expect(begun.size).toBe(5);
  const ready = next<LoadedModel>('glance-ready');
  arrive();
  await expect(asked).rejects.toMatchObject({ code: 'aborted' });
  await ready;
  await expect.poll(() => shownIn(button)).toContain('Shall I?');
  expect(begun.size).toBe(5);
  const [ofAsk, ofButton, ofChat, ofButtonNow, ofChatNow] = await Promise.all(begun);
  expect(button.shadowRoot!.querySelector('glance-answer-view')!.session).toBe(ofButtonNow!.session);
  expect(chat.shadowRoot!.querySelector('glance-chat-view')!.session).toBe(ofChatNow!.session);
  for (const ended of [ofAsk, ofButton, ofChat]) expect(ended!.session.state.model.status).toBe('idle');

  const answered = next('glance-message');
  document.body.append(ask);
  expect(await answered).toMatchObject({ question, pictures: 1 });
  await expect.poll(() => shownIn(ask)).toContain(ask.value);
});

test('an element and the library load different models on one page, and neither ends the other', async () => {
  const glance = createGlance({ device: 'wasm' });
  try {
    const ready = next<LoadedModel>('glance-ready');
    add('<glance-chat preload="auto" device="wasm" model="/models/pico/pico-Q8_0.gguf"></glance-chat>');
    const loaded = glance.load('pico');
    expect((await ready).seesPictures).toBe(false);
    expect((await loaded).vision).not.toBeNull();
  } finally {
    glance.close();
  }
});

test('another vision encoder, and other files, are another model', async () => {
  const [text, vision] = ['/models/pico/pico-Q8_0.gguf', '/models/pico/mmproj-pico-F16.gguf'] as const;
  const blob = async (address: string) => (await fetch(address)).blob();
  const [textFile, visionFile] = await Promise.all([blob(text), blob(vision)]);
  const seesPictures = async (change: (chat: GlanceChat) => void) => {
    const ready = next<LoadedModel>('glance-ready');
    change(chat);
    return (await ready).seesPictures;
  };
  const first = next<LoadedModel>('glance-ready');
  const chat = add<GlanceChat>(`<glance-chat preload="auto" device="wasm" model="${text}"></glance-chat>`);
  expect((await first).seesPictures).toBe(false);
  expect(await seesPictures((chat) => (chat.vision = vision))).toBe(true);
  expect(await seesPictures((chat) => (chat.model = { kind: 'file', text: textFile }))).toBe(false);
  const whole = { kind: 'file', text: [textFile], vision: visionFile } as const;
  expect(await seesPictures((chat) => (chat.model = whole))).toBe(true);

  // The same files stay.
  let count = 0;
  chat.addEventListener('glance-ready', () => {
    count += 1;
  });
  chat.model = { ...whole };
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await seesPictures((chat) => (chat.model = { kind: 'file', text: textFile }))).toBe(false);
  expect(count).toBe(1);
});

test('all elements speak the language of the page, also when it changes', async () => {
  const { documentElement } = document;
  const { lang } = documentElement;
  const chats = [
    add<GlanceChat>('<glance-chat></glance-chat>'),
    add<GlanceChat>('<glance-chat lang="en"></glance-chat>'),
  ];
  const all = (text: string) => chats.map((chat) => shownIn(chat).includes(text));
  try {
    await expect.poll(() => all(en.embed.promise)).toEqual([true, true]);
    documentElement.lang = 'zh';
    await expect.poll(() => all(zh.embed.promise)).toEqual([true, true]);
    await expect.poll(() => all(zh.chip.atFirstQuestion)).toEqual([true, true]);
  } finally {
    documentElement.lang = lang;
  }
  await expect.poll(() => all(en.embed.promise)).toEqual([true, true]);
});
