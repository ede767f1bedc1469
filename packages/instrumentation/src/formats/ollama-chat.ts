import type { WireFormat } from '../wire-format.ts';
import { OLLAMA_ANSWER_FIELDS, OllamaAnswer } from './ollama-answer.ts';

/**
 * Ollama's own chat. Many programs have such an address for their users, so that the answer has to show what it is.
 * The provider stands for the operator's own hardware, which no list price applies to.
 *
 * @see https://docs.ollama.com/api/chat
 */
export const ollamaChat: WireFormat = {
  name: 'ollama-chat',
  operation: 'chat',
  defaultProvider: 'ollama',
  routes: [{ method: 'POST', ending: 'chat', path: /\/api\/chat$/, isCommon: true }],
  answerFields: OLLAMA_ANSWER_FIELDS,
  eventKeys: ['done_reason', 'total_duration', 'error'],
  requestFields: ['model', 'stream'],
  newReader: () => new OllamaAnswer(),
};
