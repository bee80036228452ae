/**
 * Registers the service worker, once per address, and waits until it can be talked to, which on a first visit takes
 * until it is installed.
 *
 * @param script address of the service worker; its folder is its scope
 * @returns the one at work, which an update replaces; null where the browser has or allows no service workers, or where none is served
 */
export async function registerServiceWorker(
  script: URL,
): Promise<{ current(): ServiceWorker | null } | null> {
  const container: ServiceWorkerContainer | undefined = navigator.serviceWorker;
  if (container === undefined) return null;
  try {
    // Until it is built it is made of modules.
    const type = import.meta.env.DEV ? 'module' : 'classic';
    const registration = await container.register(script, { type });
    const first = registration.active ?? (await activated(registration));
    return first && { current: () => registration.active ?? first };
  } catch {
    return null;
  }
}

function activated(registration: ServiceWorkerRegistration): Promise<ServiceWorker | null> {
  const worker = registration.waiting ?? registration.installing;
  if (worker === null) return Promise.resolve(null);
  return new Promise((resolve) => {
    const check = () => {
      if (worker.state === 'activating' || worker.state === 'activated') resolve(worker);
      // Another one has taken its place, or it cannot be installed.
      if (worker.state === 'redundant') resolve(registration.active);
    };
    worker.addEventListener('statechange', check);
    check();
  });
}
