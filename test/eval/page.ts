import { GREEDY } from '../../src/model/sampling.ts';
import { GlanceClient } from '../../src/rpc/client.ts';
import { offer } from '../support/offer.ts';
import type { EvalAnswer, EvalRequest, QuestionsFile } from './contract.ts';

const startWorker = () =>
  new Worker(new URL('../../workers/inference.ts', import.meta.url), { type: 'module' });

async function fetchOk(path: string): Promise<Response> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
}

offer(async (request: EvalRequest): Promise<EvalAnswer> => {
  const file: QuestionsFile = await (await fetchOk('/fixtures/eval/questions.json')).json();
  const scenes = await (await fetchOk('/fixtures/eval/scenes.bin')).arrayBuffer();

  const client = new GlanceClient(startWorker);
  const model = (name: string) => new URL(`/models/pico/${name}`, location.href).href;
  const loadStart = performance.now();
  const info = await client.load({
    source: { kind: 'url', text: model('pico-Q8_0.gguf'), vision: model('mmproj-pico-F16.gguf') },
    device: request.device,
  });
  const loadMs = performance.now() - loadStart;
  console.log(`${info.name} on ${info.deviceName}, loaded in ${Math.round(loadMs)} ms`);

  const answers: EvalAnswer['answers'] = [];
  const asked = [
    ...file.questions.slice(0, request.questions).map((entry) => ({ ...entry, scenes: [entry.scene] })),
    ...file.pairs.slice(0, request.pairs),
  ];
  for (const { scenes: shown, question } of asked) {
    const images = shown.map((scene) => {
      const { offset, length } = file.scenes[scene]!;
      return new Blob([scenes.slice(offset, offset + length)], { type: 'image/png' });
    });
    const start = performance.now();
    const result = await client.chat({
      messages: [
        {
          role: 'user',
          content: [
            ...images.map((image) => ({ type: 'image' as const, image })),
            { type: 'text', text: question },
          ],
        },
      ],
      sampling: GREEDY,
      maxTokens: 192,
    });
    answers.push({ text: result.text, elapsedMs: performance.now() - start });
    if (answers.length % 50 === 0) console.log(`${answers.length} questions answered`);
  }
  client.close();
  return { deviceName: info.deviceName, loadMs, answers };
});
