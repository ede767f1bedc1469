import { inputTokenTotal, outputTokenTotal } from '@costspan/cost-model';
import { z } from 'zod';
import { jsonLines } from './json-lines.ts';
import { NO_CACHE_PREFIX } from './cache-prefix.ts';
import { characterCount, type ModelAnswer, type WireApi, type WireCall, type WireEvent } from './wire-api.ts';

const NANOS_PER_TOKEN = { prompt: 2_000_000, answer: 25_000_000 };
const LOAD_NANOS = 90_000_000;

const bodySchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string() })),
  stream: z.boolean().nullish(),
  options: z.looseObject({ num_predict: z.int().positive().optional() }).nullish(),
  tools: z.array(z.looseObject({ function: z.looseObject({ name: z.string() }) })).nullish(),
});

/** `POST /api/chat`: streams a document a line unless it is told not to; counts and durations in the last one. */
export const ollamaChat: WireApi = {
  path: '/api/chat',
  api: 'chat',
  provider: 'ollama',
  framing: { ...jsonLines, contentType: 'application/x-ndjson' },
  read: readChat,
  error: (_, message) => ({ error: message }),
};

function readChat(input: unknown): WireCall {
  const body = bodySchema.parse(input);
  return {
    request: {
      model: body.model,
      streamed: body.stream !== false,
      promptCharacters: characterCount(body.messages) + characterCount(body.tools),
      tools: (body.tools ?? []).map((tool) => ({
        name: tool.function.name,
        parameters: tool.function['parameters'],
      })),
      toolResults: body.messages.filter((message) => message.role === 'tool').length,
      outputTokensMax: body.options?.num_predict,
      cachePrefix: NO_CACHE_PREFIX,
    },
    usageReported: true,
    responseId: () => null,
    body: (answer) => ({ ...head(answer), message: message(answer), ...ending(answer) }),
    events: chatEvents,
  };
}

function head(answer: ModelAnswer): object {
  return { model: answer.model, created_at: new Date(answer.createdUnixSeconds * 1000).toISOString() };
}

function message({ toolCall, textPieces }: ModelAnswer): object {
  if (toolCall === undefined) return { role: 'assistant', content: textPieces.join('') };
  const call = { function: { name: toolCall.name, arguments: JSON.parse(toolCall.arguments) as object } };
  return { role: 'assistant', content: '', tool_calls: [call] };
}

/** Durations are in nanoseconds. */
function ending({ usage }: ModelAnswer): object {
  const promptTokens = inputTokenTotal(usage);
  const answerTokens = outputTokenTotal(usage);
  const promptNanos = promptTokens * NANOS_PER_TOKEN.prompt;
  const answerNanos = answerTokens * NANOS_PER_TOKEN.answer;
  return {
    done: true,
    done_reason: 'stop',
    total_duration: LOAD_NANOS + promptNanos + answerNanos,
    load_duration: LOAD_NANOS,
    prompt_eval_count: promptTokens,
    prompt_eval_duration: promptNanos,
    eval_count: answerTokens,
    eval_duration: answerNanos,
  };
}

function chatEvents(answer: ModelAnswer): WireEvent[] {
  const pieces = answer.toolCall
    ? [message(answer)]
    : answer.textPieces.map((content) => ({ role: 'assistant', content }));
  return [
    ...pieces.map((said) => ({ data: { ...head(answer), message: said, done: false }, isPiece: true })),
    { data: { ...head(answer), message: { role: 'assistant', content: '' }, ...ending(answer) } },
  ];
}
