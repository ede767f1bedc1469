import type { WireFormat } from '../wire-format.ts';
import { ANTHROPIC_ANSWER_FIELDS, ANTHROPIC_EVENT_KEYS, AnthropicAnswer } from './anthropic-answer.ts';

/** `bedrock-mantle.us-east-1.api.aws`, Amazon Bedrock's endpoint that speaks Anthropic's API. */
const BEDROCK_MANTLE_SERVER = /^bedrock-mantle\.([a-z0-9-]+)\.api\.aws$/;

/**
 * Anthropic's Messages API, at Anthropic's own address and under the same path at others': Microsoft Foundry and
 * Amazon Bedrock (`/anthropic/v1/messages`), OpenRouter (`/api/v1/messages`), DeepSeek, Moonshot, vLLM, Ollama.
 * Counting tokens is free. The results of a batch are lines of many messages, and are not read.
 *
 * @see https://platform.claude.com/docs/en/api/messages, `Usage` and `MessageDeltaUsage` of `@anthropic-ai/sdk` 1.12
 */
export const anthropicMessages: WireFormat = {
  name: 'anthropic-messages',
  operation: 'chat',
  defaultProvider: 'anthropic',
  routes: [{ method: 'POST', ending: 'messages', path: /\/v1\/messages$/, isCommon: true }],
  answerFields: ANTHROPIC_ANSWER_FIELDS,
  eventKeys: ANTHROPIC_EVENT_KEYS,
  requestFields: ['model', 'stream'],
  newReader(request) {
    const region = BEDROCK_MANTLE_SERVER.exec(request.serverAddress)?.[1];
    return new AnthropicAnswer({ request, namesModel: region === undefined, region });
  },
};
