/** Made by the package's build: where its files lie, whatever names a bundler has given them. */
declare module 'glance-files' {
  /** Absolute addresses by name. */
  export const files: Readonly<Record<string, string>>;
  export const serviceWorker: string;
}
