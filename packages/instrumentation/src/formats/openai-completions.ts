import type { WireFormat } from '../wire-format.ts';
import { CHAT_ANSWER_FIELDS, CHAT_EVENT_KEYS, CHAT_REQUEST_FIELDS, ChatReader } from './openai-chat.ts';
import { openAiRoutes } from './openai-routes.ts';

/**
 * OpenAI's legacy completions, which model servers still answer, and Mistral's completions of code in the middle. Their
 * answers differ from those of chats in their text alone.
 *
 * @see https://platform.openai.com/docs/api-reference/completions
 * @see https://docs.mistral.ai/api/endpoint/fim
 */
export const openAiCompletions: WireFormat = {
  name: 'openai-completions',
  operation: 'text_completion',
  defaultProvider: 'openai',
  routes: openAiRoutes('completions', '(?:fim/|(?<!/(?:chat|agents)/))completions', { isCommon: true }),
  answerFields: CHAT_ANSWER_FIELDS,
  eventKeys: CHAT_EVENT_KEYS,
  isStreamUsageOptional: true,
  requestFields: CHAT_REQUEST_FIELDS,
  newReader: (request) => new ChatReader(request),
};
