declare global {
  /** What a test page does when it is asked from outside; see `runInChromium` in harness.ts. */
  var glanceTest: ((request: never) => Promise<unknown>) | undefined;
}

/**
 * Called once by a test page's script.
 *
 * @param run from a request to an answer, both plain JSON values
 */
export function offer<Request, Answer>(run: (request: Request) => Promise<Answer>): void {
  globalThis.glanceTest = run;
}
