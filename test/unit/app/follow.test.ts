import { expect, test, vi } from 'vitest';
import { FollowController } from '../../../src/app/follow_controller.ts';

/** A text of so many pixels in a window of 300. */
function setUp(height: number) {
  let top = 0;
  const scroller = {
    scrollHeight: height,
    clientHeight: 300,
    get scrollTop() {
      return top;
    },
    // As browsers do: no further than to the end.
    set scrollTop(wanted: number) {
      top = Math.max(0, Math.min(wanted, this.scrollHeight - this.clientHeight));
    },
  };
  const host = { addController: vi.fn(), requestUpdate: vi.fn() } as never;
  const follow = new FollowController(host, () => ({ scroller: scroller as HTMLElement, text: null }));
  return { scroller, follow };
}

test('text that has come between a scroll and its event does not leave the reader behind', () => {
  const { scroller, follow } = setUp(1000);
  follow.toLatest();
  expect(scroller.scrollTop).toBe(700);
  scroller.scrollHeight += 200;
  follow.scrolled();
  expect(follow.following).toBe(true);
  follow.toLatest();
  follow.scrolled();
  expect(follow.following).toBe(true);
});

test('a reader who goes up is left in peace, and taken along again from the end', () => {
  const { scroller, follow } = setUp(1000);
  follow.toLatest();
  follow.scrolled();
  scroller.scrollTop = 500;
  follow.scrolled();
  expect(follow.following).toBe(false);
  // Nor does going down a little say more.
  scroller.scrollTop = 550;
  follow.scrolled();
  expect(follow.following).toBe(false);
  scroller.scrollTop = 690;
  follow.scrolled();
  expect(follow.following).toBe(true);
  // Text that is shorter than before leaves its end where it is seen.
  scroller.scrollHeight = 800;
  scroller.scrollTop = 500;
  follow.scrolled();
  expect(follow.following).toBe(true);
});
