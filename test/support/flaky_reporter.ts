import type { Reporter } from 'vitest/reporters';

/** Names the tests that passed only when they were tried once more. */
export class FlakyReporter implements Reporter {
  readonly #flaky: string[] = [];

  onTestCaseResult: NonNullable<Reporter['onTestCaseResult']> = (test) => {
    if (test.diagnostic()?.flaky) this.#flaky.push(`${test.module.relativeModuleId}: ${test.fullName}`);
  };

  onTestRunEnd(): void {
    for (const name of this.#flaky) console.warn(`Flaky: ${name}`);
  }
}
