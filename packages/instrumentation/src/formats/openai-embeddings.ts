import { fieldsOf, type JsonFields, tokenCount } from '@costspan/semconv';
import type { WireAnswer, WireFormat } from '../wire-format.ts';
import { ERROR_FIELDS, GATEWAY_FIELDS } from './openai-answer.ts';
import { OpenAiReader } from './openai-reader.ts';
import { openAiRoutes } from './openai-routes.ts';
import { shortText } from './short-text.ts';

/**
 * Embeddings in OpenAI's shape, which Mistral, Voyage, Jina and the model servers share. All tokens are input; Voyage
 * and Jina state only how many there were.
 *
 * @see https://platform.openai.com/docs/api-reference/embeddings
 * @see https://docs.voyageai.com/reference/embeddings-api
 * @see https://api.jina.ai/redoc
 */
export const openAiEmbeddings: WireFormat = {
  name: 'openai-embeddings',
  operation: 'embeddings',
  defaultProvider: 'openai',
  routes: [
    ...openAiRoutes('embeddings', 'embeddings', { isCommon: true }),
    ...openAiRoutes('multimodalembeddings', 'multimodalembeddings'),
    ...openAiRoutes('contextualizedembeddings', 'contextualizedembeddings'),
  ],
  answerFields: ['id', 'object', 'model', 'usage', 'data.*.object', ...ERROR_FIELDS, ...GATEWAY_FIELDS],
  eventKeys: ['usage'],
  requestFields: ['model'],
  newReader: (request) => new InputReader(request),
};

/** vLLM gives embeddings an id; OpenAI does not. */
const VLLM_ID = /^embd-[0-9a-f]/;

/** Reads answers to which the model generates nothing: embeddings and rankings. */
export class InputReader extends OpenAiReader {
  read(document: JsonFields): void {
    const answer = this.stated;
    const usage = fieldsOf(document['usage']);
    answer.putNames(document);
    answer.putError(document['error']);
    answer.putModelServer(VLLM_ID.test(shortText(document['id']) ?? '') ? 'vllm' : undefined);
    const input = tokenCount(usage?.['prompt_tokens'] ?? usage?.['input_tokens'] ?? usage?.['total_tokens']);
    if (document['object'] === 'list' || input !== undefined) answer.put({ isRecognised: true });
    if (usage === undefined || input === undefined) return;
    answer.putUsage(usage, true);
    answer.put({ usage: { input }, isUsageFinal: true });
  }

  override answer(): WireAnswer {
    return { ...this.stated.answer(), usageIncomplete: undefined };
  }
}
