import { z } from 'zod';
import { NO_CACHE_PREFIX } from './cache-prefix.ts';
import { cohereError, cohereUsage } from './cohere-usage.ts';
import { jsonLines } from './json-lines.ts';
import { characterCount, type ModelAnswer, type WireApi, type WireCall, type WireEvent } from './wire-api.ts';

const bodySchema = z.looseObject({
  model: z.string(),
  message: z.string(),
  preamble: z.string().optional(),
  chat_history: z.array(z.looseObject({})).optional(),
  stream: z.boolean().optional(),
  max_tokens: z.int().positive().optional(),
});

/** `POST /v1/chat`: what the `CohereClient` class still uses; text alone. */
export const cohereChatV1: WireApi = {
  path: '/v1/chat',
  api: 'chat',
  provider: 'cohere',
  framing: jsonLines,
  read: readChat,
  error: cohereError,
};

function readChat(input: unknown): WireCall {
  const body = bodySchema.parse(input);
  return {
    request: {
      model: body.model,
      streamed: body.stream === true,
      promptCharacters: characterCount([body.preamble, body.chat_history, body.message]),
      tools: [],
      toolResults: 0,
      outputTokensMax: body.max_tokens,
      cachePrefix: NO_CACHE_PREFIX,
    },
    usageReported: true,
    responseId: ({ id }) => id,
    body: response,
    events: chatEvents,
  };
}

function response(answer: ModelAnswer): object {
  return {
    response_id: answer.id,
    generation_id: `gen-${answer.id}`,
    text: answer.textPieces.join(''),
    finish_reason: 'COMPLETE',
    chat_history: [],
    meta: { api_version: { version: '1' }, ...cohereUsage(answer.usage) },
  };
}

function chatEvents(answer: ModelAnswer): WireEvent[] {
  const event = (type: string, fields: object): object => ({
    is_finished: type === 'stream-end',
    event_type: type,
    ...fields,
  });
  return [
    { data: event('stream-start', { generation_id: `gen-${answer.id}` }) },
    ...answer.textPieces.map((text) => ({ data: event('text-generation', { text }), isPiece: true })),
    { data: event('stream-end', { finish_reason: 'COMPLETE', response: response(answer) }) },
  ];
}
