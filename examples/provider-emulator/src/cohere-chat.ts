import { z } from 'zod';
import { NO_CACHE_PREFIX } from './cache-prefix.ts';
import { cohereError, cohereUsage } from './cohere-usage.ts';
import { characterCount, type ModelAnswer, type WireApi, type WireCall, type WireEvent } from './wire-api.ts';

const bodySchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string() })).min(1),
  stream: z.boolean().optional(),
  max_tokens: z.int().positive().optional(),
  tools: z.array(z.looseObject({ function: z.looseObject({ name: z.string() }) })).optional(),
});

/** `POST /v2/chat`: usage in the body, or in the last event, `message-end`. */
export const cohereChat: WireApi = {
  path: '/v2/chat',
  api: 'chat',
  provider: 'cohere',
  read: readChat,
  error: cohereError,
};

function readChat(input: unknown): WireCall {
  const body = bodySchema.parse(input);
  return {
    request: {
      model: body.model,
      streamed: body.stream === true,
      promptCharacters: characterCount(body.messages) + characterCount(body.tools),
      tools: (body.tools ?? []).map((tool) => ({
        name: tool.function.name,
        parameters: tool.function['parameters'],
      })),
      toolResults: body.messages.filter((message) => message.role === 'tool').length,
      outputTokensMax: body.max_tokens,
      cachePrefix: NO_CACHE_PREFIX,
    },
    usageReported: true,
    responseId: ({ id }) => id,
    body: (answer) => ({
      id: answer.id,
      finish_reason: finishReason(answer),
      message: { role: 'assistant', ...messageParts(answer) },
      usage: cohereUsage(answer.usage),
    }),
    events: chatEvents,
  };
}

function finishReason(answer: ModelAnswer): string {
  return answer.toolCall ? 'TOOL_CALL' : 'COMPLETE';
}

function messageParts({ toolCall, textPieces }: ModelAnswer): object {
  return toolCall === undefined
    ? { content: [{ type: 'text', text: textPieces.join('') }] }
    : { tool_plan: 'I will look it up.', tool_calls: [functionCall(toolCall, toolCall.arguments)] };
}

function functionCall({ id, name }: NonNullable<ModelAnswer['toolCall']>, json: string): object {
  return { id: `${name}_${id}`, type: 'function', function: { name, arguments: json } };
}

function chatEvents(answer: ModelAnswer): WireEvent[] {
  const { toolCall } = answer;
  const event = (type: string, fields: object, isPiece: boolean = false): WireEvent => ({
    name: type,
    data: { type, ...fields },
    isPiece,
  });
  const part = (type: string, message: object, isPiece?: boolean): WireEvent =>
    event(type, { index: 0, delta: { message } }, isPiece);
  const pieces = toolCall
    ? [
        part('tool-call-start', { tool_calls: functionCall(toolCall, '') }),
        part('tool-call-delta', { tool_calls: { function: { arguments: toolCall.arguments } } }, true),
        event('tool-call-end', { index: 0 }),
      ]
    : [
        part('content-start', { content: { type: 'text', text: '' } }),
        ...answer.textPieces.map((text) => part('content-delta', { content: { text } }, true)),
        event('content-end', { index: 0 }),
      ];
  return [
    event('message-start', {
      id: answer.id,
      delta: { message: { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] } },
    }),
    ...pieces,
    event('message-end', {
      id: answer.id,
      delta: { finish_reason: finishReason(answer), usage: cohereUsage(answer.usage) },
    }),
  ];
}
