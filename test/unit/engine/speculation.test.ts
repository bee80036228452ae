import { describe, expect, it } from 'vitest';
import { Speculation } from '../../../src/engine/webgpu/speculation.ts';

describe('drafts', () => {
  it('are few until all of them were right, then many, then few again', () => {
    const speculation = new Speculation();
    speculation.plainStep(10);
    expect(speculation.most).toBe(3);
    speculation.draftedStep(3, 4, 12);
    expect(speculation.most).toBe(7);
    speculation.draftedStep(7, 8, 16);
    expect(speculation.most).toBe(7);
    speculation.draftedStep(7, 5, 16);
    expect(speculation.most).toBe(3);
  });

  it('pause while they cost more than they bring, longer each time', () => {
    const speculation = new Speculation();
    speculation.plainStep(10);
    for (const pause of [8, 16, 32, 64, 128, 256, 256]) {
      speculation.draftedStep(3, 1, 30);
      for (let step = 0; step < pause; step++) {
        expect(speculation.most).toBe(0);
        speculation.plainStep(10);
      }
      expect(speculation.most).toBe(3);
    }
  });

  it('are used at once when a copy begins after long failure, and then pause shortly again', () => {
    const speculation = new Speculation();
    const pauseOf = () => {
      let steps = 0;
      for (; speculation.most === 0; steps++) speculation.plainStep(10);
      return steps;
    };
    speculation.plainStep(10);
    for (const pause of [8, 16, 32, 64, 128]) {
      speculation.draftedStep(3, 1, 15);
      expect(pauseOf()).toBe(pause);
    }
    speculation.draftedStep(3, 4, 15);
    expect(speculation.most).toBe(7);
    while (speculation.most > 0) speculation.draftedStep(3, 1, 15);
    expect(pauseOf()).toBe(8);
  });

  it('go on being few where only many do not pay', () => {
    const speculation = new Speculation();
    speculation.plainStep(10);
    speculation.draftedStep(3, 4, 12);
    speculation.draftedStep(7, 2, 60);
    expect(speculation.most).toBe(3);
  });

  it('that were wrong do no harm where they cost nothing', () => {
    const speculation = new Speculation();
    speculation.plainStep(10);
    // As much time for two tokens as two steps take would be too much.
    speculation.draftedStep(3, 2, 19);
    expect(speculation.most).toBe(3);
    const slower = new Speculation();
    slower.plainStep(10);
    slower.draftedStep(3, 2, 21);
    expect(slower.most).toBe(0);
  });

  it('are reported: steps, drafts, and those that were right', () => {
    const speculation = new Speculation();
    speculation.draftedStep(3, 4, 1);
    speculation.draftedStep(7, 1, 1);
    speculation.draftedStep(2, 2, 1);
    speculation.plainStep(1);
    expect(speculation.report).toEqual({ draftedSteps: 3, draftedTokens: 12, acceptedTokens: 4 });
  });
});
