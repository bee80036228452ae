/**
 * Ready-made tasks in wordings that suit Qwen3-VL: it is trained to give places as JSON with `bbox_2d` or `point_2d`
 * in thousandths of the picture's sides (its cookbook on 2-D grounding), and tables as text. A model answers in the
 * language in which it is asked.
 */

/** In the order in which they are offered. */
export const TASK_IDS = [
  'describe',
  'read',
  'find',
  'point',
  'table',
  'chart',
  'compare',
  'document',
] as const;
export type TaskId = (typeof TASK_IDS)[number];

/** Stands for what a task is about. */
export const SUBJECT = '{}';

const JSON_BOXES = '[{"bbox_2d": [x1, y1, x2, y2], "label": "..."}]';
const JSON_POINTS = '[{"point_2d": [x, y], "label": "..."}]';

/** By language: what a model that names no wordings of its own is asked. */
export const TASK_WORDINGS: Readonly<Record<string, Readonly<Record<TaskId, string>>>> = {
  en: {
    describe:
      'Describe what is shown: first the whole in one sentence, then the details that matter, with any text in quotes.',
    read: 'Read all the text in reading order. Keep its lines, write it exactly as it stands, and add nothing.',
    find: `Locate every instance of: {}. Report the bounding boxes in JSON format: ${JSON_BOXES}`,
    point: `Point to every instance of: {}. Report the points in JSON format: ${JSON_POINTS}`,
    table:
      'Write the table as CSV in a ```csv code block: the header first, one line for each row, every cell as it stands, quoted where it holds a comma. Leave unreadable cells empty.',
    chart:
      'Read the data from the chart. Write it as CSV in a ```csv code block: the first column for the categories or the x-axis, one more for each series, units in the header. Then say in one sentence which values are estimates.',
    compare: 'Compare the pictures: first what they have in common, then each difference and where it is.',
    document:
      'The pictures are the pages of a document, in order. Answer from them alone and name the page: {}',
  },
  zh: {
    describe: '描述画面内容：先用一句话概括，再说明重要细节，其中的文字请用引号引出。',
    read: '按阅读顺序读出全部文字，保留换行，逐字照写，不要添加任何内容。',
    find: `找出所有的：{}。以 JSON 格式给出边界框：${JSON_BOXES}`,
    point: `指出所有的：{}。以 JSON 格式给出点的坐标：${JSON_POINTS}`,
    table:
      '把表格写成 CSV，放在 ```csv 代码块中：先写表头，每行一条，单元格照原样写，含逗号的加引号，看不清的留空。',
    chart:
      '读出图表中的数据，写成 CSV，放在 ```csv 代码块中：第一列为类别或横轴，每个系列一列，表头注明单位。然后用一句话说明哪些值是估计的。',
    compare: '比较这些图片：先说相同之处，再逐一说明不同之处及其位置。',
    document: '这些图片是一份文档的各页，按顺序排列。请只根据它们回答，并指明页码：{}',
  },
};
