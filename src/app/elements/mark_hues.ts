import { css } from 'lit';

/** Hues that colour-blind eyes tell apart too (after Okabe and Ito), and a violet. */
const HUES = 8;

/** The class that gives a mark its hue. */
export function markHue(index: number): string {
  return `hue-${index % HUES}`;
}

export const markHues = css`
  .hue-0 {
    --hue: #0072b2;
  }

  .hue-1 {
    --hue: #e69f00;
  }

  .hue-2 {
    --hue: #009e73;
  }

  .hue-3 {
    --hue: #cc79a7;
  }

  .hue-4 {
    --hue: #56b4e9;
  }

  .hue-5 {
    --hue: #d55e00;
  }

  .hue-6 {
    --hue: #f0e442;
  }

  .hue-7 {
    --hue: #7b3fa0;
  }
`;
