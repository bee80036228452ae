/**
 * Fetches a `.wasm` file that the build has compressed (see vite.config.ts), or that a development server
 * gives as it is.
 */
export async function fetchWasm(url: string): Promise<Blob> {
  const response = await fetch(new URL(url, location.href));
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  const file = await response.blob();
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  const packed = first === 0x1f && second === 0x8b;
  const stream = packed ? file.stream().pipeThrough(new DecompressionStream('gzip')) : file.stream();
  return new Response(stream, { headers: { 'content-type': 'application/wasm' } }).blob();
}
