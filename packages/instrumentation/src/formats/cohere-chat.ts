import { fieldsOf, type JsonFields } from '@costspan/semconv';
import type { AnswerReader, WireAnswer, WireFormat } from '../wire-format.ts';
import { type CohereUsage, cohereUsage } from './cohere-billed-units.ts';
import { FinishReasons } from './finish-reasons.ts';
import { shortText } from './short-text.ts';

/**
 * Cohere's chat, version 2 (`usage`, last event `message-end`) and version 1 (`meta`, last event `stream-end`, which
 * repeats the whole answer). Neither names the model.
 *
 * @see https://docs.cohere.com/reference/chat, https://docs.cohere.com/v1/reference/chat-stream
 */
export const cohereChat: WireFormat = {
  name: 'cohere-chat',
  operation: 'chat',
  defaultProvider: 'cohere',
  routes: [{ method: 'POST', ending: 'chat', path: /\/v[12]\/chat$/, isCommon: true }],
  answerFields: [
    'type',
    'event_type',
    'id',
    'finish_reason',
    'usage',
    'delta.finish_reason',
    'delta.usage',
    'response_id',
    'generation_id',
    'meta.billed_units',
    'meta.tokens',
    'response.response_id',
    'response.finish_reason',
    'response.meta.billed_units',
    'response.meta.tokens',
  ],
  eventKeys: ['finish_reason', 'usage', 'meta', 'billed_units'],
  requestFields: ['model', 'stream'],
  newReader: () => new CohereAnswer(),
};

class CohereAnswer implements AnswerReader {
  readonly #finishReasons = new FinishReasons();
  #isRecognised = false;
  #stated: CohereUsage | undefined;
  #id: string | undefined;

  read(document: JsonFields): void {
    const delta = fieldsOf(document['delta']);
    const response = fieldsOf(document['response']);
    const { type, event_type: eventType } = document;
    this.#isRecognised ||= type === 'message-start' || eventType === 'stream-start';
    this.#id =
      shortText(document['id']) ??
      shortText(document['response_id']) ??
      shortText(response?.['response_id']) ??
      this.#id;
    for (const fields of [document, delta, response]) this.#finishReasons.add(fields?.['finish_reason']);
    for (const stated of [document['usage'], delta?.['usage'], document['meta'], response?.['meta']]) {
      const read = cohereUsage(stated);
      if (read.usage === undefined) continue;
      this.#isRecognised = true;
      this.#stated = read;
    }
  }

  answer(): WireAnswer {
    const finishReasons = this.#finishReasons.list();
    return {
      isRecognised: this.#isRecognised,
      usage: this.#stated?.usage,
      isUsageFinal: this.#stated !== undefined,
      usageIncomplete: this.#stated?.usageIncomplete,
      responseId: this.#id,
      finishReasons,
      errorType: finishReasons?.find((reason) => reason.startsWith('ERROR')),
    };
  }
}
