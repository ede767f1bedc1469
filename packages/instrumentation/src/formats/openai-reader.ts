import type { JsonFields } from '@costspan/semconv';
import type { AnswerReader, WireAnswer, WireRequest, WireResponseHead } from '../wire-format.ts';
import { OpenAiAnswer } from './openai-answer.ts';
import { tgiPhases } from './server-phases.ts';

/** Reads an answer in one of OpenAI's shapes. */
export abstract class OpenAiReader implements AnswerReader {
  /** What has been stated so far. */
  protected readonly stated: OpenAiAnswer;

  constructor(request: WireRequest) {
    this.stated = new OpenAiAnswer(request);
  }

  readHead(head: WireResponseHead): void {
    this.stated.readHead(head);
    this.stated.put({ phases: tgiPhases(head) });
  }

  abstract read(document: JsonFields, eventName: string | undefined): void;

  answer(): WireAnswer {
    return this.stated.answer();
  }
}
