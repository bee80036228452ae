/** 简体中文。 */
import type { GlanceErrorCode, GlanceErrorDetails } from '../../model/errors.ts';
import type { ErrorFacts, Words } from './en.ts';
import { durationParts, formats, remainingParts } from './formats.ts';

const { tenths, percent, month, monthAndYear, bytes, ...numbers } = formats('zh-Hans');

/** “4,096”、“219 万”：数字与汉字之间留一个空格。 */
const count = (number: number): string => numbers.count(number).replace(/(\d)(\p{Script=Han})/u, '$1 $2');

const memory = (size: number): string => `${count(size / 2 ** 30)} GB`;

/** “219 万参数”、“4,096 参数”。 */
const counted = (number: number, what: string): string =>
  `${count(number)}${what}`.replace(/(\d)(?=\p{Script=Han})/u, '$1 ');

const tokens = (number: number): string => `${count(number)} 个 token`;

function duration(ms: number): string {
  const parts = durationParts(ms);
  if ('ms' in parts) return `${parts.ms} 毫秒`;
  if (!('minutes' in parts)) return `${tenths(parts.seconds)} 秒`;
  return `${parts.minutes} 分${parts.seconds === 0 ? '钟' : ` ${parts.seconds} 秒`}`;
}

function remaining(ms: number): string {
  const parts = remainingParts(ms);
  if ('seconds' in parts) return `约 ${parts.seconds} 秒`;
  const { hours, minutes } = parts;
  const pieces = [hours === 0 ? '' : `${hours} 小时`, minutes === 0 ? '' : `${minutes} 分钟`];
  return `约 ${pieces.filter(Boolean).join(' ')}`;
}

const list = (names: readonly string[], rest = 0): string =>
  `${names.join('、')}${rest === 0 ? '' : `，另有 ${count(rest)} 个`}`;

const joined = (...parts: string[]): string => parts.filter((part) => part !== '').join('，');

/** 出错的文件，如果知道是哪一个。 */
const fileOf = ({ file }: GlanceErrorDetails): string =>
  typeof file === 'string' && file !== '' ? `“${file}”` : '这个文件';

const sizeOf = (value: GlanceErrorDetails[string] | undefined): string | null =>
  typeof value === 'number' && value > 0 ? bytes(value) : null;

type Explanation = string | ((details: GlanceErrorDetails) => string);

