/** Side of a cover, in pixels: twice what the list shows. */
const SIDE = 72;

/**
 * A small square picture by which a conversation is found again.
 *
 * @param source a picture's file, or its pixels where it has been drawn
 * @returns null if it cannot be drawn
 */
export async function makeCover(source: Blob | ImageBitmap): Promise<Blob | null> {
  try {
    const bitmap = await createImageBitmap(source);
    try {
      const canvas = new OffscreenCanvas(SIDE, SIDE);
      const context = canvas.getContext('2d');
      if (context === null) return null;
      const side = Math.min(bitmap.width, bitmap.height);
      const [x, y] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
      context.imageSmoothingQuality = 'high';
      // Drawings with a transparent ground are seen on white, as everywhere on the page.
      context.fillStyle = '#fff';
      context.fillRect(0, 0, SIDE, SIDE);
      context.drawImage(bitmap, x, y, side, side, 0, 0, SIDE, SIDE);
      return await canvas.convertToBlob({ type: 'image/webp', quality: 0.8 });
    } finally {
      bitmap.close();
    }
  } catch {
    return null;
  }
}
