import type { JsonFields } from '@costspan/semconv';
import type { AnswerReader, WireAnswer, WireRequest, WireResponseHead } from '../wire-format.ts';
import { OpenAiAnswer } from './openai-answer.ts';

/** Reads an answer in one of OpenAI's shapes. */
export abstract class OpenAiReader implements AnswerReader {
  /** What has been stated so far. */
  protected readonly stated: OpenAiAnswer;

  constructor(request: WireRequest) {
    this.stated = new OpenAiAnswer(request);
  }

  readHead(head: WireResponseHead): void {
    this.stated.readHead(head);
  }

  abstract read(document: JsonFields, eventName: string | undefined): void;

  answer(): WireAnswer {
    return this.stated.answer();
  }
}
