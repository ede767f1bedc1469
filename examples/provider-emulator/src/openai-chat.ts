import type OpenAI from 'openai';
import { z } from 'zod';
import { chatUsage, openAiError, openAiServiceTier, openAiServiceTierSchema } from './openai-usage.ts';
import { namedServiceTier } from './service-tier.ts';
import { characterCount, type ModelAnswer, type WireApi, type WireCall, type WireEvent } from './wire-api.ts';

const bodySchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string() })),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  max_completion_tokens: z.int().positive().nullish(),
  tools: z.array(z.looseObject({ function: z.looseObject({ name: z.string() }) })).nullish(),
  tool_choice: z.unknown().optional(),
  service_tier: openAiServiceTierSchema,
});

/** `POST /v1/chat/completions`: usage in the body, or in a last chunk when the client asks for it. */
export const openAiChat: WireApi = {
  path: '/v1/chat/completions',
  api: 'chat',
  provider: 'openai',
  read: readChat,
  error: openAiError,
};

function readChat(input: unknown): WireCall {
  const body = bodySchema.parse(input);
  const streamed = body.stream === true;
  const includeUsage = body.stream_options?.include_usage === true;
  const tools = body.tool_choice === 'none' ? [] : (body.tools ?? []);
  return {
    request: {
      model: body.model,
      streamed,
      promptCharacters: characterCount(body.messages) + characterCount(body.tools),
      tools: tools.map((tool) => ({
        name: tool.function.name,
        parameters: tool.function['parameters'],
      })),
      toolResults: body.messages.filter((message) => message.role === 'tool').length,
      outputTokensMax: body.max_completion_tokens ?? undefined,
      cachePrefix: undefined,
      serviceTier: namedServiceTier(body.service_tier),
    },
    usageReported: !streamed || includeUsage,
    responseId: completionId,
    body: completion,
    events: (answer) => completionEvents(answer, includeUsage),
  };
}

function completionId(answer: ModelAnswer): string {
  return `chatcmpl-${answer.id}`;
}

function completion(answer: ModelAnswer): OpenAI.ChatCompletion {
  const { toolCall } = answer;
  return {
    id: completionId(answer),
    object: 'chat.completion',
    created: answer.createdUnixSeconds,
    model: answer.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: toolCall ? null : answer.textPieces.join(''),
          refusal: null,
          ...(toolCall && { tool_calls: [functionCall(toolCall)] }),
        },
        logprobs: null,
        finish_reason: toolCall ? 'tool_calls' : 'stop',
      },
    ],
    usage: chatUsage(answer.usage),
    service_tier: openAiServiceTier(answer),
  };
}

function functionCall(
  call: NonNullable<ModelAnswer['toolCall']>,
): OpenAI.ChatCompletionMessageFunctionToolCall {
  return {
    id: `call_${call.id}`,
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  };
}

function completionEvents(answer: ModelAnswer, includeUsage: boolean): WireEvent[] {
  type Delta = OpenAI.ChatCompletionChunk.Choice.Delta;
  type FinishReason = OpenAI.ChatCompletionChunk.Choice['finish_reason'];
  const head = {
    id: completionId(answer),
    object: 'chat.completion.chunk',
    created: answer.createdUnixSeconds,
    model: answer.model,
    service_tier: openAiServiceTier(answer),
    // With include_usage every chunk has the field, and it is null in all but the last.
    ...(includeUsage && { usage: null }),
  } as const;
  const chunk = (delta: Delta, finishReason: FinishReason = null): OpenAI.ChatCompletionChunk => ({
    ...head,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
  });
  const pieces: Delta[] = answer.toolCall
    ? [{ tool_calls: [{ index: 0, ...functionCall(answer.toolCall) }] }]
    : answer.textPieces.map((content) => ({ content }));
  const usageChunk: OpenAI.ChatCompletionChunk = { ...head, choices: [], usage: chatUsage(answer.usage) };
  return [
    { data: chunk({ role: 'assistant', content: answer.toolCall ? null : '', refusal: null }) },
    ...pieces.map((delta) => ({ data: chunk(delta), isPiece: true })),
    { data: chunk({}, answer.toolCall ? 'tool_calls' : 'stop') },
    ...(includeUsage ? [{ data: usageChunk }] : []),
    { data: '[DONE]' },
  ];
}
