/**
 * What is said where the page cannot start, in all languages: it comes ahead of everything else, the page's own
 * words included.
 */
import type { Missing } from './missing.ts';

interface StartWords {
  /** The language that they are in, as a tag of BCP 47. */
  readonly language: string;
  /** Until the page is there. */
  readonly starting: string;
  readonly titles: Readonly<Record<Missing, string>>;
  readonly reasons: Readonly<Record<Missing, readonly string[]>>;
  /** Which browsers the page works in. */
  readonly browsersTitle: string;
  readonly browsers: readonly string[];
  readonly gpuNote: string;
  readonly goOn: string;
}

const en: StartWords = {
  language: 'en',
  starting: 'Glance is starting',
  titles: {
    webassembly: 'Glance cannot run in this browser',
    age: 'Glance cannot run in this browser',
    storage: 'Glance can keep nothing in this browser',
  },
  reasons: {
    webassembly: [
      'Glance runs a vision model inside this page, and for that it needs WebAssembly, which is missing or switched off here.',
      'Lockdown Mode on an iPhone, iPad or Mac switches it off: allow it for this site in the page settings. Elsewhere, allow WebAssembly for this site, or use one of the browsers below.',
    ],
    age: [
      'Glance runs a vision model inside this page, and for that it needs a newer browser.',
      'Update this one, or open the page in another. On an iPhone or iPad the browser is updated with the system.',
    ],
    storage: [
      'This browser lets the page keep nothing, as some do in private windows or with site data blocked.',
      'Open Glance in a normal window, or allow site data for it. Without that it works with the demo model, and forgets everything when it is closed.',
    ],
  },
  browsersTitle: 'Where Glance runs',
  browsers: [
    'Chrome, Edge and others of their kind, from 120 on',
    'Firefox from 125 on',
    'Safari from 17.4 on',
  ],
  gpuNote:
    'Large models also need WebGPU: a current Chrome or Edge, Safari 26, or Firefox 141 on Windows. Without it small models run on the CPU.',
  goOn: 'Go on without keeping anything',
};

const zh: StartWords = {
  language: 'zh-CN',
  starting: 'Glance 正在启动',
  titles: {
    webassembly: 'Glance 无法在此浏览器中运行',
    age: 'Glance 无法在此浏览器中运行',
    storage: 'Glance 无法在此浏览器中保存数据',
  },
  reasons: {
    webassembly: [
      'Glance 在网页中直接运行视觉模型，这需要 WebAssembly，而当前浏览器没有或已关闭它。',
      'iPhone、iPad 或 Mac 的“锁定模式”会关闭 WebAssembly：请在网页设置中为本站点放行。其他情况下，请允许本站点使用 WebAssembly，或改用下列浏览器。',
    ],
    age: [
      'Glance 在网页中直接运行视觉模型，这需要较新的浏览器。',
      '请更新浏览器，或换一个打开本页。iPhone 和 iPad 上的浏览器随系统一起更新。',
    ],
    storage: [
      '当前浏览器不允许网页保存任何数据，例如某些无痕窗口，或站点数据被禁用时。',
      '请在普通窗口中打开 Glance，或允许其保存站点数据。否则只能使用演示模型，关闭页面后内容全部丢失。',
    ],
  },
  browsersTitle: '可以运行 Glance 的浏览器',
  browsers: ['Chrome、Edge 等 120 及以上版本', 'Firefox 125 及以上版本', 'Safari 17.4 及以上版本'],
  gpuNote:
    '大模型还需要 WebGPU：新版 Chrome 或 Edge、Safari 26，或 Windows 上的 Firefox 141。没有 WebGPU 时，小模型在 CPU 上运行。',
  goOn: '不保存数据，继续使用',
};

/** @param language as the browser tells it, or as it was chosen; English where there are no words in it */
export function startWords(language: string): StartWords {
  return /^zh\b/i.test(language) ? zh : en;
}
