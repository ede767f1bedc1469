import type { WireFormat } from '../wire-format.ts';
import { ERROR_FIELDS } from './openai-answer.ts';
import { InputReader } from './openai-embeddings.ts';
import { openAiRoutes } from './openai-routes.ts';

/**
 * Rankings that are billed by the token: Voyage's and Jina's, and those of model servers that answer like Jina.
 *
 * @see https://docs.voyageai.com/reference/reranker-api
 * @see https://api.jina.ai/redoc
 */
export const tokenRerank: WireFormat = {
  name: 'token-rerank',
  operation: 'rerank',
  defaultProvider: 'jina',
  routes: openAiRoutes('rerank', 'rerank', { isCommon: true }),
  answerFields: ['id', 'object', 'model', 'usage', ...ERROR_FIELDS],
  eventKeys: ['usage'],
  requestFields: ['model'],
  newReader: (request) => new InputReader(request),
};
