/** A question with its answer, as pages are told of it. */
export interface Answered {
  readonly question: string;
  /** How many pictures were asked about with it. */
  readonly pictures: number;
  readonly answer: string;
  /** Whether the answer ended by itself, met a limit, or was stopped. */
  readonly finishReason: 'stop' | 'length' | 'abort';
}
