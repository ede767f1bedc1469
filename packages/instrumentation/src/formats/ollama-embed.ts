import type { WireFormat } from '../wire-format.ts';
import { ollamaChat } from './ollama-chat.ts';

/**
 * Ollama's embeddings. The older `/api/embeddings` answers with a vector alone, and states nothing.
 *
 * @see https://docs.ollama.com/api/embed
 */
export const ollamaEmbed: WireFormat = {
  ...ollamaChat,
  name: 'ollama-embed',
  operation: 'embeddings',
  routes: [{ method: 'POST', ending: 'embed', path: /\/api\/embed$/, isCommon: true }],
  requestFields: ['model'],
};
