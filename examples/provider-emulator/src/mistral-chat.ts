import { z } from 'zod';
import { NO_CACHE_PREFIX } from './cache-prefix.ts';
import { mistralError, mistralUsage } from './mistral-usage.ts';
import { namedServiceTier } from './service-tier.ts';
import { characterCount, type ModelAnswer, type WireApi, type WireCall, type WireEvent } from './wire-api.ts';

const bodySchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string() })).min(1),
  stream: z.boolean().nullish(),
  max_tokens: z.int().positive().nullish(),
  prompt_cache_key: z.string().nullish(),
  tools: z.array(z.looseObject({ function: z.looseObject({ name: z.string() }) })).nullish(),
  tool_choice: z.unknown().optional(),
  service_tier: z.string().nullish(),
});

/**
 * `POST /mistral/v1/chat/completions`: usage in the body, or in the last chunk without being asked for. A prompt
 * is cached only under a `prompt_cache_key`.
 */
export const mistralChat: WireApi = {
  path: '/mistral/v1/chat/completions',
  api: 'chat',
  provider: 'mistral_ai',
  read: readChat,
  error: mistralError,
};

function readChat(input: unknown): WireCall {
  const body = bodySchema.parse(input);
  const tools = body.tool_choice === 'none' ? [] : (body.tools ?? []);
  return {
    request: {
      model: body.model,
      streamed: body.stream === true,
      promptCharacters: characterCount(body.messages) + characterCount(body.tools),
      tools: tools.map((tool) => ({ name: tool.function.name, parameters: tool.function['parameters'] })),
      toolResults: body.messages.filter((message) => message.role === 'tool').length,
      outputTokensMax: body.max_tokens ?? undefined,
      cachePrefix: typeof body.prompt_cache_key === 'string' ? undefined : NO_CACHE_PREFIX,
      serviceTier: namedServiceTier(body.service_tier),
    },
    usageReported: true,
    responseId: ({ id }) => id,
    body: (answer) => ({
      ...head(answer, 'chat.completion'),
      choices: [{ index: 0, message: message(answer), finish_reason: finishReason(answer) }],
      usage: mistralUsage(answer),
    }),
    events: completionEvents,
  };
}

function head(answer: ModelAnswer, object: string): object {
  return { id: answer.id, object, created: answer.createdUnixSeconds, model: answer.model };
}

function finishReason(answer: ModelAnswer): string {
  return answer.toolCall ? 'tool_calls' : 'stop';
}

function message(answer: ModelAnswer): object {
  return { role: 'assistant', content: answer.textPieces.join(''), tool_calls: toolCalls(answer) };
}

function toolCalls({ toolCall }: ModelAnswer): object[] | null {
  if (toolCall === undefined) return null;
  const { name, arguments: json } = toolCall;
  return [{ id: toolCall.id.slice(0, 9), index: 0, type: 'function', function: { name, arguments: json } }];
}

function completionEvents(answer: ModelAnswer): WireEvent[] {
  const chunk = (delta: object, end: object = { finish_reason: null }): object => ({
    ...head(answer, 'chat.completion.chunk'),
    choices: [{ index: 0, delta, ...end }],
  });
  const calls = toolCalls(answer);
  const pieces = calls
    ? [{ content: '', tool_calls: calls }]
    : answer.textPieces.map((content) => ({ content }));
  return [
    { data: chunk({ role: 'assistant', content: '' }) },
    ...pieces.map((delta) => ({ data: chunk(delta), isPiece: true })),
    {
      data: {
        ...chunk({ content: '' }, { finish_reason: finishReason(answer) }),
        usage: mistralUsage(answer),
      },
    },
    { data: '[DONE]' },
  ];
}
