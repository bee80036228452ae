/**
 * English, the language that the others are checked against. One object, by screen; what is not a plain text
 * takes the facts that it tells. Words that go to a model are not here: models have languages of their own.
 */
import type { GlanceError } from '../../model/errors.ts';
import { durationParts, formats, remainingParts } from './formats.ts';

/** What is known of an error. */
export type ErrorFacts = Pick<GlanceError, 'code' | 'message' | 'details'>;

const { count, tenths, percent, month, monthAndYear, bytes } = formats('en');

/** "1 token", "64 tokens". */
const some = (number: number, singular: string, many = `${singular}s`): string =>
  `${count(number)} ${number === 1 ? singular : many}`;

/** Memory as makers and systems count it: "16 GB" is 2^34 bytes. */
const memory = (size: number): string => `${count(size / 2 ** 30)} GB`;

/** "85 ms", "1.4 s", "2 min 5 s". */
function duration(ms: number): string {
  const parts = durationParts(ms);
  if ('ms' in parts) return `${parts.ms} ms`;
  if (!('minutes' in parts)) return `${tenths(parts.seconds)} s`;
  return `${parts.minutes} min${parts.seconds === 0 ? '' : ` ${parts.seconds} s`}`;
}

/** "about 20 s", "about 1 h 5 min". */
function remaining(ms: number): string {
  const parts = remainingParts(ms);
  if ('seconds' in parts) return `about ${parts.seconds} s`;
  const { hours, minutes } = parts;
  const pieces = [hours === 0 ? '' : `${hours} h`, minutes === 0 ? '' : `${minutes} min`];
  return `about ${pieces.filter(Boolean).join(' ')}`;
}

/** "a.txt", "a.txt and b.txt", "a.txt, b.txt and 10 more". @param rest how many are not named */
function list(names: readonly string[], rest = 0): string {
  return rest === 0 ? names.join(' and ') : `${names.join(', ')} and ${count(rest)} more`;
}

const listed = (...parts: string[]): string => parts.filter((part) => part !== '').join(', ');

