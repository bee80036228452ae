/** Held-out questions about pictures, with the answers that the PyTorch model gives. */

export interface Question {
  /** The picture: see {@link Questions.picture}. */
  scene: number;
  task: string;
  question: string;
  answer: string;
}

export interface Questions {
  questions: Question[];
  /** A scene's picture as the file that it is. */
  picture(scene: number): Blob;
}

export async function readQuestions(): Promise<Questions> {
  const [json, scenes] = await Promise.all([
    fetch('/test/fixtures/eval/questions.json').then((r) => r.json()),
    fetch('/test/fixtures/eval/scenes.bin').then((r) => r.blob()),
  ]);
  return {
    questions: json.questions,
    picture: (scene) => {
      const { offset, length } = json.scenes[scene];
      return scenes.slice(offset, offset + length);
    },
  };
}
