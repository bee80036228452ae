/** See src/offline/build/assembly_plugin.ts. */
declare module '*?assembly' {
  const code: Uint8Array<ArrayBuffer>;
  export default code;
}
