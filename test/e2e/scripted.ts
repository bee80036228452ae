import type { Page } from '@playwright/test';
import { INFERENCE_WORKER, scriptedWorker } from '../support/scripted_engine/build.ts';
import type { Script } from '../support/scripted_engine/script.ts';

/** Has the page talk to an engine that says what it is told to. To be called before the site is opened. */
export async function playScript(page: Page, script: Script): Promise<void> {
  const body = await scriptedWorker(script);
  await page.route(INFERENCE_WORKER, (route) => route.fulfill({ contentType: 'text/javascript', body }));
}

/** The answer that is held goes on to its end. */
export async function letGo(page: Page): Promise<void> {
  // Under which address the engine's worker runs depends on the page's policy.
  await Promise.all(
    page.workers().map((worker) =>
      worker.evaluate(() => {
        globalThis.glanceLetGo = true;
      }),
    ),
  );
}
