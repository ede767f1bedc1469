import type { JsonFields } from '@costspan/semconv';
import type { AnswerReader, WireAnswer, WireFormat, WireRequest } from '../wire-format.ts';
import { cohereUsage } from './cohere-billed-units.ts';
import { shortText } from './short-text.ts';
import { tokenRerank } from './token-rerank.ts';

/**
 * Cohere's ranking of documents, billed by searches. Others that bill tokens have the same address; what the answer states
 * tells which it is.
 *
 * @see https://docs.cohere.com/reference/rerank
 */
export const cohereRerank: WireFormat = {
  name: 'cohere-rerank',
  operation: 'rerank',
  defaultProvider: 'cohere',
  routes: [{ method: 'POST', ending: 'rerank', path: /\/v[12]\/rerank$/, isCommon: true }],
  answerFields: [...tokenRerank.answerFields, 'meta.billed_units'],
  eventKeys: [],
  requestFields: ['model'],
  newReader: (request) => new Ranking(request),
};

class Ranking implements AnswerReader {
  readonly #request: WireRequest;
  readonly #byTokens: AnswerReader;
  #usage: WireAnswer['usage'];
  #id: string | undefined;

  constructor(request: WireRequest) {
    this.#request = request;
    this.#byTokens = tokenRerank.newReader(request);
  }

  read(document: JsonFields, eventName: string | undefined): void {
    this.#usage = cohereUsage(document['meta']).usage;
    this.#id = shortText(document['id']);
    if (this.#usage === undefined) this.#byTokens.read(document, eventName);
  }

  answer(): WireAnswer {
    const usage = this.#usage;
    if (usage !== undefined) return { isRecognised: true, usage, isUsageFinal: true, responseId: this.#id };
    const answer = this.#byTokens.answer();
    const isOther = answer.usage !== undefined && this.#request.provider === cohereRerank.defaultProvider;
    return isOther ? { ...answer, provider: tokenRerank.defaultProvider } : answer;
  }
}
