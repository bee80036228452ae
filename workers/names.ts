import type { ApiModel } from '../src/api/host.ts';
import { GlanceError } from '../src/model/errors.ts';
import type { StoredModel } from '../src/model/storage.ts';
import type { LoadOptions } from '../src/rpc/contract.ts';
import { entryOf } from '../src/store/catalogue.ts';
import { ModelStore } from '../src/store/store.ts';
import type { LoadedModel } from './coming_model.ts';
import { demoFile } from './demo_files.ts';
import { type PlacedOptions, type PlacedSource, sourceKey } from './model_key.ts';

/** When pico was published, in seconds since 1970. */
const PICO_CREATED = 1_762_000_000;

/** A model with the names it goes by; the first is the one that is told. */
interface Named {
  model: ApiModel;
  otherNames: readonly string[];
  source: PlacedSource;
}

/** The models that can be asked for by name: the demo, those kept on this device, and the one that is loaded. */
export class Names {
  #store: ModelStore | null = null;

  async models(loaded: LoadedModel | null): Promise<ApiModel[]> {
    return (await this.#all(loaded)).map(({ model }) => model);
  }

  /** The name that a loaded model is told under. */
  async nameOf(loaded: LoadedModel): Promise<string> {
    const { key } = loaded.asked;
    const named = (await this.#all(loaded)).find(({ source }) => sourceKey(source) === key);
    return named?.model.id ?? loaded.engine.info.name;
  }

  /**
   * Where the model's files are.
   *
   * @throws GlanceError `no-model` for a name that is unknown
   */
  async place(options: LoadOptions, loaded: LoadedModel | null): Promise<PlacedOptions> {
    const { source } = options;
    if (source.kind !== 'named') return { ...options, source, anyhow: false };
    const wanted = source.name.toLowerCase();
    const all = await this.#all(loaded);
    const found =
      all.find(({ model }) => model.id.toLowerCase() === wanted) ??
      all.find(({ otherNames }) => otherNames.some((name) => name.toLowerCase() === wanted));
    if (found === undefined) {
      throw new GlanceError(
        'no-model',
        `There is no model "${source.name}" on this device. There are: ${all.map(({ model }) => model.id).join(', ')}. Download others in Glance.`,
        { details: { model: source.name } },
      );
    }
    return { ...options, source: found.source, anyhow: true };
  }

  async #all(loaded: LoadedModel | null): Promise<Named[]> {
    const known = [demo(), ...(await this.#stored())];
    if (loaded === null) return known;
    const { options, key } = loaded.asked;
    if (known.some(({ source }) => sourceKey(source) === key)) return known;
    const { name } = loaded.engine.info;
    const id = known.some(({ model }) => model.id === name) ? loaded.file : name;
    const created = Math.floor(loaded.loadedAt / 1000);
    return [
      ...known,
      { model: { id, created, ownedBy: 'user' }, otherNames: [loaded.file], source: options.source },
    ];
  }

  /** Complete models of the store, latest used first; none where it cannot be read. */
  async #stored(): Promise<Named[]> {
    this.#store ??= new ModelStore();
    const models = await this.#store.models().catch(() => []);
    const taken = new Set<string>();
    return models.flatMap((model) => (model.complete ? [named(model, taken)] : []));
  }
}

function demo(): Named {
  return {
    model: { id: 'pico', created: PICO_CREATED, ownedBy: 'glance' },
    otherNames: [],
    source: { kind: 'url', text: demoFile('pico-Q8_0.gguf'), vision: demoFile('mmproj-pico-F16.gguf') },
  };
}

/** @param taken short names that other models have already */
function named({ id, name, text, vision, addedAt }: StoredModel, taken: Set<string>): Named {
  const known = entryOf(id);
  const short = known !== null && !taken.has(known.entry.id) ? known.entry.id : id;
  taken.add(short);
  const exact = known && `${known.entry.id}-${known.file.quantization.toLowerCase()}`;
  return {
    model: {
      id: short,
      created: Math.floor(addedAt / 1000),
      ownedBy: id.includes('/') ? id.slice(0, id.indexOf('/')) : 'user',
    },
    otherNames: [id, name, ...(exact === null ? [] : [exact])],
    source: { kind: 'stored', text, ...(vision !== null && { vision }) },
  };
}
