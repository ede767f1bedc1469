import type { JsonFields } from '@costspan/semconv';
import type { WireFormat } from '../wire-format.ts';
import { ERROR_FIELDS } from './openai-answer.ts';
import { OpenAiReader } from './openai-reader.ts';
import { openAiRoutes } from './openai-routes.ts';

/** A batch ends in one of these, with whatever it had completed by then. */
const FINISHED: ReadonlySet<unknown> = new Set(['completed', 'expired', 'cancelled', 'failed']);

/**
 * OpenAI's batches, from when they are made until they are asked for and have ended. Then they state the tokens of all
 * of their requests together, and the model if it is the same for all.
 *
 * @see https://platform.openai.com/docs/api-reference/batch/object
 */
export const openAiBatches: WireFormat = {
  name: 'openai-batches',
  operation: 'chat',
  defaultProvider: 'openai',
  routes: [
    ...openAiRoutes('batches', '(?:v1|openai)/batches', { isCommon: true }),
    ...openAiRoutes('batches', '(?:v1|openai)/batches/[^/]+', { method: 'GET', isCommon: true }),
  ],
  answerFields: ['id', 'object', 'status', 'model', 'usage', ...ERROR_FIELDS],
  eventKeys: ['usage'],
  requestFields: [],
  newReader: (request) => new BatchReader(request),
};

class BatchReader extends OpenAiReader {
  read(document: JsonFields): void {
    const answer = this.stated;
    if (document['object'] !== 'batch') return;
    const isFinished = FINISHED.has(document['status']);
    answer.putNames(document);
    answer.put({ isRecognised: true, isPending: !isFinished });
    if (isFinished) answer.putUsage(document['usage'], true);
    answer.put({ serviceTier: 'batch' });
  }
}
