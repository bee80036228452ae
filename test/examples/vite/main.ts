import { createGlance, GlanceError } from 'glance';

const photo = document.querySelector<HTMLImageElement>('#photo')!;
const answer = document.querySelector<HTMLParagraphElement>('#answer')!;
const glance = createGlance();

try {
  const image = await (await fetch(photo.src)).blob();
  const { text } = await glance.chat(
    {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', image },
            { type: 'text', text: 'What shape is red?' },
          ],
        },
      ],
    },
    {
      model: 'pico',
      onProgress: (progress) => {
        answer.textContent = progress.stage;
      },
    },
  );
  answer.textContent = text;
} catch (error) {
  answer.textContent = error instanceof GlanceError ? `${error.code}: ${error.message}` : String(error);
} finally {
  document.body.dataset.done = '';
}
