import { formatCount, plural } from '../words.ts';

const px = (width: number, height: number) => `${width} × ${height} px`;

/** What the tray and the editing view say. */
export const editingWords = {
  tray: 'Pictures with this question',
  edit: (name: string) => `Edit ${name}`,
  editHint: (name: string, width: number, height: number) =>
    `${name}, ${px(width, height)}. Press to turn or crop, drag to move.`,
  remove: (name: string) => `Remove ${name}`,
  tokens: (count: number) => plural(count, 'token'),
  sum: (pictures: number, tokens: number, room: number) =>
    `${pictures > 1 ? `${plural(pictures, 'picture')}: ` : ''}${formatCount(tokens)} of ${formatCount(room)} free tokens`,
  tooMany: (tokens: number, room: number) =>
    `${plural(tokens, 'token')} of pictures do not fit: the context has room for ${formatCount(room)}.`,
  wayOut: {
    detail: 'Use less detail',
    conversation: 'New conversation',
    remove: 'Remove pictures, or choose a longer context in the model’s panel.',
  },
  detail: {
    label: 'Detail',
    low: (tokens: number) => `Low, up to ${plural(tokens, 'token')} each`,
    auto: (tokens: number) => `Standard, up to ${formatCount(tokens)}`,
    high: (tokens: number) => `High, up to ${formatCount(tokens)}`,
    own: 'Set the tokens',
    tokens: 'Tokens for each picture',
  },
  moved: (name: string, place: number, count: number) => `${name} is picture ${place} of ${count}`,
  failed: 'The picture could not be changed',
  view: {
    title: 'Edit pictures',
    unavailable: 'Pictures cannot be edited now',
    turnLeft: 'Turn left',
    turnRight: 'Turn right',
    whole: 'Whole picture',
    original: 'Original',
    earlier: 'Move earlier',
    later: 'Move later',
    remove: 'Remove',
    cancel: 'Cancel',
    done: 'Done',
    size: px,
    frame: 'Cropped part. Arrow keys move it.',
    edges: { left: 'Left edge', top: 'Top edge', right: 'Right edge', bottom: 'Bottom edge' },
    edgeAt: (pixels: number) => `${formatCount(pixels)} px`,
    strip: 'Pictures in their order',
    choose: (name: string, place: number) => `Picture ${place}: ${name}`,
    cropped: (width: number, height: number) => `Cropped to ${px(width, height)}`,
  },
};

/** What the view of one picture over the whole window says. */
export const viewerWords = {
  zoomIn: 'Zoom in',
  zoomInHint: 'Zoom in (+, wheel, or two fingers)',
  zoomOut: 'Zoom out',
  zoomOutHint: 'Zoom out (-)',
  whole: 'Fit to the window',
  wholeHint: 'Fit to the window (0)',
  close: 'Close',
  enlarge: (name: string) => `Enlarge ${name}`,
};