export const en = {
  /** For the `lang` of the page. */
  tag: 'en',
  /** The direction in which the language is written. */
  dir: 'ltr' as 'ltr' | 'rtl',

  format: { count, percent, bytes, memory, duration, remaining, month, monthAndYear },

  page: {
    title: 'Glance: ask about a picture, on your own device',
  },

  common: {
    close: 'Close',
    cancel: 'Cancel',
    dismiss: 'Dismiss',
    starting: 'Starting',
    copy: 'Copy',
    copied: 'Copied',
    couldNotCopy: 'Could not copy',
    copyRefused: 'The browser refused to copy. Select the text and copy it by hand.',
    stopped: 'Stopped',
    tryAgain: 'Try again',
    loadAgain: 'Load again',
    chooseAutomatically: 'Choose automatically',
    chooseAnotherModel: 'Choose another model',
    newConversation: 'New conversation',
    conversations: 'Conversations',
    /** Several facts in a row. */
    join: listed,
    /** A fact that follows another, which is set apart from it. */
    further: (fact: string) => `, ${fact}`,
    /** Several sentences in a row. */
    sentences: (...sentences: string[]) => sentences.join(' '),
    pixels: (width: number, height: number) => `${width} × ${height} px`,
    tokens: (number: number) => some(number, 'token'),
    tokensPerSecond: (rate: number) => `${count(Math.round(rate))} tokens/s`,
  },

  app: {
    conversation: 'Conversation',
    picture: 'Picture',
    toLatest: 'Go to the latest answer',
    drop: 'Drop to add the picture or the model',
    versionOf: (at: number, total: number) => `Version ${at} of ${total}`,
    modelsNotShown: 'The models cannot be shown',
    cameraNotUsable: 'The camera cannot be used',
  },

  welcome: {
    heading: 'Ask about a picture',
    promise: 'Runs on this device. Nothing is uploaded.',
    bringBack: 'Bring back the last conversation',
    demo: 'pico, a small demo model, answers here.',
    chooseForPhotos: 'Choose a model for photos',
    samples: 'Samples',
    sampleName: (file: string) => `Sample: ${file}`,
    /** What the sample pictures show, by the names of their files. */
    sampleAlt: {
      shapes: 'A yellow circle, a red triangle and a blue star on a pale blue ground',
      stars: 'A pink and a purple star, a green and an orange cross on a cream ground',
      circles: 'A purple and a pink circle, a green and a red triangle on a white ground',
      word: 'The word MOON in blue capitals on a light grey ground',
    } as Readonly<Record<string, string>>,
  },

  demo: {
    /** What pico can do and cannot, after the table in its model card. */
    limits:
      'It names, counts, finds and describes simple coloured shapes, and reads short words. Photos mean nothing to it.',
    /** Questions that pico was trained on, in the language that it knows. */
    questions:
      'Ask for example “What shape is red?”, “How many stars are there?”, “Where is the circle?”, “Locate the star.” or “What does the text say?”; of two pictures, “Which picture shows a cross?”.',
    note: (model: string) => `Answered by ${model}, a demo model. Photos mean nothing to it.`,
  },

  composer: {
    question: 'Question',
    aboutThese: 'Type a question about these pictures',
    aboutThis: 'Type a question about this picture',
    askAboutThis: 'Ask about this picture',
    addAndAsk: 'Add a picture and ask about it',
    keys: 'Enter sends, Shift and Enter makes a new line, Escape stops.',
    editing: 'Editing the question',
    addPictures: 'Add pictures',
    addPicturesTitle: 'Add pictures (or drop or paste them)',
    takePicture: 'Take a picture',
    takePictureTitle: 'Take a picture with the camera',
    send: 'Send',
    stop: 'Stop',
    stopping: 'Stopping',
    sendTitle: 'Send (Enter)',
    stopTitle: 'Stop (Escape)',
  },

  tray: {
    pictures: 'Pictures with this question',
    remove: (name: string) => `Remove ${name}`,
    edit: (name: string) => `Edit ${name}`,
    editHint: (name: string, size: string) => `${name}, ${size}. Press to turn or crop, drag to move.`,
    moved: (name: string, place: number, all: number) => `${name} is picture ${place} of ${all}`,
  },

  /** What the pictures of a question cost, and how closely they are looked at. */
  pictureBudget: {
    sum: (pictures: number, tokens: number, room: number) =>
      `${pictures > 1 ? `${some(pictures, 'picture')}: ` : ''}${count(tokens)} of ${count(room)} free tokens`,
    detail: 'Detail',
    level: {
      low: (tokens: number) => `Low, up to ${some(tokens, 'token')} each`,
      auto: (tokens: number) => `Standard, up to ${count(tokens)}`,
      high: (tokens: number) => `High, up to ${count(tokens)}`,
    },
    own: 'Set the tokens',
    ownTokens: 'Tokens for each picture',
    tooMany: (tokens: number, room: number) =>
      `The pictures take ${some(tokens, 'token')}; there is room for ${count(room)}.`,
    lessDetail: 'Use less detail',
    remove: 'Remove some, or choose a longer context.',
  },

  /** Where pictures are turned, cropped and put in order. */
  pictureEditor: {
    title: 'Edit pictures',
    unavailable: 'Pictures cannot be edited now',
    unreachable:
      'The part of Glance that edits pictures could not be loaded. Check the connection and try again.',
    turnLeft: 'Turn left',
    turnRight: 'Turn right',
    whole: 'Whole picture',
    original: 'Original',
    earlier: 'Move earlier',
    later: 'Move later',
    remove: 'Remove',
    turnedLeft: 'Turned left',
    turnedRight: 'Turned right',
    keptFrom: (x: number, y: number) => `Left edge at ${count(x)} px, top edge at ${count(y)} px`,
    /** What was done, and the size that the picture has now. */
    now: (what: string, size: string) => `${what}, ${size}`,
    removed: (name: string, next: string) => `${name} removed. ${next}`,
    done: 'Done',
    frame: 'The part that is kept. Arrow keys move it.',
    edge: { left: 'Left edge', top: 'Top edge', right: 'Right edge', bottom: 'Bottom edge' },
    edgeAt: (pixels: number) => `${count(pixels)} px`,
    strip: 'Pictures in their order',
    choose: (name: string, place: number) => `Picture ${place}: ${name}`,
  },

  screenCapture: {
    take: 'Capture the screen',
    hint: 'Capture the screen, a window or a tab',
    fileName: 'Screen picture',
    failed: 'The screen could not be captured',
    refused:
      'The system did not let the browser see the screen. Allow it in the system’s settings, or add a screenshot from a file.',
    unusable: 'No picture came from the screen. Try again, or add a screenshot from a file.',
  },

  /** Ready-made questions. */
  tasks: {
    label: 'Tasks',
    menu: 'Ready-made tasks',
    name: {
      describe: 'Describe',
      read: 'Read all text',
      find: 'Find…',
      point: 'Point at…',
      table: 'Table to CSV',
      chart: 'Chart to data',
      compare: 'Compare',
      document: 'Ask the document…',
    },
    /** Asked for before the task can be done. */
    subject: {
      describe: 'What should be described?',
      read: 'What should be read?',
      find: 'For example: red cars',
      point: 'For example: the door handle',
      table: 'Which table?',
      chart: 'Which chart?',
      compare: 'For example: a red circle',
      document: 'What do you want to know?',
    },
    leave: (name: string) => `Cancel: ${name}`,
  },

  stage: {
    all: 'All pictures',
    show: (name: string) => `Show ${name}`,
  },

  viewer: {
    zoomIn: 'Zoom in',
    zoomInHint: 'Zoom in (+, wheel, or two fingers)',
    zoomOut: 'Zoom out',
    zoomOutHint: 'Zoom out (-)',
    whole: 'Fit to the window',
    magnified: (share: number) => `Shown at ${percent(share)}`,
    wholeHint: 'Fit to the window (0)',
    enlarge: (name: string) => `Enlarge ${name}`,
  },

  camera: {
    label: 'Camera',
    take: 'Take picture',
    fileName: 'Camera picture',
    refused:
      'The browser did not let Glance use the camera. Allow it in the address bar, or add a picture from a file.',
    unusable:
      'No camera could be used. Connect one and close other programs that use it, or add a picture from a file.',
  },

  turn: {
    label: 'Question and answer',
    question: 'Question:',
    answer: 'Answer:',
    inField: 'In the field below, to be edited.',
    showLess: 'Show less',
    showAll: 'Show all',
    pictures: 'Pictures',
    show: (name: string) => `Show ${name}`,
    enlarge: (name: string) => `Enlarge ${name}`,
    empty: 'The model gave an empty answer.',
    contextFull: 'Cut off: the context is full.',
    stopped: 'Stopped.',
    elsewhere: 'Being answered in another tab.',
    cut: 'Cut off: the page was closed in the middle of it.',
    notAnswered: 'Not answered: the page was closed before.',
    leftOut: (messages: number) =>
      `The conversation is longer than the model can hold: ${some(messages, 'oldest message')} left out.`,
    leaveOutOldest: 'Leave out the oldest',
    editQuestion: 'Edit question',
    waitsForModel: 'The question is answered as soon as the model is here.',
    slowOnCpu: 'This runs on the CPU: large pictures and long conversations take a while.',
    slow: 'Large pictures and long conversations take a while.',
    actions: 'This answer',
    continue: 'Continue',
    edit: 'Edit',
    speed: 'Speed',
  },

  /** What is being done for an answer. */
  steps: {
    picture: 'Preparing the picture',
    pictures: (at: number, total: number) => `Preparing pictures, ${at} of ${total}`,
    vision: 'Reading the picture',
    prefill: (done: number, total: number) =>
      `Reading the question, ${count(done)} of ${some(total, 'token')}`,
    reasoning: 'Thinking',
  },

  thought: {
    thoughts: 'Thoughts',
    thinking: 'Thinking',
    thinkingFor: (ms: number) => `Thinking for ${duration(ms)}`,
    thoughtFor: (ms: number) => `Thought for ${duration(ms)}`,
  },

  /** Of an answer, in numbers. */
  figures: {
    firstToken: 'First token',
    after: (ms: number) => `after ${duration(ms)}`,
    answer: 'Answer',
    speed: 'Speed',
    reasoning: 'Of that, thinking',
    preparing: 'Preparing pictures',
    readingPictures: 'Reading pictures',
    readingQuestion: 'Reading the question',
    readingSpeed: 'Reading speed',
    cached: 'Known from before',
    timeAndTokens: (ms: number, tokens: number) => `${duration(ms)}, ${some(tokens, 'token')}`,
    firstTokenAfter: (ms: number) => `first token after ${duration(ms)}`,
    context: 'Context used',
    contextOf: (tokens: number, length: number) =>
      `${count(tokens)} of ${some(length, 'token')} (${percent(tokens / length)})`,
    copy: 'Copy figures',
  },

  /** While an answer is made. */
  meter: {
    label: 'Progress of the answer',
    context: 'Context used',
    contextShare: (share: number) => `${percent(share)} of the context`,
  },

  versions: {
    label: 'Versions of this question',
    previous: 'Previous version',
    next: 'Next version',
    position: (at: number, total: number) => `${at} of ${total}`,
  },

  /** Inside an answer. */
  answer: {
    places: 'Places on the picture',
    copyJson: 'Copy JSON',
    box: 'Box',
    point: 'Point',
    table: 'Table',
    done: 'Done',
    toDo: 'To do',
    copyCsv: 'Copy CSV',
    saveCsv: 'Save CSV',
    save: 'Save',
    fileName: 'answer',
  },

  /** What a screen reader says. */
  announce: {
    working: 'Working on the answer',
    modelReady: 'The model is ready',
    editing: 'Editing the question. Escape cancels.',
    editCancelled: 'Editing cancelled',
    broughtBack: 'Conversation brought back',
    picturesAdded: (added: number, inTray: number) =>
      `${some(added, 'picture')} added, ${count(inTray)} with this question`,
    stoppedAt: (text: string) => `Stopped. The answer so far: ${text}`,
    answer: (text: string) => `Answer: ${text}`,
    goesOn: (beginning: string) => `${beginning} The answer goes on.`,
    emptyAnswer: 'The model gave an empty answer',
    alsoElsewhere: 'This conversation goes on in another tab as well',
  },

  files: {
    pasted: 'Pasted picture',
    page: (document: string, number: number) => `${document}, page ${number}`,
    folder: 'Folders cannot be added; add the pictures inside it.',
    list,
    tooLargeToEdit: (width: number, height: number) =>
      `This picture is ${width} by ${height} pixels, more than this browser can turn or crop. Make it smaller in another program and add that.`,
    folderRefused: (name: string) => `A folder cannot be added: ${name}`,
    pictureFailed: (name: string) => `This picture could not be added: ${name}`,
    titled: (title: string, name: string) => `${title}: ${name}`,
    reason: (names: string, reason: string) => `${names}: ${reason}`,
    foldersRefused: (number: number, names: string) => `${count(number)} folders cannot be added: ${names}`,
    filesAndFoldersRefused: (number: number, names: string) =>
      `${count(number)} files and folders cannot be added: ${names}`,
    notPictures: (number: number, names: string) => `${count(number)} files are not pictures: ${names}`,
    picturesRefused: (number: number, names: string) => `${count(number)} pictures cannot be used: ${names}`,
    picturesFailed: (number: number, names: string) =>
      `${count(number)} pictures could not be added: ${names}`,
  },

  documents: {
    notAllPages: (name: string) => `Not all pages were added: ${name}`,
    failed: (name: string) => `This document could not be added: ${name}`,
    tooLong: (shown: number, pages: number) =>
      `The first ${shown} of ${some(pages, 'page')} are here. To ask about others, save them as a document of their own and add that.`,
    locked:
      'This document is locked by a password. Open it in its own program, save it without one, and add it again.',
    damaged: 'This is no PDF, or it is damaged. Open it in another program and save it anew.',
    notDrawn: 'This document could not be drawn. Add a screenshot of the page instead.',
    left: 'Something else was begun before all of them were drawn. Add the document again where you want to ask about it.',
  },

  /** Loading the model. */
  loading: {
    start: 'Loading the model',
    fetch: (loaded: number, total: number | null, remainingMs: number | null) => {
      const of = total === null ? (loaded === 0 ? '' : ' so far') : ` of ${bytes(total)}`;
      const left =
        remainingMs === null
          ? ''
          : `, about ${duration(Math.max(1, Math.ceil(remainingMs / 1000)) * 1000)} left`;
      return `Loading the model and its engine, ${bytes(loaded)}${of}${left}`;
    },
    runtime: 'Starting the engine',
    tokenizer: 'Loading the model, vocabulary',
    weights: 'Unpacking the model',
    warmUp: 'Warming up',
  },

  /** What the model runs on. */
  devices: {
    legend: 'Runs on',
    auto: { name: 'Automatic', note: 'the GPU where there is one' },
    webgpu: { name: 'Graphics processor (GPU)', note: 'needs WebGPU' },
    wasm: { name: 'Processor (CPU)', note: 'for small models' },
  },

  /** The model's name below the question, and its panel. */
  chip: {
    atFirstQuestion: 'Model loads when you ask',
    demo: (name: string) => `${name} demo`,
    demoTitle: (name: string) => `${name}, a demo model`,
    noModel: 'No model',
    loading: 'Loading model',
    loadingShare: (share: number) => `Loading model ${Math.floor(share * 100)} %`,
    notLoaded: 'The model is not loaded',
    beingLoaded: 'The model is being loaded',
    private: 'The model runs on this device. Pictures and questions stay in this page; nothing is uploaded.',
    device: 'Device',
    decoding: 'Decoding',
    kernelsFailed:
      'by ONNX Runtime, which is slower: Glance’s own kernels did not pass their check on this device.',
    kind: 'Kind',
    kindOf: (family: string, parameters: number, quantization: string) =>
      `${family}, ${count(parameters)} parameters, ${quantization}`,
    size: 'Size',
    context: 'Context',
    licence: 'Licence',
    lastAnswer: 'Last answer',
  },

  /** The model that is offered after the demo model's first answer. */
  offer: {
    label: 'A model for photos',
    notNow: 'Not now',
    seeWhy: 'See why',
    allModels: 'All models',
    use: 'Use it',
    here: (model: string) => `${model} is on this device. It sees photos.`,
    fits: (
      model: string,
      fit: 'fits' | 'tight' | 'unknown',
      missing: number,
      begun: boolean,
      ms: number,
      mbits: number,
    ) => {
      const fits = { fits: 'fits this device', tight: 'just fits', unknown: 'may fit this device' }[fit];
      const size = `${bytes(missing)}${begun ? ' to go' : ''}`;
      return `${model} sees photos and ${fits}: ${size}, ${remaining(ms)} at ${mbits} Mbit/s.`;
    },
    failed: (model: string, kept: boolean) =>
      `The download of ${model} could not be finished.${kept ? ' What has come is kept.' : ''}`,
    atWork: (model: string, work: string) => `${model}: ${work.charAt(0).toLowerCase()}${work.slice(1)}`,
    resume: 'Resume the download',
    smallerContext: (tokens: number) => `Use a context of ${count(tokens)} tokens`,
    smallerModel: (model: string, quantization: string) => `Try ${model} in ${quantization}`,
  },

  /** All models. */
  models: {
    title: 'Models',
    thisDevice: (machine: string) => `This device: ${machine}.`,
    machine: (gpu: string | null, memoryBytes: number | null, orMore: boolean) =>
      listed(
        gpu ?? 'No graphics processor for pages (WebGPU)',
        memoryBytes === null ? '' : `${memory(memoryBytes)} of memory${orMore ? ' or more' : ''}`,
      ),
    noGpu:
      'This browser offers pages no graphics processor (WebGPU), and without one only small models such as pico run. Use a current Chrome, Edge, Firefox or Safari over https, and check that hardware acceleration is on.',
    softwareGpu:
      'This browser computes graphics on the CPU, which is too slow for these models. Turn on hardware acceleration, or use a machine with a graphics processor.',
    space: (used: number | null, available: number | null) =>
      listed(
        used === null ? '' : `${bytes(used)} kept on this device`,
        available === null ? '' : `room for ${bytes(available)} more`,
      ) || 'The browser does not tell how much room there is',
    storageUsed: 'Storage used',
    persisted: 'The browser keeps it until you delete it.',
    notPersisted: 'The browser may clear it where the disk is short of room.',
    looking: 'Looking at what this device can take',
    ready: 'Ready',
    another: 'Another model',
    notAdded: 'This model cannot be added',
    beingDownloaded: (model: string) => `${model} is being downloaded`,
    comeFrom: (address: string) => `Models come from ${address}`,
    kinds: {
      instruct: { name: 'See pictures', note: 'and answer at once. Begin with one of these.' },
      thinking: {
        name: 'See pictures and think first',
        note: 'which takes longer and helps with hard questions.',
      },
      text: { name: 'Read text only', note: 'and are quicker at it.' },
    },
    isHere: (model: string) => `${model} is on this device`,
    isDeleted: (model: string) => `${model} is deleted`,
    isSound: (model: string) => `${model} is as it should be`,
    isRepaired: (model: string) => `${model} was repaired`,
  },

  /** One model of the list. */
  model: {
    pico: 'pico, the demo model',
    comesWithPage: 'comes with this page',
    parameters: (number: number) => `${count(number)} parameters`,
    textOnly: 'text only',
    seesPictures: 'sees pictures',
    onItsWay: 'on its way',
    recommended: 'Recommended',
    /** Named by what they are for, as a list of all buttons reads them. */
    labelled: (label: string, model: string) => `${label}: ${model}`,
    pause: 'Pause',
    resume: 'Resume',
    wait: 'Please wait',
    inUse: 'In use',
    loading: 'Loading',
    use: 'Use',
    download: (size: number | null) => `Download${size === null ? '' : ` ${bytes(size)}`}`,
    downloadAnyway: (size: number | null) => `Download anyway${size === null ? '' : ` ${bytes(size)}`}`,
    verify: 'Verify',
    delete: 'Delete',
    keep: 'Keep',
    nothingHere: 'Nothing of it is here yet.',
    partHere: (stored: number, size: number | null) =>
      `${bytes(stored)}${size === null ? '' : ` of ${bytes(size)}`} is on this device. Resume goes on from there.`,
    here: (stored: number, verified: boolean) =>
      `On this device, ${bytes(stored)}${verified ? ', the same as published (SHA\u2011256)' : ''}.`,
    deleteLabel: (model: string) => `Delete ${model}?`,
    deleteQuestion: (stored: number, inUse: boolean) =>
      `Delete ${bytes(stored)} from this device?${inUse ? ' The demo model takes its place.' : ''}`,
    options: 'Options',
    optionsFor: (model: string) => ` for ${model}`,
    precision: 'Precision',
    precisionNote: 'more bits answer a little better and take more room',
    context: 'Context',
    contextNote: 'how much conversation it keeps in mind; a picture takes up to 1,024',
    saveFile: (file: string) => `Save ${file} as a file`,
  },

  /** Whether a model fits a machine. */
  fit: {
    fits: 'Fits',
    no: 'Does not fit',
    cpu: 'On the CPU',
    unknown: 'May fit',
    tight: 'Tight',
    needs: (memory: number, context: number) =>
      `Needs about ${bytes(memory)} of GPU memory with ${count(context)} tokens of context.`,
    onCpu: (memory: number, context: number) =>
      `Small enough for the CPU, if slow there: takes about ${bytes(memory)} of memory with ${count(context)} tokens of context.`,
    pieces: (largest: number, limit: number) =>
      `Needs pieces of ${bytes(largest)}; this graphics processor takes at most ${bytes(limit)} at once.`,
    room: (available: number) =>
      `There is room for ${bytes(available)} more on this device. Delete a model, or free space on the disk.`,
    memoryUnknown: (needs: string) => `${needs} The browser does not tell how much there is.`,
    memoryShort: (needs: string, memoryBytes: number) =>
      `${needs} This device has ${memory(memoryBytes)} for everything together.`,
  },

  /** What is being done with a model's files. */
  work: {
    deleting: 'Deleting',
    checking: 'Checking',
    asking: 'Asking the server',
    downloading: 'Downloading',
    elsewhere: 'Downloading in another tab',
    paused: 'Paused',
    checkingAll: 'Checking every byte',
    checkingCome: 'Checking what has come',
    copying: 'Copying',
    finishing: 'Finishing',
    bytesOf: (done: number, total: number) => `${bytes(done)} of ${bytes(total)}`,
    rate: (bytesPerSecond: number) => `${bytes(bytesPerSecond)}/s`,
    left: (ms: number) => `${remaining(ms)} left`,
    restarted: 'the file changed on the server, so it was begun anew',
    trouble: {
      offline: 'no connection; it goes on when there is one',
      busy: 'the server is busy; trying again',
      connection: 'the connection broke; trying again',
      stalled: 'nothing comes; trying again',
    },
    sound: (checked: number) => `${bytes(checked)} checked: every byte is as it should be.`,
    repaired: (checked: number, bad: number, repaired: number) =>
      `${bytes(checked)} checked: ${some(bad, 'part')} damaged, ${count(repaired)} downloaded again.`,
    failed: {
      download: 'The download could not be finished',
      import: 'The file could not be added',
      verify: 'The model could not be checked',
      delete: 'The model could not be deleted',
    },
  },

  /** Any other model. */
  addModel: {
    address: 'Address or name: a page of the hub, owner/name, or a .gguf file',
    find: 'Find',
    looking: 'Looking',
    found: 'Files found',
    chooseFiles: 'Choose files of this device',
    orDrop: 'or drop them anywhere: a .gguf file, all its parts, and its mmproj file.',
    families:
      'Models of the Qwen3 and Qwen3-VL families run, in F32, F16, BF16, Q8_0, Q6_K, Q5_K, Q4_K, Q5_0, Q5_1, Q4_0 and Q4_1.',
    whereFrom: 'Where models come from',
    hub: 'The hub, or a mirror that keeps its paths',
    set: 'Set',
    backTo: (host: string) => `Back to ${host}`,
    noAddress: 'This is no address',
    model: 'Model',
    seesWith: 'Sees with',
    noVision: 'No mmproj file was found, so it reads text only.',
    notReadable: ' (not readable)',
    unread: (quantization: string) =>
      `Glance does not read ${quantization}. Choose a file in one of the formats named below.`,
    size: (size: number) => `, ${bytes(size)}`,
    nothing: 'nothing: text only',
    lookingInto: 'Looking into the files',
    lookAgain: 'Look again',
  },

  /** The list of conversations. */
  rail: {
    search: 'Search',
    searchLabel: 'Search conversations',
    none: 'No conversations yet. What you ask is listed here, to go on with.',
    notFound: 'No conversation has these words.',
    nothingFound: 'Nothing found',
    found: (number: number) => `${some(number, 'conversation')} found`,
    pinned: 'Pinned',
    today: 'Today',
    yesterday: 'Yesterday',
    lastDays: (days: number) => `Last ${days} days`,
    more: (title: string, isPinned: boolean) => `More about ${title}${isPinned ? ', pinned' : ''}`,
    title: 'Title',
    lasting: 'Kept on this device only.',
    passing: 'Lost when this page closes.',
    importExport: 'Import and export',
    rename: 'Rename',
    pin: 'Pin',
    unpin: 'Unpin',
    copyMarkdown: 'Copy as Markdown',
    saveMarkdown: 'Save as Markdown',
    saveJson: 'Save with pictures (JSON)',
    delete: 'Delete',
    undo: 'Undo',
    import: 'Import conversations',
    saveAllJson: 'Save all with pictures (JSON)',
    saveAllMarkdown: 'Save all as Markdown',
    deleted: (title: string) => `Deleted: ${title}`,
    deletedUndo: (title: string) => `Deleted: ${title}. Undo brings it back.`,
    renamed: (title: string) => `Renamed: ${title}`,
    nowPinned: (title: string) => `Pinned: ${title}`,
    nowUnpinned: (title: string) => `Unpinned: ${title}`,
    isBack: 'The conversation is back',
    copyRefused: 'The browser refused to copy',
    saving: (done: number, total: number) => `Saving, ${count(done)} of ${count(total)}`,
    importing: 'Importing',
    imported: (added: number, completed: number, known: number) =>
      listed(
        `${some(added, 'conversation')} imported`,
        completed > 0 ? `${count(completed)} completed` : '',
        known > 0 ? `${count(known)} known already` : '',
      ),
    notChanged: 'This cannot be changed',
    notRenamed: 'The title cannot be changed',
    notDeleted: 'This conversation cannot be deleted',
    notBroughtBack: 'The conversation cannot be brought back',
    notCopied: 'The conversation cannot be copied',
    notSaved: 'The conversations cannot be saved',
    notImported: 'This file cannot be imported',
  },

  /** What is kept of conversations. */
  history: {
    conversationNotKept: 'This conversation cannot be kept',
    notKeptHere: 'Conversations are not kept in this window',
    notKept: 'Conversations cannot be kept',
    notOpened: 'This conversation cannot be opened',
    missingTitle: 'This conversation is not on this device',
    missing:
      'It was deleted, or it is kept in another browser. The conversations that are here are in the list.',
    full: 'There is no room left for this site on this device, so what is said now is on this page only. Delete conversations or models, or free space on the disk: then it is kept after all.',
    refused:
      'This browser does not let this page keep anything, as in a private window or with storage blocked. Conversations last until this page is closed; they can be exported before.',
    picture: (name: string, width: number, height: number) => `Picture: ${name}, ${width} × ${height} px`,
    noAnswer: 'No answer.',
    severalFiles: (number: number) =>
      `${count(number)} files: see that the browser has saved all of them. Import each to have everything back.`,
    tooLargeToSave: (titles: readonly string[], limit: number, othersSaved: boolean) =>
      `A file of more than ${bytes(limit)} could not be imported again, so this was not saved: ${titles.join(', ')}. As Markdown it can be saved without its pictures.${othersSaved ? ' All others are saved.' : ''}`,
  },

  /** Why a file of conversations was not taken; places in it are named as programs name them. */
  importing: {
    refused: (reason: string) =>
      `Nothing was imported from this file, for ${reason}. What is kept here is as it was.`,
    tooLarge: (limit: number) =>
      `it is larger than ${bytes(limit)}. Export the conversations in smaller files`,
    theFile: 'the file',
    foreign: 'it holds no conversations of Glance. Choose a JSON file that was exported here',
    newer: 'it was written by a newer version of Glance. Reload the page and try again',
    notJson: (reason: string) => `it is not well-formed JSON (${reason})`,
    empty: (at: string) => `${at} is empty`,
    astray: (at: string) => `${at} has turns that follow none of the others`,
    unknownPicture: (at: string) => `${at} names a picture that is not in the file`,
    noPicture: (at: string, reason: string) => `${at} is no usable picture: ${reason}`,
    idTwice: (at: string) => `${at} has an id twice`,
    mustBe: (at: string, what: string) => `${at} must be ${what}`,
    oneOf: (values: readonly string[]) => `one of ${values.join(', ')}`,
    pair: 'a pair of turns',
    dataUrl: 'a data URL in base64',
    base64: 'well-formed base64',
    object: 'an object',
    list: (most: number) => `a list of at most ${most}`,
    text: (longest: number) => `a text of at most ${longest} characters`,
    id: 'a name of up to 64 letters, digits, _ and -',
    boolean: 'true or false',
    number: 'a number of at least 0',
    time: 'milliseconds since 1970',
  },

  /** What leaves this device, and what is kept so that the page works without a network. */
  privacy: {
    title: 'What leaves this device',
    open: 'What leaves this device',
    lead: 'Questions, pictures, documents and answers stay here. The model that answers runs in this browser, on this device.',
    requests: 'What is asked of the network',
    ownFiles: (host: string) =>
      `Glance’s own files, from ${host}. They are kept, so that later visits need no network; the site is asked whether there is a new version.`,
    models: (hosts: string) =>
      `Models that you download, from ${hosts} or from an address that you give. The server learns your IP address, the address of this site and which file you take.`,
    pictures:
      'Pictures that a program names by their address when it asks Glance through its API. Their servers learn your IP address and the address of this site, but not the page, and get no cookies.',
    nothingElse: 'Nothing else. There is no account, no cookie, and nothing that counts visits.',
    enforced: 'How this is enforced',
    policy: (hosts: string) =>
      `By the browser itself: this page and its engine may connect to this site and to ${hosts}, and to nothing else. Not covered are pictures that a program names, addresses that you give for models, and leaving for another page.`,
    policyOwnOnly:
      'By the browser itself: this page and its engine may connect to this site, and to nothing else. Not covered are pictures that a program names, addresses that you give for models, and leaving for another page.',
    scripts: 'Only scripts of this site run, and each file that is kept is compared with what was published.',
    offline: 'Without a network',
    ready: (size: string) =>
      `Glance works without a network: its files (${size}) are on this device. So do models that you have downloaded.`,
    keeping: (kept: string, all: string) => `Getting ready: ${kept} of ${all} are on this device.`,
    waiting: 'Glance gets ready for this by itself, shortly after the model is loaded.',
    failed:
      'Glance is not ready for this: not all of its files could be kept. The connection may have broken off, or there is too little room on this device.',
    notHere: 'This browser keeps no sites here, as in some private windows and on pages without TLS.',
    next: 'A new version of Glance is on this device. It is used when the page is loaded again; conversations and models stay.',
    reload: 'Load the page again',
    version: (version: string) => `Version ${version}`,
    check: 'Look for a new version',
    found: {
      none: 'This is the latest version.',
      coming: 'A newer version is being fetched.',
      unreachable: 'The site could not be reached to ask for a newer version.',
    },
  },

  /** Files that another program has shared with the page, or opened with it. */
  arrivals: {
    failed: 'What was shared or opened with Glance could not be read. Add it from a file.',
    leftOut: (count: number) =>
      `${count === 1 ? 'A shared file was' : `${count} shared files were`} left out: Glance takes up to 16 pictures and PDF files at a time, of 200 MB together. Share the others afterwards.`,
  },

  lastModel: {
    notLoadedTitle: 'The model was not loaded again',
    died: 'The page ended while it loaded the model that was used last, so the demo model is loaded this time. Choose the model again with a shorter context, or a smaller one.',
    newDied:
      'The page ended while it loaded the model that was chosen, so it does not load that one by itself. Choose it again with a shorter context, or choose a smaller one.',
    gone: 'The model that was used last is no longer on this device, so the demo model is loaded. It can be downloaded again.',
  },

  /** What the reader sets. */
  settings: {
    title: 'Settings',
    notShown: 'The settings cannot be shown',
    tabs: { general: 'General', answers: 'Answers', model: 'Model and device', data: 'Data' },

    language: 'Language',
    languageAuto: (language: string) => `As the browser (${language})`,
    languageFailed: 'The language could not be changed',
    theme: 'Theme',
    themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
    characterKeys: 'Single-key shortcuts',
    characterKeysNote:
      'The keys ? and / outside of text fields. Turn them off if speech input or a switch sets them off.',
    shortcuts: 'Keyboard shortcuts',

    scope: 'These hold for',
    scopes: { all: 'All conversations', own: 'This conversation' },
    scopeNote: 'From the next answer on. What an answer was asked with is told under it, at Speed.',
    ownPrompt: 'A system prompt of its own',
    ownAnswers: 'Values of its own',
    asAll: 'As for all conversations.',
    ownNote: 'This conversation has settings of its own',
    ownNoteLabel: 'This conversation has settings of its own. Open the settings',
    systemPrompt: 'System prompt',
    systemPromptNote:
      'Said to the model ahead of every conversation: who it is to be, how it is to answer. Empty says nothing.',
    systemPromptPlaceholder: 'For example: Answer briefly. If you cannot see it in the picture, say so.',
    thinking: 'Thinking',
    thinkingNote: 'Reasoning first takes longer and helps with hard questions.',
    thinkings: { unasked: 'As the model does unasked', on: 'Think first', off: 'Answer at once' },
    thinkingAlways: 'This model always thinks before it answers.',
    thinkingNever: 'This model answers at once; models that think first are in the list of models.',
    thinkingBudget: 'Longest thinking',
    thinkingBudgetNote: 'In tokens; then the model is made to answer.',
    drawing: 'How words are drawn',
    preset: 'Preset',
    presets: {
      recommended: 'As recommended',
      'vl-instruct': 'Qwen3-VL Instruct, with pictures',
      'vl-instruct-text': 'Qwen3-VL Instruct, text only',
      'vl-thinking': 'Qwen3-VL Thinking',
      'text-thinking': 'Qwen3, thinking',
      'text-direct': 'Qwen3, not thinking',
      greedy: 'Greedy: always the likeliest word',
      own: 'Own values',
    },
    options: {
      temperature: {
        name: 'Temperature',
        note: 'Higher is more varied, lower more predictable; 0 always takes the likeliest token.',
      },
      topP: { name: 'Top-p', note: 'Draws from the likeliest tokens that make up this share together.' },
      topK: { name: 'Top-k', note: 'Draws from so many of the likeliest tokens; 0 from all.' },
      minP: { name: 'Min-p', note: 'Leaves out tokens less likely than this share of the likeliest.' },
      presencePenalty: {
        name: 'Presence penalty',
        note: 'Above 0 keeps from using words again that were said already.',
      },
      frequencyPenalty: {
        name: 'Frequency penalty',
        note: 'The same, the stronger the more often they were said.',
      },
      repetitionPenalty: {
        name: 'Repetition penalty',
        note: 'Above 1 keeps from repeating the question as well; 1 is off.',
      },
    },
    seed: 'Seed',
    seedNote:
      'The same number, question and settings give the same answer again. Empty draws another each time.',
    maxTokens: 'Longest answer',
    maxTokensNote: 'In tokens, as far as the context has room; a token is about three quarters of a word.',
    stop: 'Stop at',
    stopNote: 'Texts that end the answer, one a line, up to four; \\n stands for a new line.',
    noLimit: 'no limit',
    atRandom: 'at random',
    reset: 'Reset',
    resetLabel: (name: string) => `Reset: ${name}`,
    resetAll: 'Reset to what is recommended',
    wrongNumber: (least: number, most: number, whole: boolean) =>
      most >= 1e6
        ? `A ${whole ? 'whole ' : ''}number of at least ${count(least)}`
        : `A ${whole ? 'whole ' : ''}number from ${count(least)} to ${count(most)}`,

    current: 'Model',
    noModel: 'No model is loaded.',
    memory: 'Memory held',
    memoryParts: { weights: 'weights', kv: 'context', scratch: 'working space', features: 'pictures' },
    memoryPart: (part: string, size: number) => `${part} ${bytes(size)}`,
    memoryOther: 'other',
    memoryOf: (total: string, parts: readonly string[]) => `${total}: ${parts.join(', ')}`,
    contextNote:
      'How much conversation it keeps in mind. A picture takes up to 1,024 tokens, unless it is looked at more closely.',
    contextOption: (tokens: number, fit: string) => `${count(tokens)} tokens${fit === '' ? '' : ` · ${fit}`}`,
    insecure:
      'This page came over http, and browsers give graphics processors (WebGPU) and models kept between visits to https pages only. Without them small models run on the CPU.',
    openSecurely: 'Open it over https',
    allModels: 'All models',

    data: {
      intro: 'All of it is on this device only, in this browser.',
      counting: 'Counting',
      conversations: 'Conversations',
      conversationsWords: (number: number, size: number) =>
        number === 0 ? 'None' : `${some(number, 'conversation')} with pictures, ${bytes(size)}`,
      drafts: 'Drafts',
      draftsWords: (number: number, size: number) =>
        number === 0 ? 'None' : `${some(number, 'question')} not sent yet, ${bytes(size)}`,
      models: 'Models',
      modelsWords: (number: number, size: number) =>
        number === 0 ? 'None, beside the demo model' : `${some(number, 'model')}, ${bytes(size)}`,
      settings: 'Settings',
      settingsWords: (size: number) => (size === 0 ? 'All as at the first visit' : bytes(size)),
      saveAll: 'Save all',
      manage: 'Manage',
      delete: 'Delete',
      deleteLabel: (kind: string) => `Delete: ${kind}`,
      reset: 'Reset',
      everything: 'Delete everything',
      keep: 'Keep',
      questions: {
        conversations: (number: number, size: number) =>
          `Delete ${some(number, 'conversation')} with all questions, answers and pictures, ${bytes(size)}? This cannot be undone.`,
        drafts:
          'Delete what was typed and added and not sent, on this page and of closed ones? This cannot be undone.',
        models: (number: number, size: number) =>
          `Delete ${some(number, 'model')}, ${bytes(size)}? They can be downloaded again. The demo model stays.`,
        settings:
          'Put all settings back: system prompt, answers, language, theme, device, where models come from? Conversations keep what they have of their own.',
        everything:
          'Delete all conversations, drafts, models and settings from this browser? This cannot be undone.',
      },
      deleted: {
        conversations: 'All conversations are deleted',
        drafts: 'The drafts are deleted',
        models: 'The models are deleted',
        settings: 'The settings are as at the first visit',
        everything: 'Everything is deleted',
      },
      failed: 'This could not be deleted',
      notSaved: 'The conversations cannot be saved',
      saving: (done: number, total: number) => `Saving, ${count(done)} of ${count(total)}`,
    },
  },

  /** Keys and what they do. */
  shortcuts: {
    title: 'Keyboard shortcuts',
    groups: {
      page: 'Anywhere',
      question: 'In the question',
      pictures: 'With pictures',
      list: 'In lists',
    },
    keys: {
      settings: 'Settings',
      shortcuts: 'This list',
      field: 'To the question',
      new: 'New conversation',
      conversations: 'Show or fold the conversations',
      send: 'Send',
      newLine: 'New line',
      paste: 'Add a copied picture',
      escape: 'Stop the answer, leave editing, or close what is open',
      move: 'To the next or the one before',
      reorder: 'Move a picture in its row',
      crop: 'Move an edge of the crop, with Shift further',
      zoom: 'Zoom in, zoom out, fit to the window',
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
    off: 'Single keys are off, as set.',
  },

  /** What an answer was asked with. */
  asked: {
    model: 'Model',
    modelOn: (model: string, device: string) => `${model} on ${device}`,
    sampling: 'Drawn with',
    option: (name: string, value: number) => `${name} ${count(value)}`,
    seed: 'Seed',
    systemPrompt: 'System prompt',
    none: 'none',
    limit: 'Longest answer',
    stop: 'Stop at',
    cutByLimit: (tokens: number) => `Cut off: longest answer reached, ${some(tokens, 'token')} as set.`,
  },

  /** What an error card says first. */
  errorTitles: {
    notAPicture: 'This file is not a usable picture',
    picture: 'This picture cannot be used',
    modelFile: 'This model file cannot be used',
    unreachable: 'A file could not be loaded',
    model: 'This model cannot be used',
    noVision: 'This model cannot see pictures',
    contextOverflow: 'This is more than the model can hold at once',
    noGpu: 'The graphics processor cannot be used',
    outOfMemory: 'Out of memory',
    download: 'The download could not be finished',
    damagedDownload: 'The server sent a damaged file',
    storageFull: 'There is too little room on this device',
    storageUnavailable: 'Nothing can be kept on this device',
    storageDamaged: 'The kept model is damaged',
    notStored: 'This model is not on this device',
    inUse: 'This model is in use',
    workerLost: 'The engine stopped',
    noRuntime: 'The engine could not start',
    question: 'This question could not be answered',
  },

  /** What happened and what to do next: errors say it in English themselves. */
  errorMessage: ({ message }: ErrorFacts): string => message,

  errorCard: {
    modelNotLoaded: 'The model could not be loaded',
    useDemo: 'Use the demo model',
    details: 'Details',
    copyDetails: 'Copy details',
  },

  /** In other pages: the elements, and the frame. */
  embed: {
    title: 'Ask about a picture',
    missingAnswer: 'Ask a question first: its answer goes into this form.',
    foreignPage: 'This page may not show Glance',
    foreignPageNote:
      'Whoever runs this copy of Glance has not allowed the site around this frame to show it.',
    waiting: 'Waiting for the page around this frame',
    promise: 'Runs on this device. The site you are on can read questions and answers.',
    private:
      'The model runs on this device and uploads nothing. The site you are on can read the questions and answers here.',
  },

  /** Parts of the page that could not be fetched. */
  unreachable: {
    parts:
      'A part of Glance could not be loaded. Check the connection and load the page again; what you typed stays.',
    pictureReader: 'A part of Glance could not be loaded. Check the connection and add the picture again.',
    documentReader:
      'The part of Glance that reads documents could not be loaded. Check the connection and add the document again.',
    sample: (file: string) =>
      `The sample “${file}” could not be loaded. Check the connection and try again, or use a picture of your own.`,
  },
};

/** What every language has. */
export type Words = typeof en;
