import type { TokenUsage } from '@costspan/cost-model';
import { fieldsOf, type JsonFields, tokenCount } from '@costspan/semconv';
import type { WireAnswer, WireFormat } from '../wire-format.ts';
import { ERROR_FIELDS } from './openai-answer.ts';
import { OpenAiReader } from './openai-reader.ts';
import { openAiRoutes } from './openai-routes.ts';

/**
 * Mistral's reading of documents, billed by the page; a page that is annotated as well has a price of its own instead.
 * How many were annotated is stated, or else all are where the request has a format for annotations.
 *
 * @see https://docs.mistral.ai/api/endpoint/ocr
 */
export const mistralOcr: WireFormat = {
  name: 'mistral-ocr',
  operation: 'other',
  operationName: 'ocr',
  defaultProvider: 'mistral_ai',
  routes: openAiRoutes('ocr', 'ocr', { isCommon: true }),
  answerFields: ['model', 'usage_info', ...ERROR_FIELDS],
  eventKeys: ['usage_info'],
  requestFields: ['model', 'document_annotation_format.type', 'bbox_annotation_format.type'],
  newReader: (request) => new OcrReader(request),
};

class OcrReader extends OpenAiReader {
  #usage: JsonFields | undefined;

  read(document: JsonFields): void {
    this.stated.putNames(document);
    this.stated.putError(document['error']);
    this.#usage = fieldsOf(document['usage_info']) ?? this.#usage;
  }

  override answer(): WireAnswer {
    const usage = this.#pages();
    const isStated = usage !== undefined;
    return { ...this.stated.answer(), isRecognised: isStated, usage, isUsageFinal: isStated };
  }

  #pages(): TokenUsage | undefined {
    const processed = tokenCount(this.#usage?.['pages_processed']);
    const stated = tokenCount(this.#usage?.['pages_processed_annotation']);
    if (processed === undefined && stated === undefined) return undefined;
    const { bodyFields } = this.stated.request;
    const asked = fieldsOf(bodyFields['document_annotation_format'] ?? bodyFields['bbox_annotation_format']);
    const annotatedPages = stated ?? (asked === undefined ? 0 : (processed ?? 0));
    const pages = Math.max(0, (processed ?? 0) - annotatedPages);
    return {
      ...((pages > 0 || annotatedPages === 0) && { pages }),
      ...(annotatedPages > 0 && { annotatedPages }),
    };
  }
}
