import type { WireFormat } from '../wire-format.ts';
import { ollamaChat } from './ollama-chat.ts';

/**
 * Ollama's completion of a prompt.
 *
 * @see https://docs.ollama.com/api/generate
 */
export const ollamaGenerate: WireFormat = {
  ...ollamaChat,
  name: 'ollama-generate',
  operation: 'text_completion',
  routes: [{ method: 'POST', ending: 'generate', path: /\/api\/generate$/, isCommon: true }],
};
