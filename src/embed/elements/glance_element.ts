import type { Device, ModelSource } from '../../rpc/contract.ts';
import type { Answered } from '../answered.ts';
import type { EmbeddedConversation } from '../conversation.ts';
import type { LoadedModel, LoadingProgress } from '../events.ts';
import type { PictureSource } from '../picture_source.ts';

/** What `glance-error` tells. */
export interface ErrorDetail {
  /** Stable, for programs: the code of a GlanceError. */
  readonly code: string;
  /** For the person at the screen: what happened, and what to do next. */
  readonly message: string;
}

/** Events of Glance's elements. They bubble, and leave shadow trees. */
export interface GlanceElementEventMap {
  /** Loading the model, file by file. */
  'glance-progress': CustomEvent<LoadingProgress>;
  /** The model is loaded. */
  'glance-ready': CustomEvent<LoadedModel>;
  /** All that has been said so far of the answer being made. */
  'glance-text': CustomEvent<string>;
  /** A question has been answered. */
  'glance-message': CustomEvent<Answered>;
  /** Something failed; the element shows it as well. */
  'glance-error': CustomEvent<ErrorDetail>;
}

/** Where there is no document, as on a server that renders pages ahead, the classes exist and do nothing. */
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

/**
 * What Glance's elements have in common: the model, the picture, the system prompt, the theme, and a value that
 * takes part in forms: the latest answer.
 */
export abstract class GlanceElement extends Base {
  /** @internal */
  static readonly formAssociated = true;
  /** @internal */
  static readonly observedAttributes: readonly string[] = [
    'model',
    'vision',
    'system',
    'image',
    'question',
    'required',
    'context-length',
    'device',
  ];

  readonly #internals: ElementInternals | null;
  #value = '';
  #model: ModelSource | null = null;
  #image: PictureSource | null = null;
  #conversation: Promise<EmbeddedConversation> | null = null;
  #life = new AbortController();
  #isDisabledByForm = false;
  /** Said by browsers; in the language of the page as soon as its words are here. */
  #missingAnswer = 'Ask a question first: its answer goes into this form.';

  constructor() {
    super();
    this.#internals = this.attachInternals?.() ?? null;
  }

  /**
   * The model that answers: its name, the address of its GGUF file, or where its files are. Default: `pico`, the demo.
   */
  get model(): string | ModelSource {
    return this.#model ?? this.getAttribute('model') ?? 'pico';
  }

