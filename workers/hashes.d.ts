/** See src/offline/build/sha256_plugin.ts. */
declare module '*?sha256' {
  const hash: string;
  export default hash;
}
