/** As much of the browser's caches as is used, in memory. */
export class FakeCaches {
  readonly stores = new Map<string, Map<string, Response>>();
  readonly open = async (name: string) => {
    const store = this.stores.get(name) ?? new Map<string, Response>();
    this.stores.set(name, store);
    return {
      match: async (url: string) => store.get(url)?.clone(),
      put: async (url: string, response: Response) => void store.set(url, response),
      delete: async (url: string) => store.delete(url),
      keys: async () => [...store.keys()].map((url) => ({ url })),
    };
  };
  readonly keys = async () => [...this.stores.keys()];
  readonly has = async (name: string) => this.stores.has(name);
  readonly delete = async (name: string) => this.stores.delete(name);
}
