import { GlanceError } from '../model/errors.ts';

/** The last tasks of a policy's own come after the failure that they tell of. */
const LATE_MS = 50;

/** What is needed of a page's or worker's global object; Node.js has none of it. */
type Target = Partial<Pick<EventTarget, 'addEventListener' | 'removeEventListener'>>;

/**
 * Notices that a content security policy keeps this thread from a server (`connect-src`), which a failed request does not
 * tell: https://w3c.github.io/webappsec-csp/#violation-events
 */
export class PolicyWatch {
  readonly #target: Target = globalThis;
  #isRefused = false;

  constructor() {
    this.#target.addEventListener?.('securitypolicyviolation', this.#listener);
  }

  /** Whether that has happened since; to be asked after a failure. */
  async isRefused(): Promise<boolean> {
    if (!this.#isRefused) await new Promise((resolve) => setTimeout(resolve, LATE_MS));
    return this.#isRefused;
  }

  end(): void {
    this.#target.removeEventListener?.('securitypolicyviolation', this.#listener);
  }

  readonly #listener = (event: Event): void => {
    const { effectiveDirective, disposition } = event as SecurityPolicyViolationEvent;
    if (effectiveDirective === 'connect-src' && disposition === 'enforce') this.#isRefused = true;
  };
}

/** The error of a download that the policy of the page forbids. */
export function policyError(name: string, url: string | URL, cause: unknown): GlanceError {
  const server = String(url).replace(/^(\w+:\/\/[^/?#]*).*$/s, '$1');
  return new GlanceError(
    'file-unreachable',
    `${name} was not downloaded: the content security policy of this page does not let it connect to that server. Whoever publishes the page can allow it (connect-src); else download the file, and choose it on this device.`,
    { cause, details: { file: name, status: null, policy: 'connect-src', server } },
  );
}
