import type { JsonFields } from '@costspan/semconv';
import type { AnswerReader, WireAnswer, WireFormat } from '../wire-format.ts';
import { type CohereUsage, cohereUsage } from './cohere-billed-units.ts';
import { shortText } from './short-text.ts';

/**
 * Cohere's embeddings of texts and images, versions 1 and 2.
 *
 * @see https://docs.cohere.com/reference/embed
 */
export const cohereEmbed: WireFormat = {
  name: 'cohere-embed',
  operation: 'embeddings',
  defaultProvider: 'cohere',
  routes: [{ method: 'POST', ending: 'embed', path: /\/v[12]\/embed$/, isCommon: true }],
  answerFields: ['id', 'meta.billed_units'],
  eventKeys: [],
  requestFields: ['model'],
  newReader: () => new CohereEmbeddings(),
};

class CohereEmbeddings implements AnswerReader {
  #stated: CohereUsage | undefined;
  #id: string | undefined;

  read(document: JsonFields): void {
    this.#id = shortText(document['id']);
    this.#stated = cohereUsage(document['meta']);
  }

  answer(): WireAnswer {
    const usage = this.#stated?.usage;
    return {
      isRecognised: usage !== undefined,
      usage,
      isUsageFinal: usage !== undefined,
      responseId: this.#id,
    };
  }
}