  set model(model: string | ModelSource) {
    if (typeof model === 'string') {
      this.#model = null;
      this.setAttribute('model', model);
    } else {
      this.#model = model ?? null;
      if (this.#model === null) this.removeAttribute('model');
      this.attributeChangedCallback('model', null, null);
    }
  }

  /** Address of the model's mmproj file, where `model` is an address. */
  get vision(): string | null {
    return this.getAttribute('vision');
  }

  set vision(address: string | null) {
    this.reflect('vision', address);
  }

  /** Said to the model before everything else. */
  get system(): string {
    return this.getAttribute('system') ?? '';
  }

  set system(prompt: string) {
    this.reflect('system', prompt === '' ? null : prompt);
  }

  /**
   * The picture that is asked about: an address, the selector of an `img`, `canvas` or `video` of this page (`#photo`),
   * such an element itself, or a file.
   */
  get image(): PictureSource | null {
    return this.#image ?? this.getAttribute('image');
  }

  set image(image: PictureSource | null) {
    const text = typeof image === 'string' ? image : null;
    const isNew = (image ?? null) !== this.image;
    this.#image = text === null ? image : null;
    if (text !== this.getAttribute('image')) this.reflect('image', text);
    else if (isNew) this.attributeChangedCallback('image', null, null);
  }

  /** `light`, `dark`, or as what is around the element (`auto`): dark where the page's text is light. */
  get theme(): 'auto' | 'light' | 'dark' {
    const theme = this.getAttribute('theme');
    return theme === 'light' || theme === 'dark' ? theme : 'auto';
  }

  set theme(theme: 'auto' | 'light' | 'dark') {
    this.reflect('theme', theme);
  }

  /** Folder of Glance's files; default: the one that this module lies in. Read when the element begins. */
  get base(): string | null {
    return this.getAttribute('base');
  }

  set base(folder: string | null) {
    this.reflect('base', folder);
  }

  /** What computes; default: what is there, the graphics processor first. */
  get device(): Device | 'auto' {
    const device = this.getAttribute('device');
    return device === 'webgpu' || device === 'wasm' ? device : 'auto';
  }

  set device(device: Device | 'auto') {
    this.reflect('device', device);
  }

  /** Tokens that prompt and answer may take together; null: the smaller of 4,096 and the model's own. */
  get contextLength(): number | null {
    const length = Number.parseInt(this.getAttribute('context-length') ?? '', 10);
    return length > 0 ? length : null;
  }

  set contextLength(tokens: number | null) {
    this.reflect('context-length', tokens == null ? null : String(tokens));
  }

  /** The name under which the latest answer is sent with a form. */
  get name(): string {
    return this.getAttribute('name') ?? '';
  }

  set name(name: string) {
    this.reflect('name', name);
  }

  /** Whether a form can only be sent once there is an answer. */
  get required(): boolean {
    return this.hasAttribute('required');
  }

  set required(required: boolean) {
    this.toggleAttribute('required', Boolean(required));
  }

  /** Whether it takes no questions, and no part in its form. */
  get disabled(): boolean {
    return this.hasAttribute('disabled');
  }

  set disabled(disabled: boolean) {
    this.toggleAttribute('disabled', Boolean(disabled));
  }

  /** The latest answer; empty if there is none. */
  get value(): string {
    return this.#value;
  }

  /** The form that the answer is part of. */
  get form(): HTMLFormElement | null {
    return this.#internals?.form ?? null;
  }

  /** Whether the form can be sent, as of other fields. */
  get validity(): ValidityState | undefined {
    return this.#internals?.validity;
  }

  /** Why it cannot. */
  get validationMessage(): string {
    return this.#internals?.validationMessage ?? '';
  }

  /** Whether that is asked at all: not while it is disabled. */
  get willValidate(): boolean {
    return this.#internals?.willValidate ?? false;
  }

  /** Whether the form can be sent; tells of it by an event if not. */
  checkValidity(): boolean {
    return this.#internals?.checkValidity() ?? true;
  }

  /** As {@link checkValidity}, and tells the person at the screen. */
  reportValidity(): boolean {
    return this.#internals?.reportValidity() ?? true;
  }

  /** Disabled by its own attribute, or by a fieldset around it. */
  protected get isDisabled(): boolean {
    return this.disabled || this.#isDisabledByForm;
  }

  /** @internal */
  connectedCallback(): void {
    // Properties that were set before the element was known stand in the way of its own.
    for (const key of Object.keys(this)) {
      if (!(key in Object.getPrototypeOf(this))) continue;
      const own = this as unknown as Record<string, unknown>;
      const value = own[key];
      delete own[key];
      own[key] = value;
    }
    this.validate();
  }

  /** @internal */
  disconnectedCallback(): void {
    // An element that is only moved is connected again at once.
    setTimeout(() => this.isConnected || this.#end());
  }

  /** @internal */
  attributeChangedCallback(name: string, _before: string | null, value: string | null): void {
    if (name === 'image' && value !== null) this.#image = null;
    if (name === 'model' && value !== null) this.#model = null;
    if (name === 'required') this.validate();
    this.attributeChanged(name);
    const conversation = this.#conversation;
    if (conversation === null) return;
    void conversation.then(
      (current) => {
        if (this.#conversation !== conversation) return;
        if (name === 'system') current.system = this.system;
        if (name === 'model' || name === 'vision' || name === 'context-length') {
          // What becomes of it is told by events.
          current.useModel(this.#options()).catch(() => {});
        }
        if (name === 'device') void current.session.useDevice(this.device);
      },
      () => {},
    );
  }

  /** @internal */
  formResetCallback(): void {
    this.setValue('');
  }

  /** @internal */
  formDisabledCallback(disabled: boolean): void {
    this.#isDisabledByForm = disabled;
    this.attributeChanged('disabled');
  }

  /** Something that the element shows depends on this attribute. @internal */
  protected attributeChanged(_name: string): void {}

  /** The element's conversation, begun when it is first wanted. What draws and answers is fetched then. @internal */
  protected conversation(): Promise<EmbeddedConversation> {
    this.#conversation ??= this.#begin();
    return this.#conversation;
  }

  /** @internal */
  protected get hasConversation(): boolean {
    return this.#conversation !== null;
  }

  /** Raised when the conversation of now ends, also while it is still being begun. @internal */
  protected get life(): AbortSignal {
    return this.#life.signal;
  }

  /** The conversation has ended, as the element has left the page. @internal */
  protected ended(): void {}

  protected setValue(value: string): void {
    this.#value = value;
    this.#internals?.setFormValue(value === '' ? null : value);
    this.validate();
  }

  protected tell<K extends keyof GlanceElementEventMap>(
    type: K,
    detail: GlanceElementEventMap[K]['detail'],
  ): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }

  protected tellError(error: { code: string; message: string }): void {
    this.tell('glance-error', { code: error.code, message: error.message });
  }

  async #begin(): Promise<EmbeddedConversation> {
    const { life } = this;
    try {
      const { EmbeddedConversation, missingAnswer, speakPageLanguage } = await import('./lazy.ts');
      await speakPageLanguage();
      this.#missingAnswer = missingAnswer();
      this.validate();
      return new EmbeddedConversation(this.#options(), {
        progress: (progress) => this.tell('glance-progress', progress),
        ready: (model) => this.tell('glance-ready', model),
        text: (text) => this.tell('glance-text', text),
        message: (message) => {
          this.setValue(message.answer);
          this.tell('glance-message', message);
        },
        // Whoever has cleared it.
        cleared: () => this.setValue(''),
        error: (error) => this.tellError(error),
      });
    } catch (error) {
      // Another one may have taken its place.
      if (!life.aborted) this.#conversation = null;
      throw error;
    }
  }

  #options() {
    return {
      model: this.model,
      vision: this.vision ?? undefined,
      device: this.device,
      contextLength: this.contextLength ?? undefined,
      system: this.system,
      base: this.base ?? undefined,
    };
  }

  #end(): void {
    const conversation = this.#conversation;
    if (conversation === null) return;
    this.#conversation = null;
    this.#life.abort();
    this.#life = new AbortController();
    this.setValue('');
    this.ended();
    void conversation.then(
      (current) => current.close(),
      () => {},
    );
  }

  /** What browsers lead to when the form lacks an answer; without it they only refuse to send it. @internal */
  protected get anchor(): HTMLElement | null {
    return null;
  }

  /** To be called when {@link anchor} has become another. @internal */
  protected validate(): void {
    if (this.required && this.#value === '') {
      this.#internals?.setValidity({ valueMissing: true }, this.#missingAnswer, this.anchor ?? undefined);
    } else {
      this.#internals?.setValidity({});
    }
  }

  /** Null takes the attribute away, as does undefined, which frameworks set in place of nothing. @internal */
  protected reflect(attribute: string, value: string | null): void {
    if (value == null) this.removeAttribute(attribute);
    else this.setAttribute(attribute, value);
  }
}
