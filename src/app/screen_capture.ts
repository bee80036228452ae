/** One picture of the screen, a window or a tab, as the reader chooses. */
import { PageError } from './page_error.ts';
import { words } from './words/index.ts';

/**
 * Asks the reader what to capture, takes one frame, and ends the capture.
 *
 * @returns a PNG; null if the reader chose nothing
 * @throws GlanceError `picture-unreadable`
 */
export async function captureScreen(): Promise<File | null> {
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: 5 }, audio: false });
  } catch (cause) {
    // Whoever closes the browser's dialog wants nothing; a system or a policy that forbids says so.
    const isRefusal = cause instanceof DOMException && cause.name === 'NotAllowedError';
    if (isRefusal && !/system|policy/i.test(cause.message)) return null;
    throw failure(isRefusal ? words.screenCapture.refused : words.screenCapture.unusable, cause);
  }
  try {
    const blob = await frameOf(stream);
    return new File([blob], `${words.screenCapture.fileName}.png`, { type: blob.type });
  } catch (cause) {
    throw failure(words.screenCapture.unusable, cause);
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}

/** A source that shows nothing within this time never will. */
const PATIENCE_MS = 8000;

async function frameOf(stream: MediaStream): Promise<Blob> {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  try {
    const patience = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error('no frame came')), PATIENCE_MS);
    });
    await Promise.race([shown(video), patience]);
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    const context = canvas.getContext('2d', { alpha: false });
    if (context === null) throw new Error('no 2-D canvas');
    context.drawImage(video, 0, 0);
    // Without loss: screens hold small letters.
    return await canvas.convertToBlob({ type: 'image/png' });
  } finally {
    video.srcObject = null;
  }
}

async function shown(video: HTMLVideoElement): Promise<void> {
  await video.play();
  await new Promise<void>((resolve) => {
    if (video.videoWidth > 0 && typeof video.requestVideoFrameCallback !== 'function') resolve();
    else video.requestVideoFrameCallback(() => resolve());
  });
}

function failure(message: string, cause: unknown): PageError {
  return new PageError('picture-unreadable', message, { cause, details: { reason: String(cause) } });
}
