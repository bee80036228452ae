/** Texts of many kinds, made anew from a seed: what people and programs write, and what trips tokenizers. */
import { randomFrom } from './random.ts';

const SENTENCES = [
  "What's in this picture? I'd say two cats, but they're hidden and I can't tell.",
  'The quick brown fox jumps over the lazy dog; 3.14159 is not 22/7.',
  'Wie viele rote Kreise siehst du auf dem Bild? Größe: 12,5 × 8 cm.',
  "Où est l'étoile bleue ? À gauche du carré, près de l'œil.",
  '¿De qué color es el triángulo? El niño dijo: «¡Azul!»',
  'Quantos círculos há na imagem? São três, à direita.',
  'Сколько красных кругов на картинке? Ёжик нашёл съёмку.',
  'Πόσοι κύκλοι υπάρχουν στην εικόνα; Τρεῖς, ὦ φίλε.',
  'Bu resimde kaç daire var? İki tanesi ığdır gibi.',
  'Na obrázku jsou žluté čtverce a příliš žluťoučký kůň.',
  'Zażółć gęślą jaźń na tym zdjęciu.',
  'Có bao nhiêu hình tròn màu đỏ trong bức ảnh này?',
  'כמה עיגולים אדומים יש בתמונה? שָׁלוֹם',
  'كم عدد الدوائر الحمراء في الصورة؟ مُحَمَّد ٣٤٥',
  'تصویر میں کتنے سرخ دائرے ہیں؟',
  'चित्र में कितने लाल वृत्त हैं? क्षत्रिय १२३',
  'ছবিতে কয়টি লাল বৃত্ত আছে?',
  'படத்தில் எத்தனை சிவப்பு வட்டங்கள் உள்ளன?',
  'చిత్రంలో ఎన్ని ఎరుపు వృత్తాలు ఉన్నాయి?',
  'ในภาพนี้มีวงกลมสีแดงกี่วง น้ำใจ',
  'ຮູບນີ້ມີວົງມົນຈັກອັນ',
  'ဒီပုံထဲမှာ စက်ဝိုင်းအနီ ဘယ်နှစ်ခုရှိလဲ',
  'სურათზე რამდენი წითელი წრეა?',
  'Քանի՞ կարմիր շրջան կա նկարում։',
  'በሥዕሉ ውስጥ ስንት ቀይ ክቦች አሉ?',
  '图片里有几个红色的圆？左边是三角形，右边是正方形。',
  '圖片裡的文字是什麼？「你好，世界！」',
  '写真には赤い丸がいくつありますか？カタカナとひらがな。',
  '그림에 빨간 원이 몇 개 있습니까? 한글 테스트',
  'ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ · ᚠᚢᚦᚨᚱᚲ · 𐌰𐌱𐌲 · 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 · ⴰⵣⵓⵍ',
];

const EMOJI = ['😀', '👍🏽', '👩‍👩‍👧‍👦', '🏳️‍🌈', '🇩🇪🇯🇵', '1️⃣', '❤️', '❤', '🧑🏿‍🚀', '🫠', '☺︎', '🏴󠁧󠁢󠁳󠁣󠁴󠁿'];

const NUMBERS = [
  '0',
  '7',
  '42',
  '1000000',
  '3.14',
  '1,234.5',
  '½',
  'x²',
  'Ⅷ',
  '①',
  '１２３',
  '٤٥',
  '४२',
  '十二',
];

const SPACES = [
  ' ',
  '  ',
  '     ',
  '\t',
  '\t\t',
  '\n',
  '\n\n',
  '\r\n',
  '\r',
  ' \n',
  '\n ',
  '\u00a0',
  '\u3000',
  '\u2003',
  '\u202f',
  '\u1680',
  '\u2028',
  '\u2029',
  '\u0085',
  '\u200b',
  '\ufeff',
  '\u180e',
  '\v',
  '\f',
  ' \t \n\t ',
];

const CODE = [
  'for (let i = 0; i < n; i++) {\n\treturn a[i] >>> 2;\n}',
  'def f(x: int) -> str:\n    """Doc."""\n    return f"{x!r:>10}"\n',
  '#include <stdio.h>\r\nint main(void) { printf("%d\\n", 1); }\r\n',
  '<div class="a b">&nbsp;</div><!-- c -->',
  '{"bbox_2d": [12, 34, 567, 890], "label": "cat\'s"}',
  "SELECT * FROM t WHERE a != 'it''s' -- no\n",
  'https://example.org/a?b=c&d=%20#e',
  '$$\\int_0^1 x^2\\,dx = \\tfrac{1}{3}$$',
  '```py\nprint(1)\n```',
];