const ERRORS: Record<GlanceErrorCode, Explanation> = {
  'file-unreachable': (details) =>
    `${fileOf(details)}无法读取：可能是网络不通、地址有误，或者文件已被移动、修改或删除。请检查网络和地址后重试，或重新选择文件。`,
  'file-not-gguf': (details) =>
    `${fileOf(details)}不是 GGUF 文件，而 Glance 只能读取这种模型文件。请选择以 .gguf 结尾的文件。`,
  'file-truncated': (details) => `${fileOf(details)}不完整，后面的内容缺失了。请重新下载。`,
  'file-unsupported-version': (details) =>
    `${fileOf(details)}的 GGUF 版本无法读取，Glance 支持小端序的第 2 版和第 3 版。请用较新的 llama.cpp 转换，或换一个文件。`,
  'file-corrupt': (details) => `${fileOf(details)}已损坏。请重新下载，或换一个来源。`,
  'file-split': (details) =>
    `${fileOf(details)}是拆分模型的一部分${typeof details.parts === 'number' ? `（共 ${details.parts} 个文件）` : ''}。请一次选中同一个模型的全部文件，并保留原文件名。`,
  'model-wrong-architecture': (details) =>
    `${fileOf(details)}里不是 Glance 能运行的模型。请选择 Qwen3-VL 或 Qwen3 的文件；看图还需要同一模型的 mmproj 文件。`,
  'model-missing-metadata': (details) =>
    `${fileOf(details)}缺少运行所需的信息。请选择用较新的 llama.cpp 转换的文件。`,
  'model-missing-tensor': (details) =>
    `${fileOf(details)}缺少一部分权重，可能是拆分模型的其中一个文件，或由旧工具转换而来。请选择完整的文件。`,
  'model-unsupported-format': (details) =>
    `${fileOf(details)}的权重格式暂不支持。请选择 Q4_K_M、Q8_0 或 F16 的文件。`,
  'model-mismatched-pair': '文本文件和视觉文件（mmproj）不是一套。请选择同一模型、同一规模的两个文件。',
  'model-too-large': ({ neededBytes }) =>
    `这个模型在 CPU 上需要${sizeOf(neededBytes) === null ? '很多内存' : ` ${sizeOf(neededBytes)} 内存`}，而 CPU 上只能运行小模型。请选择更小的模型，或换一台支持 WebGPU 的设备。`,
  'tokenizer-unsupported': (details) =>
    `${fileOf(details)}使用了 Glance 不认识的分词器。请选择用较新工具转换的 Qwen3-VL 或 Qwen3 文件。`,
  'template-invalid': '这个模型的对话模板无法读取。请换用该模型的其他文件。',
  'template-failed': '模型的对话模板不接受这段对话。请新建对话，或换一个模型。',
  'prompt-invalid': '这段对话无法提交给模型。请去掉图片再问，或换用能看图的模型。',
  'context-overflow': ({ promptTokens, contextLength }) =>
    typeof promptTokens === 'number' && typeof contextLength === 'number'
      ? `这段对话有 ${tokens(promptTokens)}，而模型连同回答最多容纳 ${count(contextLength)} 个。请新建对话、缩短文字，或者减少、缩小图片。`
      : '这段对话超出了模型能容纳的长度。请新建对话、缩短文字，或者减少、缩小图片。',
  'format-unsupported': '无法让回答遵守这种格式。请修改格式，或不限定格式。',
  'tools-unsupported': '这个模型不会调用函数。请不带工具提问，或换用支持工具的模型（Qwen3、Qwen3-VL）。',
  'model-has-no-vision': '这个模型只能读文字。请移除图片，或换用能看图的模型（Qwen3-VL 及其 mmproj 文件）。',
  'download-failed': (details) => {
    if (details.unsized === true) {
      return `服务器没有说明${fileOf(details)}有多大，因此无法稳妥地保存。请用浏览器下载这个文件，再从本设备添加。`;
    }
    return details.unanswered === true
      ? '多次尝试后服务器仍没有回应：可能是网络不通，也可能是服务器不允许其他网站读取它的文件。请稍后重试，或用浏览器下载文件，再从本设备添加。已下载的部分会保留。'
      : '多次尝试后仍无法从服务器取得文件。已下载的部分会保留，请稍后继续下载。';
  },
  'download-changed': (details) =>
    details.kept === true
      ? `${fileOf(details)}在服务器上已换成其他版本，无法从那里取回损坏的部分，完好的部分都还在。请继续下载，以取得完整的新版本。`
      : `${fileOf(details)}在服务器上正被更改${details.kept === false ? '，这次没有保留' : ''}。请稍后重试。`,
  'download-corrupt': (details) =>
    details.kept === true
      ? `服务器发来的内容与它发布的不一致，${fileOf(details)}中损坏的部分没能重新取得，其余部分都还在。请稍后重试。`
      : `得到的${fileOf(details)}与发布的版本不一致，已损坏或是其他版本，没有保留。请重新下载，或换一个来源。`,
  'storage-full': ({ neededBytes, availableBytes, kept }) => {
    const needed = sizeOf(neededBytes);
    const available = sizeOf(availableBytes);
    const need = needed === null ? '' : `还需要 ${needed}，`;
    const room =
      available === null ? '本设备上已没有留给这个网站的空间' : `但浏览器只允许这个网站再存 ${available}`;
    const saved =
      kept === false
        ? '这次添加的文件没有保留：请删除用不到的模型或清理磁盘，然后重新添加。'
        : '已保存的内容都还在：请删除用不到的模型或清理磁盘，然后继续。';
    return `${need}${room}。${saved}`;
  },
  'storage-unavailable':
    '浏览器不允许这个页面保存文件，例如在无痕窗口中，或网站存储被禁用时。请允许本网站使用存储，或换一个窗口后重试。',
  'storage-damaged': (details) =>
    `本设备上的${fileOf(details)}有一部分已无法读取。请校验这个模型，只会重新下载损坏的部分；如果它是从文件添加的，请删除后重新添加。`,
  'model-not-stored': '这个模型不在本设备上，或者还没有下载完。请先下载。',
  'model-in-use':
    '这个模型正在使用中，可能是在这个页面，也可能在其他标签页。请先在那里换用别的模型，或关闭那个标签页。',
  'picture-empty': '这是一个空文件。请选择别的图片。',
  'picture-unreadable':
    '无法把这个文件当作图片读取：它可能已损坏、不完整、被移动，或者根本不是图片。请重新选择，或另存为 JPEG 或 PNG 再试。',
  'picture-unsupported': ({ format }) =>
    `浏览器无法打开这种格式${typeof format === 'string' ? `（${format}）` : ''}。请另存为 JPEG 或 PNG 再选择；视频请先截取一帧画面。`,
  'picture-zero-sized': '这张图片没有任何像素。请选择别的图片。',
  'picture-too-long': ({ width, height }) =>
    `这张图片${typeof width === 'number' && typeof height === 'number' ? `为 ${width} × ${height} 像素，` : ''}长宽相差太多。请裁剪后再试。`,
  'picture-too-large': ({ width, height }) =>
    `这张图片${typeof width === 'number' && typeof height === 'number' ? `为 ${width} × ${height} 像素，` : ''}超出了浏览器能处理的大小。请缩小后再试，每边几千像素就足够了。`,
  'document-unreadable': '这份文档无法读取。请用其他程序打开并另存，或改为添加页面截图。',
  'document-protected': '这份文档有密码保护。请用它自己的程序打开，去掉密码另存后再添加。',
  'document-too-long': '文档页数太多，只添加了前面几页。需要其余页面时，请把它们另存为一份文档再添加。',
  'invalid-argument': ({ argument }) =>
    typeof argument === 'string'
      ? `${argument} 的值不合要求。请更正后重试。`
      : '输入的内容不合要求。请检查后重试，“详情”里写明了原因。',
  'no-model': '还没有加载模型。请先加载一个模型。',
  aborted: '已停止。',
  'runtime-unavailable':
    '负责计算的组件（ONNX Runtime）无法启动。请检查网络并重新加载页面，或改用 CPU；过旧的浏览器无法运行它。',
  'webgpu-unavailable':
    '浏览器在这里没有提供 WebGPU。请通过 https 使用新版 Chrome、Edge、Firefox 或 Safari，确认已开启硬件加速，或者改用 CPU。',
  'out-of-memory':
    '本设备的内存不够了。请关闭其他标签页，换用更小的图片、更短的上下文或更小的模型，然后重试。',
  'worker-lost': 'Glance 在后台运行的部分停止了。你的问题还在，再问一次就会重新启动；已保存的内容没有丢失。',
  'device-lost': 'GPU 停止为这个页面工作了。请再问一次，Glance 会重新启动它。',
  'gpu-error':
    'GPU 没有给出可靠的结果，这次回答已停止。请再问一次，或在设置中改用 CPU；更新浏览器和显卡驱动也可能有帮助。',
  internal: 'Glance 自身出了故障。再问一次也许就好；如果反复出现，请复制“详情”反馈给我们。',
};

function errorMessage({ code, message, details }: ErrorFacts): string {
  const explanation: Explanation | undefined = Object.hasOwn(ERRORS, code) ? ERRORS[code] : undefined;
  // 由更新的版本记下的错误，这里还不认识。
  if (explanation === undefined) return message;
  return typeof explanation === 'string' ? explanation : explanation(details);
}

