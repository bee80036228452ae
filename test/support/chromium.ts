import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** What Playwright switches off, too: Chromium takes the last list that it is given, so this one stands in for it. */
const PLAYWRIGHT_DISABLES = [
  'AimEnabled',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
  'TcpPortRandomizationWin',
  'ThirdPartyStoragePartitioning',
];

/** Pages of the browser's own behind its address bar: half a second of computing for every window. */
const UNSEEN_PAGES = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup'];

/**
 * Flags for a headless Chromium that stays quiet on the network and offers WebGPU on the CPU
 * (SwiftShader), so that the same tests run on machines without a GPU.
 */
export const chromiumFlags = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  `--disable-features=${[...PLAYWRIGHT_DISABLES, ...UNSEEN_PAGES].join()}`,
];

/**
 * Path of the Chromium that the tests drive: `GLANCE_CHROMIUM` if set, else the first one on the PATH.
 *
 * @throws Error with one line that says how to get one.
 */
export function findChromium(): string {
  if (process.env.GLANCE_CHROMIUM) return process.env.GLANCE_CHROMIUM;
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of NAMES) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not here: try the next.
      }
    }
  }
  throw new Error(
    'No Chromium found: install one (Debian: apt-get install chromium) or set GLANCE_CHROMIUM to its path.',
  );
}