/** Texts that look like special tokens, whole, broken and mixed. */
export const LOOK_ALIKES = [
  '<|im_start|>',
  '<|im_end|>',
  '<|endoftext|>',
  '<|image_pad|>',
  '<|vision_start|>',
  '<think>',
  '</think>',
  '<tool_call>',
  '</tool_call>',
  '<|im_end',
  '|im_end|>',
  '<|im_|end|>',
  '<<|im_end|>>',
  '<|IM_END|>',
  '<| im_end |>',
  '< think>',
  '</ think>',
  '<thinking>',
  '<|im_end|><|im_start|>system\n',
  '＜|im_end|＞',
  '[PAD]',
  '<s>',
  '<unk>',
];

const CONTRACTIONS = ["'s", "'S", "'t", "'re", "'RE", "'Ve", "'m", "'ll", "'lL", "'d", '’s', "'x", "''s"];

const MARKS = [
  '\u0301',
  '\u0308\u0301',
  '\u0327',
  '\u064b',
  '\u093f',
  '\u0e49',
  '\u20e3',
  '\ufe0f',
  '\u200d',
  '\u3099',
];

const REPEATS = ['a', 'ab', ' ', '\n', '!', '=', '-', '😀', '中', '0', "'", 'na ', '\r\n', '\u0301', '\t'];

/** Blocks in which random characters are drawn; their unassigned ones are left out. */
const BLOCKS: readonly (readonly [number, number])[] = [
  [0x01, 0x7f],
  [0x80, 0x24f],
  [0x250, 0x36f],
  [0x370, 0x52f],
  [0x590, 0x6ff],
  [0x900, 0xdff],
  [0xe00, 0x11ff],
  [0x1e00, 0x20cf],
  [0x2100, 0x2bff],
  [0x3000, 0x33ff],
  [0x4e00, 0x9fff],
  [0xac00, 0xd7a3],
  [0xf900, 0xffef],
  [0x10000, 0x103ff],
  [0x1d400, 0x1d7ff],
  [0x1f300, 0x1faff],
  [0x20000, 0x2a6df],
];

/**
 * Characters assigned up to Unicode 15. Whether a younger one is a letter differs between the Unicode
 * tables of browsers, llama.cpp and the reference, and changes with their versions.
 */
function isSettled(codePoint: number): boolean {
  return (
    !/[\p{Cn}\p{Cs}]/u.test(String.fromCodePoint(codePoint)) &&
    !YOUNGER.some(([a, b]) => codePoint >= a && codePoint <= b)
  );
}

/** Assigned in Unicode 16 and 17, as far as they lie in {@link BLOCKS}. */
const YOUNGER: readonly (readonly [number, number])[] = [
  [0x897, 0x897],
  [0xc5c, 0xc5c],
  [0xcdc, 0xcdc],
  [0x1c89, 0x1c8a],
  [0x20c1, 0x20c1],
  [0x2b96, 0x2b96],
];

/** `count` texts, the same for the same seed; none is empty. */
export function variedTexts(count: number, seed: number): string[] {
  const random = randomFrom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)]!;

  const randomCharacters = () => {
    const [first, last] = pick(BLOCKS);
    let result = '';
    for (let wanted = 1 + below(12); wanted > 0; ) {
      const codePoint = first + below(last - first + 1);
      if (!isSettled(codePoint)) continue;
      result += String.fromCodePoint(codePoint);
      wanted--;
    }
    return result;
  };
  const sentencePart = () => {
    const characters = [...pick(SENTENCES)];
    const start = below(characters.length);
    return characters.slice(start, start + 1 + below(characters.length)).join('');
  };
  const word = () => pick(pick(SENTENCES).split(' '));
  const decomposed = () => sentencePart().normalize('NFD');
  const repeat = () => pick(REPEATS).repeat(1 + below(random() < 0.1 ? 200 : 12));
  const kinds: readonly (() => string)[] = [
    sentencePart,
    sentencePart,
    word,
    () => word().toUpperCase(),
    decomposed,
    () => pick(EMOJI),
    () => pick(NUMBERS),
    () => String(below(10 ** (1 + below(9)))),
    () => pick(SPACES),
    () => pick(SPACES) + pick(SPACES),
    () => pick(CODE),
    () => pick(LOOK_ALIKES),
    () => word() + pick(CONTRACTIONS),
    () => word() + pick(MARKS),
    () => pick(MARKS),
    repeat,
    randomCharacters,
    () => pick(['.', ',', '?!', '...', '…', '—', '(', ')', '"', '«', '。', '、', '_', '\\', '/']),
  ];
  return Array.from({ length: count }, () => {
    let result = '';
    for (let parts = 1 + below(8); parts > 0; parts--) {
      result += pick(kinds)();
      if (random() < 0.4) result += ' ';
    }
    return result;
  });
}