export default {
  tag: 'zh-Hans',
  dir: 'ltr',

  format: { count, percent, bytes, memory, duration, remaining, month, monthAndYear },

  page: {
    title: 'Glance：在自己的设备上看图问答',
  },

  common: {
    close: '关闭',
    cancel: '取消',
    dismiss: '关闭提示',
    starting: '正在启动',
    copy: '复制',
    copied: '已复制',
    couldNotCopy: '复制失败',
    copyRefused: '浏览器不允许复制，请手动选中文字复制。',
    stopped: '已停止',
    tryAgain: '重试',
    loadAgain: '重新加载',
    chooseAutomatically: '自动选择',
    chooseAnotherModel: '选择其他模型',
    newConversation: '新对话',
    conversations: '对话列表',
    join: joined,
    further: (fact) => `，${fact}`,
    sentences: (...sentences) => sentences.join(''),
    pixels: (width, height) => `${width} × ${height} 像素`,
    tokens,
    tokensPerSecond: (rate) => `${count(Math.round(rate))} token/秒`,
  },

  app: {
    conversation: '对话',
    picture: '图片',
    toLatest: '跳到最新的回答',
    drop: '松开即可添加图片或模型',
    versionOf: (at, total) => `第 ${at} 版，共 ${total} 版`,
    modelsNotShown: '无法显示模型',
    cameraNotUsable: '无法使用摄像头',
  },

  welcome: {
    heading: '看图提问',
    promise: '在本设备上运行，不上传任何内容。',
    bringBack: '恢复上一段对话',
    demo: '现在由 pico 回答，它是一个小小的演示模型。',
    chooseForPhotos: '选择能看懂照片的模型',
    samples: '示例',
    sampleName: (file) => `示例：${file}`,
    sampleAlt: {
      shapes: '浅蓝底上的黄色圆形、红色三角形和蓝色星形',
      stars: '米色底上的粉色和紫色星形、绿色和橙色十字形',
      circles: '白底上的紫色和粉色圆形、绿色和红色三角形',
      word: '浅灰底上的蓝色大写单词 MOON',
    },
  },

  demo: {
    limits: '它只懂英文，会辨认、清点、定位和描述简单的彩色图形，也能读短单词；照片则完全看不懂。',
    questions:
      '可以这样问：“What shape is red?”、“How many stars are there?”、“Where is the circle?”、“Locate the star.”、“What does the text say?”；两张图片时可以问：“Which picture shows a cross?”。',
    note: (model) => `由演示模型 ${model} 回答，它看不懂照片。`,
  },

  composer: {
    question: '问题',
    aboutThese: '输入关于这些图片的问题',
    aboutThis: '输入关于这张图片的问题',
    askAboutThis: '继续问这张图片',
    addAndAsk: '添加一张图片，然后提问',
    keys: '按 Enter 发送，Shift + Enter 换行，Esc 停止。',
    editing: '正在编辑问题',
    addPictures: '添加图片',
    addPicturesTitle: '添加图片（也可以拖入或粘贴）',
    takePicture: '拍照',
    takePictureTitle: '用摄像头拍照',
    send: '发送',
    stop: '停止',
    stopping: '正在停止',
    sendTitle: '发送（Enter）',
    stopTitle: '停止（Esc）',
  },

  tray: {
    pictures: '随问题发送的图片',
    remove: (name) => `移除 ${name}`,
    edit: (name) => `编辑 ${name}`,
    editHint: (name, size) => `${name}，${size}。点按可旋转或裁剪，拖动可调整顺序。`,
    moved: (name, place, all) => `${name} 现在是第 ${place} 张，共 ${all} 张`,
  },

  pictureBudget: {
    sum: (pictures, total, room) =>
      `${pictures > 1 ? `${count(pictures)} 张图片：` : ''}占用 ${count(total)}，可用 ${tokens(room)}`,
    detail: '精细度',
    level: {
      low: (most) => `低，每张最多 ${tokens(most)}`,
      auto: (most) => `标准，最多 ${count(most)}`,
      high: (most) => `高，最多 ${count(most)}`,
    },
    own: '自定数量',
    ownTokens: '每张图片的 token 数',
    tooMany: (total, room) => `图片需要 ${tokens(total)}，只剩 ${tokens(room)} 的空间。`,
    lessDetail: '降低精细度',
    remove: '请移除几张，或选择更长的上下文。',
  },

  pictureEditor: {
    title: '编辑图片',
    unavailable: '现在无法编辑图片',
    unreachable: 'Glance 的图片编辑部分没有加载成功。请检查网络后再试。',
    turnLeft: '向左旋转',
    turnRight: '向右旋转',
    whole: '取消裁剪',
    original: '还原',
    earlier: '前移',
    later: '后移',
    remove: '移除',
    turnedLeft: '已向左旋转',
    turnedRight: '已向右旋转',
    keptFrom: (x, y) => `左边在 ${count(x)} 像素处，上边在 ${count(y)} 像素处`,
    now: (what, size) => `${what}，${size}`,
    removed: (name, next) => `已移除 ${name}。${next}`,
    done: '完成',
    frame: '保留的部分，可用方向键移动',
    edge: { left: '左边', top: '上边', right: '右边', bottom: '下边' },
    edgeAt: (pixels) => `${count(pixels)} 像素`,
    strip: '按顺序排列的图片',
    choose: (name, place) => `第 ${place} 张：${name}`,
  },

  screenCapture: {
    take: '截取屏幕',
    hint: '截取屏幕、窗口或标签页',
    fileName: '屏幕截图',
    failed: '屏幕截取失败',
    refused: '系统没有让浏览器查看屏幕。请在系统设置中允许，或从文件添加截图。',
    unusable: '没有得到屏幕画面。请重试，或从文件添加截图。',
  },

  tasks: {
    label: '任务',
    menu: '现成的任务',
    name: {
      describe: '描述图片',
      read: '读出全部文字',
      find: '查找…',
      point: '指出…',
      table: '表格转 CSV',
      chart: '图表转数据',
      compare: '比较图片',
      document: '询问文档…',
    },
    subject: {
      describe: '要描述什么？',
      read: '要读什么？',
      find: '例如：红色的汽车',
      point: '例如：门把手',
      table: '哪张表格？',
      chart: '哪张图表？',
      compare: '例如：红色的圆',
      document: '想知道什么？',
    },
    leave: (name) => `取消：${name}`,
  },

  stage: {
    all: '全部图片',
    show: (name) => `显示 ${name}`,
  },

  viewer: {
    zoomIn: '放大',
    zoomInHint: '放大（+、滚轮或双指）',
    zoomOut: '缩小',
    zoomOutHint: '缩小（-）',
    whole: '适应窗口',
    magnified: (share) => `显示比例 ${percent(share)}`,
    wholeHint: '适应窗口（0）',
    enlarge: (name) => `放大查看 ${name}`,
  },

  camera: {
    label: '摄像头',
    take: '拍照',
    fileName: '拍摄的照片',
    refused: '浏览器没有让 Glance 使用摄像头。请在地址栏中允许，或从文件添加图片。',
    unusable: '没有可用的摄像头。请接好摄像头并关闭正在使用它的程序，或从文件添加图片。',
  },

  turn: {
    label: '问与答',
    question: '问题：',
    answer: '回答：',
    inField: '已放回下方输入框，可以修改。',
    showLess: '收起',
    showAll: '展开全部',
    pictures: '图片',
    show: (name) => `显示 ${name}`,
    enlarge: (name) => `放大 ${name}`,
    empty: '模型没有给出任何内容。',
    contextFull: '上下文已满，回答到此中断。',
    stopped: '已停止。',
    elsewhere: '正在另一个标签页中回答。',
    cut: '回答时页面被关闭，内容到此中断。',
    notAnswered: '页面已被关闭，没有来得及回答。',
    leftOut: (messages) => `对话超出了模型能容纳的长度，最早的 ${count(messages)} 条消息没有计入。`,
    leaveOutOldest: '不计入最早的内容',
    editQuestion: '修改问题',
    waitsForModel: '模型就绪后会立即回答。',
    slowOnCpu: '现在由 CPU 运行，图片大、对话长时会多花一些时间。',
    slow: '图片大、对话长时会多花一些时间。',
    actions: '对这条回答的操作',
    continue: '继续',
    edit: '编辑',
    speed: '速度',
  },

  steps: {
    picture: '正在准备图片',
    pictures: (at, total) => `正在准备图片，第 ${at} 张，共 ${total} 张`,
    vision: '正在看图',
    prefill: (done, total) => `正在读题，${count(done)} / ${count(total)} 个 token`,
    reasoning: '正在思考',
  },

  thought: {
    thoughts: '思考过程',
    thinking: '正在思考',
    thinkingFor: (ms) => `已思考 ${duration(ms)}`,
    thoughtFor: (ms) => `思考了 ${duration(ms)}`,
  },

  figures: {
    firstToken: '首个 token',
    after: (ms) => `${duration(ms)}后`,
    answer: '回答',
    speed: '速度',
    reasoning: '其中思考',
    preparing: '准备图片',
    readingPictures: '看图',
    readingQuestion: '读题',
    readingSpeed: '读题速度',
    cached: '沿用之前的',
    timeAndTokens: (ms, total) => `${duration(ms)}，${tokens(total)}`,
    firstTokenAfter: (ms) => `首个 token 用时 ${duration(ms)}`,
    context: '已用上下文',
    contextOf: (used, length) => `${count(used)} / ${tokens(length)}（${percent(used / length)}）`,
    copy: '复制数据',
  },

  meter: {
    label: '回答进度',
    context: '已用上下文',
    contextShare: (share) => `上下文已用 ${percent(share)}`,
  },

  versions: {
    label: '这个问题的各个版本',
    previous: '上一版',
    next: '下一版',
    position: (at, total) => `${at} / ${total}`,
  },

  answer: {
    places: '图片上的位置',
    copyJson: '复制 JSON',
    box: '方框',
    point: '点',
    table: '表格',
    done: '已完成',
    toDo: '待办',
    copyCsv: '复制 CSV',
    saveCsv: '保存 CSV',
    save: '保存',
    fileName: '回答',
  },

  announce: {
    working: '正在回答',
    modelReady: '模型已就绪',
    editing: '正在编辑问题，按 Esc 取消。',
    editCancelled: '已取消编辑',
    broughtBack: '对话已恢复',
    picturesAdded: (added, inTray) => `已添加 ${count(added)} 张图片，这个问题共 ${count(inTray)} 张`,
    stoppedAt: (text) => `已停止。目前的回答：${text}`,
    answer: (text) => `回答：${text}`,
    goesOn: (beginning) => `${beginning}（回答未完，请到正文中继续阅读。）`,
    emptyAnswer: '模型没有给出任何内容',
    alsoElsewhere: '这段对话也在另一个标签页中继续',
  },

  files: {
    pasted: '粘贴的图片',
    page: (document, number) => `${document}，第 ${number} 页`,
    folder: '不能添加文件夹，请添加里面的图片。',
    list,
    tooLargeToEdit: (width, height) =>
      `这张图片为 ${width} × ${height} 像素，超出了浏览器能旋转或裁剪的大小。请在其他程序中缩小后再添加。`,
    folderRefused: (name) => `不能添加文件夹：${name}`,
    pictureFailed: (name) => `没能添加这张图片：${name}`,
    titled: (title, name) => `${title}：${name}`,
    reason: (names, reason) => `${names}：${reason}`,
    foldersRefused: (number, names) => `不能添加 ${count(number)} 个文件夹：${names}`,
    filesAndFoldersRefused: (number, names) => `不能添加 ${count(number)} 个文件和文件夹：${names}`,
    notPictures: (number, names) => `${count(number)} 个文件不是图片：${names}`,
    picturesRefused: (number, names) => `${count(number)} 张图片无法使用：${names}`,
    picturesFailed: (number, names) => `${count(number)} 张图片没能添加：${names}`,
  },

  documents: {
    notAllPages: (name) => `只添加了一部分页面：${name}`,
    failed: (name) => `没能添加这份文档：${name}`,
    tooLong: (shown, pages) =>
      `文档共 ${count(pages)} 页，这里只有前 ${shown} 页。需要其余页面时，请把它们另存为一份文档再添加。`,
    locked: '这份文档有密码保护。请用它自己的程序打开，去掉密码另存后再添加。',
    damaged: '这不是 PDF，或者已经损坏。请用其他程序打开并重新保存。',
    notDrawn: '这份文档无法显示。请改为添加页面的截图。',
    left: '页面还没有全部显示出来，就开始了别的内容。请在要提问的地方重新添加这份文档。',
  },

  loading: {
    start: '正在加载模型',
    fetch: (loaded, total, remainingMs) => {
      const done =
        total === null
          ? loaded === 0
            ? ''
            : `，已下载 ${bytes(loaded)}`
          : `，${bytes(loaded)} / ${bytes(total)}`;
      const left =
        remainingMs === null ? '' : `，还需约 ${duration(Math.max(1, Math.ceil(remainingMs / 1000)) * 1000)}`;
      return `正在加载模型和引擎${done}${left}`;
    },
    runtime: '正在启动引擎',
    tokenizer: '正在加载模型的词表',
    weights: '正在展开模型',
    warmUp: '正在预热',
  },

  devices: {
    legend: '运行于',
    auto: { name: '自动', note: '有 GPU 时用 GPU' },
    webgpu: { name: 'GPU', note: '需要 WebGPU' },
    wasm: { name: 'CPU', note: '适合小模型' },
  },

  chip: {
    atFirstQuestion: '提问时加载模型',
    demo: (name) => `${name} 演示`,
    demoTitle: (name) => `${name}，演示模型`,
    noModel: '没有模型',
    loading: '正在加载模型',
    loadingShare: (share) => `正在加载模型 ${Math.floor(share * 100)}%`,
    notLoaded: '模型没有加载',
    beingLoaded: '正在加载模型',
    private: '模型在本设备上运行。图片和问题只留在这个页面里，不会上传。',
    device: '设备',
    decoding: '解码',
    kernelsFailed: '由 ONNX Runtime 完成，速度较慢：Glance 自己的计算内核没有通过本设备上的检查。',
    kind: '类型',
    kindOf: (family, parameters, quantization) =>
      `${family}，${counted(parameters, '参数')}，${quantization}`,
    size: '大小',
    context: '上下文',
    licence: '许可证',
    lastAnswer: '上次回答',
  },

  offer: {
    label: '能看懂照片的模型',
    notNow: '暂不需要',
    seeWhy: '查看原因',
    allModels: '全部模型',
    use: '开始使用',
    here: (model) => `${model} 已在本设备上，能看懂照片。`,
    fits: (model, fit, missing, begun, ms, mbits) => {
      const fits = { fits: '适合本设备', tight: '本设备勉强够用', unknown: '本设备可能够用' }[fit];
      const size = `${begun ? '还剩 ' : ''}${bytes(missing)}`;
      return `${model} 能看懂照片，${fits}：${size}，${mbits} Mbit/s 下${remaining(ms)}。`;
    },
    failed: (model, kept) => `${model} 没有下载完。${kept ? '已下载的部分会保留。' : ''}`,
    atWork: (model, work) => `${model}：${work}`,
    resume: '继续下载',
    smallerContext: (number) => `上下文改为 ${tokens(number)}`,
    smallerModel: (model, quantization) => `试试 ${quantization} 的 ${model}`,
  },

  models: {
    title: '模型',
    thisDevice: (machine) => `本设备：${machine}。`,
    machine: (gpu, memoryBytes, orMore) =>
      joined(
        gpu ?? '网页无法使用 GPU（WebGPU）',
        memoryBytes === null ? '' : `${memory(memoryBytes)}${orMore ? ' 或更多' : ' '}内存`,
      ),
    noGpu:
      '这个浏览器没有让网页使用 GPU（WebGPU），因此只能运行 pico 这样的小模型。请通过 https 使用新版 Chrome、Edge、Firefox 或 Safari，并确认已开启硬件加速。',
    softwareGpu: '这个浏览器用 CPU 模拟图形计算，对这些模型来说太慢。请开启硬件加速，或换一台有 GPU 的设备。',
    space: (used, available) =>
      joined(
        used === null ? '' : `本设备上已保存 ${bytes(used)}`,
        available === null ? '' : `还可保存 ${bytes(available)}`,
      ) || '浏览器没有告知还有多少空间',
    storageUsed: '已用存储空间',
    persisted: '浏览器会一直保留，直到你删除。',
    notPersisted: '磁盘空间不足时，浏览器可能会清除这些内容。',
    looking: '正在了解本设备能运行什么',
    ready: '可直接使用',
    another: '其他模型',
    notAdded: '无法添加这个模型',
    beingDownloaded: (model) => `正在下载 ${model}`,
    comeFrom: (address) => `模型下载自 ${address}`,
    kinds: {
      instruct: { name: '看图', note: '直接回答。建议从这里选一个开始。' },
      thinking: { name: '看图并先思考', note: '用时更长，适合难题。' },
      text: { name: '只读文字', note: '只处理文字，速度更快。' },
    },
    isHere: (model) => `${model} 已在本设备上`,
    isDeleted: (model) => `${model} 已删除`,
    isSound: (model) => `${model} 完好无损`,
    isRepaired: (model) => `${model} 已修复`,
  },

  model: {
    pico: 'pico，演示模型',
    comesWithPage: '随页面提供',
    parameters: (number) => counted(number, '参数'),
    textOnly: '只读文字',
    seesPictures: '能看图',
    onItsWay: '正在添加',
    recommended: '推荐',
    labelled: (label, model) => `${label}：${model}`,
    pause: '暂停',
    resume: '继续',
    wait: '请稍候',
    inUse: '使用中',
    loading: '正在加载',
    use: '使用',
    download: (size) => (size === null ? '下载' : `下载 ${bytes(size)}`),
    downloadAnyway: (size) => (size === null ? '仍要下载' : `仍要下载 ${bytes(size)}`),
    verify: '校验',
    delete: '删除',
    keep: '保留',
    nothingHere: '还没有下载任何内容。',
    partHere: (stored, size) =>
      `已下载 ${bytes(stored)}${size === null ? '' : ` / ${bytes(size)}`}，可以从这里继续。`,
    here: (stored, verified) =>
      `已在本设备上，${bytes(stored)}${verified ? '，与发布的文件一致（SHA\u2011256）' : ''}。`,
    deleteLabel: (model) => `删除 ${model}？`,
    deleteQuestion: (stored, inUse) =>
      `要从本设备删除 ${bytes(stored)} 吗？${inUse ? '删除后会换回演示模型。' : ''}`,
    options: '选项',
    optionsFor: (model) => `：${model}`,
    precision: '精度',
    precisionNote: '位数越多，回答略好，占用空间也更大',
    context: '上下文',
    contextNote: '能记住多长的对话；一张图片最多占 1,024 个',
    saveFile: (file) => `把 ${file} 另存为文件`,
  },

  fit: {
    fits: '适合',
    no: '不适合',
    cpu: '用 CPU 运行',
    unknown: '可能适合',
    tight: '勉强够用',
    needs: (size, context) => `约需 ${bytes(size)} 显存，可容纳 ${count(context)} 个 token 的上下文。`,
    onCpu: (size, context) =>
      `够小，可以用 CPU 运行，但较慢：约需 ${bytes(size)} 内存，可容纳 ${count(context)} 个 token 的上下文。`,
    pieces: (largest, limit) =>
      `需要 ${bytes(largest)} 的连续显存，而这块 GPU 一次最多提供 ${bytes(limit)}。`,
    room: (available) => `本设备上只能再存 ${bytes(available)}。请删除一个模型，或清理磁盘。`,
    memoryUnknown: (needs) => `${needs}浏览器没有告知本设备有多少。`,
    memoryShort: (needs, memoryBytes) => `${needs}本设备总共有 ${memory(memoryBytes)} 内存，所有程序共用。`,
  },

  work: {
    deleting: '正在删除',
    checking: '正在校验',
    asking: '正在询问服务器',
    downloading: '正在下载',
    elsewhere: '正在另一个标签页中下载',
    paused: '已暂停',
    checkingAll: '正在逐字节校验',
    checkingCome: '正在校验已下载的部分',
    copying: '正在复制',
    finishing: '即将完成',
    bytesOf: (done, total) => `${bytes(done)} / ${bytes(total)}`,
    rate: (bytesPerSecond) => `${bytes(bytesPerSecond)}/秒`,
    left: (ms) => `还需${remaining(ms)}`,
    restarted: '服务器上的文件有变，已重新开始',
    trouble: {
      offline: '没有网络，恢复后会继续',
      busy: '服务器繁忙，正在重试',
      connection: '连接中断，正在重试',
      stalled: '服务器没有响应，正在重试',
    },
    sound: (checked) => `已校验 ${bytes(checked)}，完好无损。`,
    repaired: (checked, bad, repaired) =>
      `已校验 ${bytes(checked)}：${count(bad)} 处损坏，已重新下载 ${count(repaired)} 处。`,
    failed: {
      download: '没有下载完',
      import: '没能添加这个文件',
      verify: '没能校验这个模型',
      delete: '没能删除这个模型',
    },
  },

  addModel: {
    address: '地址或名称：模型站的页面、“作者/名称”，或 .gguf 文件',
    find: '查找',
    looking: '正在查找',
    found: '找到的文件',
    chooseFiles: '从本设备选择文件',
    orDrop: '也可以直接拖到页面上：.gguf 文件（拆分的要全部）和它的 mmproj 文件。',
    families:
      '可运行 Qwen3 和 Qwen3-VL 系列模型，格式为 F32、F16、BF16、Q8_0、Q6_K、Q5_K、Q4_K、Q5_0、Q5_1、Q4_0 和 Q4_1。',
    whereFrom: '模型从哪里下载',
    hub: '模型站，或路径相同的镜像',
    set: '设定',
    backTo: (host) => `恢复为 ${host}`,
    noAddress: '这不是有效的地址',
    model: '模型',
    seesWith: '视觉文件',
    noVision: '没有找到 mmproj 文件，因此只能读文字。',
    notReadable: '（无法读取）',
    unread: (quantization) => `Glance 无法读取 ${quantization} 格式。请选择下方所列格式的文件。`,
    size: (size) => `，${bytes(size)}`,
    nothing: '不用：只读文字',
    lookingInto: '正在查看文件',
    lookAgain: '重新查看',
  },

  rail: {
    search: '搜索',
    searchLabel: '搜索对话',
    none: '还没有对话。提过的问题会列在这里，随时可以接着聊。',
    notFound: '没有包含这些文字的对话。',
    nothingFound: '没有找到',
    found: (number) => `找到 ${count(number)} 段对话`,
    pinned: '置顶',
    today: '今天',
    yesterday: '昨天',
    lastDays: (days) => `最近 ${days} 天`,
    more: (title, isPinned) => `更多操作：${title}${isPinned ? '，已置顶' : ''}`,
    title: '标题',
    lasting: '只保存在本设备上。',
    passing: '关闭页面后就会消失。',
    importExport: '导入和导出',
    rename: '重命名',
    pin: '置顶',
    unpin: '取消置顶',
    copyMarkdown: '复制为 Markdown',
    saveMarkdown: '保存为 Markdown',
    saveJson: '连同图片保存（JSON）',
    delete: '删除',
    undo: '撤销',
    import: '导入对话',
    saveAllJson: '全部连同图片保存（JSON）',
    saveAllMarkdown: '全部保存为 Markdown',
    deleted: (title) => `已删除：${title}`,
    deletedUndo: (title) => `已删除：${title}。可以撤销。`,
    renamed: (title) => `已改名：${title}`,
    nowPinned: (title) => `已置顶：${title}`,
    nowUnpinned: (title) => `已取消置顶：${title}`,
    isBack: '对话已恢复',
    copyRefused: '浏览器不允许复制',
    saving: (done, total) => `正在保存，${count(done)} / ${count(total)}`,
    importing: '正在导入',
    imported: (added, completed, known) =>
      joined(
        `已导入 ${count(added)} 段对话`,
        completed > 0 ? `补全 ${count(completed)} 段` : '',
        known > 0 ? `${count(known)} 段本来就有` : '',
      ),
    notChanged: '无法更改',
    notRenamed: '无法更改标题',
    notDeleted: '无法删除这段对话',
    notBroughtBack: '无法恢复这段对话',
    notCopied: '无法复制这段对话',
    notSaved: '无法保存这些对话',
    notImported: '无法导入这个文件',
  },

  history: {
    conversationNotKept: '无法保存这段对话',
    notKeptHere: '这个窗口中的对话不会保存',
    notKept: '无法保存对话',
    notOpened: '无法打开这段对话',
    missingTitle: '这段对话不在本设备上',
    missing: '它已被删除，或保存在另一个浏览器里。列表中是这里现有的对话。',
    full: '本设备上已没有留给这个网站的空间，现在的对话只存在于这个页面。请删除一些对话或模型，或清理磁盘，之后就会照常保存。',
    refused:
      '浏览器不允许这个页面保存任何内容，例如在无痕窗口中，或网站存储被禁用时。对话会保留到页面关闭为止，之前可以导出。',
    picture: (name, width, height) => `图片：${name}，${width} × ${height} 像素`,
    noAnswer: '没有回答。',
    severalFiles: (number) => `共 ${count(number)} 个文件：请确认浏览器已全部保存，导入时需要逐个导入。`,
    tooLargeToSave: (titles, limit, othersSaved) =>
      `超过 ${bytes(limit)} 的文件无法再导入，因此没有保存：${titles.join('、')}。可以改为保存不含图片的 Markdown。${othersSaved ? '其余对话都已保存。' : ''}`,
  },

  importing: {
    refused: (reason) => `没有从这个文件导入任何内容：${reason}。这里原有的内容没有改动。`,
    tooLarge: (limit) => `它超过了 ${bytes(limit)}，请分成几个较小的文件导出`,
    theFile: '文件',
    foreign: '里面没有 Glance 的对话，请选择从这里导出的 JSON 文件',
    newer: '它来自更新版本的 Glance，请重新加载页面后再试',
    notJson: (reason) => `它不是完整的 JSON（${reason}）`,
    empty: (at) => `${at} 是空的`,
    astray: (at) => `${at} 中有些问答接不上其他内容`,
    unknownPicture: (at) => `${at} 提到了文件里没有的图片`,
    noPicture: (at, reason) => `${at} 不是可用的图片（${reason.replace(/。$/, '')}）`,
    idTwice: (at) => `${at} 中有重复的 id`,
    mustBe: (at, what) => `${at} 应为${what}`,
    oneOf: (values) => `以下之一：${values.join('、')}`,
    pair: '一对问答',
    dataUrl: ' base64 编码的 data URL',
    base64: '完整的 base64',
    object: '对象',
    list: (most) => `最多 ${most} 项的列表`,
    text: (longest) => `最多 ${longest} 个字符的文本`,
    id: '由字母、数字、_ 和 - 组成且不超过 64 个字符的名称',
    boolean: ' true 或 false',
    number: '不小于 0 的数',
    time: '自 1970 年起的毫秒数',
  },

  privacy: {
    title: '哪些内容会离开本设备',
    open: '哪些内容会离开本设备',
    lead: '问题、图片、文档和回答都留在本设备上。回答问题的模型就在这个浏览器里运行。',
    requests: '会通过网络获取什么',
    ownFiles: (host) =>
      `Glance 自身的文件，来自 ${host}。它们会保存下来，以后打开不再需要网络，但仍会向本站询问有没有新版本。`,
    models: (hosts) =>
      `你下载的模型，来自 ${hosts}，或你给出的地址。对方服务器会知道你的 IP 地址、本站的网址和下载了哪个文件。`,
    pictures:
      '程序通过 API 提问时用网址指定的图片。图片所在的服务器会知道你的 IP 地址和本站的网址，但不知道具体页面，也收不到 Cookie。',
    nothingElse: '除此之外什么都没有：没有账号，没有 Cookie，也不统计访问。',
    enforced: '如何保证',
    policy: (hosts) =>
      `由浏览器来保证：本页面和引擎只能连接本站和 ${hosts}。不在此列的有：程序指定的图片、你为模型给出的网址，以及离开本页前往其他页面。`,
    policyOwnOnly:
      '由浏览器来保证：本页面和引擎只能连接本站。不在此列的有：程序指定的图片、你为模型给出的网址，以及离开本页前往其他页面。',
    scripts: '只有本站的脚本可以运行；保存的每个文件都与发布的内容核对过。',
    offline: '没有网络时',
    ready: (size) => `没有网络也能使用 Glance：它的文件（${size}）已在本设备上。下载过的模型同样可用。`,
    keeping: (kept, all) => `正在准备：${all} 中的 ${kept} 已在本设备上。`,
    waiting: '模型加载完后不久，Glance 会自动做好准备。',
    failed: '还没有准备好：有些文件没能保存。可能是网络中断，或本设备空间不足。',
    notHere: '这个浏览器在这里不保存网站，例如在某些无痕窗口中，或页面不是通过 https 打开的。',
    next: 'Glance 的新版本已在本设备上，重新加载页面后就会使用；对话和模型都会保留。',
    reload: '重新加载页面',
    version: (version) => `版本 ${version}`,
    check: '检查新版本',
    found: {
      none: '已经是最新版本。',
      coming: '正在获取新版本。',
      unreachable: '没能连接到本站，无法知道有没有新版本。',
    },
  },

  arrivals: {
    failed: '没能读取分享给 Glance 或用它打开的内容。请改从文件添加。',
    leftOut: (count) =>
      `有 ${count} 个分享的文件没有收下：Glance 一次最多接收 16 个图片或 PDF 文件，合计 200 MB。其余的请稍后再分享。`,
  },

  lastModel: {
    notLoadedTitle: '没有再次加载这个模型',
    died: '上次使用的模型在加载时让页面崩溃了，所以这次先加载演示模型。请缩短上下文后再选择它，或换一个更小的模型。',
    newDied:
      '刚才选择的模型在加载时让页面崩溃了，所以这次没有自动加载它。请缩短上下文后再选择它，或换一个更小的模型。',
    gone: '上次使用的模型已不在本设备上，所以加载了演示模型。需要时可以重新下载。',
  },

  settings: {
    title: '设置',
    notShown: '设置无法显示',
    tabs: { general: '通用', answers: '回答', model: '模型与设备', data: '数据' },

    language: '语言',
    languageAuto: (language) => `跟随浏览器（${language}）`,
    languageFailed: '没能切换语言',
    theme: '外观',
    themes: { system: '跟随系统', light: '浅色', dark: '深色' },
    characterKeys: '单键快捷键',
    characterKeysNote: '在输入框之外使用 ? 和 / 键。如果语音输入或辅助设备会误触，请关闭。',
    shortcuts: '键盘快捷键',

    scope: '适用范围',
    scopes: { all: '所有对话', own: '当前对话' },
    scopeNote: '从下一次回答起生效。每个回答用了哪些设置，可在回答下方的“速度”里查看。',
    ownPrompt: '单独的系统提示词',
    ownAnswers: '单独的参数',
    asAll: '与所有对话相同。',
    ownNote: '当前对话使用单独的设置',
    ownNoteLabel: '当前对话使用单独的设置。打开设置',
    systemPrompt: '系统提示词',
    systemPromptNote: '在每段对话开始之前告诉模型：它是什么角色、该怎样回答。留空则不说。',
    systemPromptPlaceholder: '例如：回答要简短。图片里看不到的，就说看不到。',
    thinking: '思考',
    thinkingNote: '先推理再回答，用时更长，对难题有帮助。',
    thinkings: { unasked: '按模型的默认方式', on: '先思考', off: '直接回答' },
    thinkingAlways: '这个模型总是先思考再回答。',
    thinkingNever: '这个模型直接回答；会先思考的模型可在模型列表中找到。',
    thinkingBudget: '思考上限',
    thinkingBudgetNote: '以 token 计；到了上限就让模型开始回答。',
    drawing: '用词方式',
    preset: '预设',
    presets: {
      recommended: '推荐值',
      'vl-instruct': 'Qwen3-VL Instruct，带图片',
      'vl-instruct-text': 'Qwen3-VL Instruct，纯文字',
      'vl-thinking': 'Qwen3-VL Thinking，先思考',
      'text-thinking': 'Qwen3，先思考',
      'text-direct': 'Qwen3，不思考',
      greedy: '贪心：总是选最可能的词',
      own: '自定义',
    },
    options: {
      temperature: {
        name: '温度（temperature）',
        note: '越高越多变，越低越稳定；0 表示总是选最可能的 token。',
      },
      topP: { name: '核采样（top-p）', note: '只在累计概率达到这一比例的候选中选取。' },
      topK: { name: '候选数（top-k）', note: '只在最可能的若干个候选中选取；0 表示不限。' },
      minP: { name: '最低概率（min-p）', note: '概率低于最可能者这一比例的候选不用。' },
      presencePenalty: { name: '出现惩罚', note: '大于 0 时，尽量不再用已经说过的词。' },
      frequencyPenalty: { name: '频率惩罚', note: '同上，说得越多压得越低。' },
      repetitionPenalty: { name: '重复惩罚', note: '大于 1 时，也避免重复问题里的词；1 表示关闭。' },
    },
    seed: '随机种子',
    seedNote: '种子、问题和设置都相同时，回答也相同；留空则每次随机。',
    maxTokens: '回答上限',
    maxTokensNote: '以 token 计，不超过上下文的剩余长度；一个汉字约为一个 token。',
    stop: '停止词',
    stopNote: '出现其中之一就结束回答，每行一个，最多四个；\\n 表示换行。',
    noLimit: '不限',
    atRandom: '随机',
    reset: '恢复默认',
    resetLabel: (name) => `恢复默认：${name}`,
    resetAll: '全部恢复为推荐值',
    wrongNumber: (least, most, whole) =>
      most >= 1e6
        ? `请填不小于 ${count(least)} 的${whole ? '整数' : '数'}`
        : `请填 ${count(least)} 到 ${count(most)} 之间的${whole ? '整数' : '数'}`,

    current: '模型',
    noModel: '没有加载模型。',
    memory: '占用内存',
    memoryParts: { weights: '权重', kv: '上下文', scratch: '运算', features: '图片' },
    memoryPart: (part, size) => `${part} ${bytes(size)}`,
    memoryOther: '其他',
    memoryOf: (total, parts) => `${total}：${parts.join('，')}`,
    contextNote: '能记住多长的对话。一张图片最多占 1,024 个 token，看得更细时会更多。',
    contextOption: (number, fit) => `${tokens(number)}${fit === '' ? '' : ` · ${fit}`}`,
    insecure:
      '本页通过 http 打开，而浏览器只让 https 页面使用 GPU（WebGPU）并长期保存模型。没有这些时，小模型在 CPU 上运行。',
    openSecurely: '改用 https 打开',
    allModels: '所有模型',

    data: {
      intro: '这些数据只存在本设备的这个浏览器里。',
      counting: '正在统计',
      conversations: '对话',
      conversationsWords: (number, size) =>
        number === 0 ? '没有' : `${count(number)} 段对话及其图片，${bytes(size)}`,
      drafts: '草稿',
      draftsWords: (number, size) =>
        number === 0 ? '没有' : `${count(number)} 个还没发出的问题，${bytes(size)}`,
      models: '模型',
      modelsWords: (number, size) =>
        number === 0 ? '除演示模型外没有' : `${count(number)} 个模型，${bytes(size)}`,
      settings: '设置',
      settingsWords: (size) => (size === 0 ? '都是初始值' : bytes(size)),
      saveAll: '全部导出',
      manage: '管理',
      delete: '删除',
      deleteLabel: (kind) => `删除：${kind}`,
      reset: '恢复默认',
      everything: '删除全部数据',
      keep: '保留',
      questions: {
        conversations: (number, size) =>
          `要删除 ${count(number)} 段对话及其全部问题、回答和图片（${bytes(size)}）吗？此操作无法撤销。`,
        drafts: '要删除已输入、已添加但还没发出的内容吗？本页和已关闭页面中的都会删除，此操作无法撤销。',
        models: (number, size) =>
          `要删除 ${count(number)} 个模型（${bytes(size)}）吗？以后可以重新下载，演示模型会保留。`,
        settings:
          '要把系统提示词、回答参数、语言、外观、设备和模型来源都恢复为初始值吗？各段对话单独的设置会保留。',
        everything: '要从这个浏览器中删除所有对话、草稿、模型和设置吗？此操作无法撤销。',
      },
      deleted: {
        conversations: '已删除所有对话',
        drafts: '已删除草稿',
        models: '已删除模型',
        settings: '设置已恢复为初始值',
        everything: '已删除全部数据',
      },
      failed: '没能删除',
      notSaved: '对话没能导出',
      saving: (done, total) => `正在导出，${count(done)} / ${count(total)}`,
    },
  },

  shortcuts: {
    title: '键盘快捷键',
    groups: { page: '任意位置', question: '输入问题时', pictures: '处理图片时', list: '列表中' },
    keys: {
      settings: '设置',
      shortcuts: '显示本列表',
      field: '转到问题输入框',
      new: '新对话',
      conversations: '展开或收起对话列表',
      send: '发送',
      newLine: '换行',
      paste: '粘贴复制的图片',
      escape: '停止回答、退出编辑，或关闭当前窗口',
      move: '上一项或下一项',
      reorder: '调整图片顺序',
      crop: '移动裁剪边，加 Shift 移得更多',
      zoom: '放大、缩小、适应窗口',
    },
    names: {
      enter: 'Enter',
      escape: 'Esc',
      shift: 'Shift',
      ctrl: 'Ctrl',
      up: '↑',
      down: '↓',
      left: '←',
      right: '→',
    },
    off: '单键快捷键已在设置中关闭。',
  },

  asked: {
    model: '模型',
    modelOn: (model, device) => `${model}，运行在 ${device}`,
    sampling: '用词方式',
    option: (name, value) => `${name} ${count(value)}`,
    seed: '随机种子',
    systemPrompt: '系统提示词',
    none: '无',
    limit: '回答上限',
    stop: '停止词',
    cutByLimit: (number) => `已达到设置的回答上限（${tokens(number)}），回答到此中断。`,
  },

  errorTitles: {
    notAPicture: '这个文件不是可用的图片',
    picture: '这张图片无法使用',
    modelFile: '这个模型文件无法使用',
    unreachable: '有文件无法加载',
    model: '这个模型无法使用',
    noVision: '这个模型不能看图',
    contextOverflow: '内容超出了模型一次能容纳的长度',
    noGpu: '无法使用 GPU',
    outOfMemory: '内存不足',
    download: '没有下载完',
    damagedDownload: '服务器发来的文件已损坏',
    storageFull: '本设备的空间不足',
    storageUnavailable: '本设备上无法保存内容',
    storageDamaged: '保存的模型已损坏',
    notStored: '这个模型不在本设备上',
    inUse: '这个模型正在使用中',
    workerLost: '引擎停止了',
    noRuntime: '引擎无法启动',
    question: '没能回答这个问题',
  },

  errorMessage,

  errorCard: {
    modelNotLoaded: '模型没有加载成功',
    useDemo: '使用演示模型',
    details: '详情',
    copyDetails: '复制详情',
  },

  embed: {
    title: '看图提问',
    missingAnswer: '请先提问：回答会填入此表单。',
    foreignPage: '此页面不能显示 Glance',
    foreignPageNote: '这份 Glance 的运营者没有允许外层网站嵌入它。',
    waiting: '正在等待外层页面',
    promise: '模型在本设备上运行。你正在访问的网站可以读取这里的提问和回答。',
    private: '模型在本设备上运行，自身不上传任何内容。你正在访问的网站可以读取这里的提问和回答。',
  },

  unreachable: {
    parts: 'Glance 有一部分没有加载成功。请检查网络，然后重新加载页面；已输入的内容会保留。',
    pictureReader: 'Glance 有一部分没有加载成功。请检查网络，然后重新添加图片。',
    documentReader: 'Glance 读取文档的部分没有加载成功。请检查网络，然后重新添加文档。',
    sample: (file) => `示例“${file}”没有加载成功。请检查网络后重试，或使用自己的图片。`,
  },
} satisfies Words;
