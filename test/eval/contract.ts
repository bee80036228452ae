import type { Device } from '../../src/model/request.ts';

/** `test/fixtures/eval/questions.json`, written by test/pico; scenes.bin holds the pictures' files. */
export interface QuestionsFile {
  scenes: { offset: number; length: number; width: number; height: number }[];
  questions: (EvalQuestion & { /** Index into `scenes`. */ scene: number })[];
  /** Questions about two pictures each. */
  pairs: (EvalQuestion & { /** Indices into `scenes`, in the order shown. */ scenes: number[] })[];
}

export interface EvalQuestion {
  task: string;
  question: string;
  /** What the scene's generator knows to be right. */
  truth: string;
  /** What the PyTorch model answers greedily with the same weights. */
  answer: string;
}

export interface EvalRequest {
  device: Device;
  /** How many questions from the file's start. */
  questions: number;
  /** How many of the questions about two pictures, asked after those. */
  pairs: number;
}

export interface EvalAnswer {
  deviceName: string;
  loadMs: number;
  /** Milliseconds from question to end of answer, and what was said, per question. */
  answers: { text: string; elapsedMs: number }[];
}
