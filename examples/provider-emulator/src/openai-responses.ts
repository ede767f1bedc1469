import type OpenAI from 'openai';
import { z } from 'zod';
import { openAiError, openAiServiceTier, openAiServiceTierSchema, responsesUsage } from './openai-usage.ts';
import { namedServiceTier } from './service-tier.ts';
import { characterCount, type ModelAnswer, type WireApi, type WireCall, type WireEvent } from './wire-api.ts';

type OutputItem = OpenAI.Responses.ResponseOutputItem;
type EventType = OpenAI.Responses.ResponseStreamEvent['type'];
/** The SDK adds `output_text` itself; it is not on the wire. Usage is null until the response is complete. */
type ResponseBody = Omit<OpenAI.Responses.Response, 'output_text' | 'usage'> & {
  readonly usage: OpenAI.Responses.ResponseUsage | null;
};

const bodySchema = z.looseObject({
  model: z.string(),
  input: z.union([z.string(), z.array(z.looseObject({ type: z.string().optional() }))]),
  instructions: z.string().nullish(),
  stream: z.boolean().nullish(),
  background: z.boolean().nullish(),
  max_output_tokens: z.int().positive().nullish(),
  tools: z.array(z.looseObject({ type: z.string(), name: z.string().optional() })).nullish(),
  tool_choice: z.unknown().optional(),
  service_tier: openAiServiceTierSchema,
});

/**
 * `POST /v1/responses`: usage in the body, or in the `response.completed` event. In the background the body is
 * queued at first, and asked for by `GET /v1/responses/{id}`.
 */
export const openAiResponses: WireApi = {
  path: '/v1/responses',
  api: 'responses',
  provider: 'openai',
  read: readResponses,
  error: openAiError,
};

function readResponses(input: unknown): WireCall {
  const body = bodySchema.parse(input);
  const items = typeof body.input === 'string' ? [] : body.input;
  const tools = body.tool_choice === 'none' ? [] : (body.tools ?? []);
  return {
    request: {
      model: body.model,
      streamed: body.stream === true,
      promptCharacters:
        characterCount(body.input) + characterCount(body.instructions) + characterCount(body.tools),
      tools: tools.flatMap((tool) =>
        tool.type === 'function' && tool.name !== undefined
          ? [{ name: tool.name, parameters: tool['parameters'] }]
          : [],
      ),
      toolResults: items.filter((item) => item.type === 'function_call_output').length,
      outputTokensMax: body.max_output_tokens ?? undefined,
      cachePrefix: undefined,
      serviceTier: namedServiceTier(body.service_tier),
    },
    usageReported: true,
    responseId,
    body: (answer) => response(answer, outputItems(answer), 'completed'),
    ...(body.background === true && {
      background: {
        id: responseId,
        pendingBody: (answer, questions) => response(answer, [], questions === 0 ? 'queued' : 'in_progress'),
      },
    }),
    events: responseEvents,
  };
}

function responseId(answer: ModelAnswer): string {
  return `resp_${answer.id}`;
}

function outputItems(answer: ModelAnswer): OutputItem[] {
  const { id, toolCall } = answer;
  const reasoning: OutputItem[] =
    (answer.usage.reasoning ?? 0) > 0 ? [{ type: 'reasoning', id: `rs_${id}`, summary: [] }] : [];
  const result: OutputItem = toolCall
    ? {
        type: 'function_call',
        id: `fc_${toolCall.id}`,
        call_id: `call_${toolCall.id}`,
        name: toolCall.name,
        arguments: toolCall.arguments,
        status: 'completed',
      }
    : message(answer, answer.textPieces.join(''));
  return [...reasoning, result];
}

function message(answer: ModelAnswer, text: string): OpenAI.Responses.ResponseOutputMessage {
  return {
    type: 'message',
    id: `msg_${answer.id}`,
    role: 'assistant',
    status: 'completed',
    content: [textPart(text)],
  };
}

function textPart(text: string): OpenAI.Responses.ResponseOutputText {
  return { type: 'output_text', text, annotations: [], logprobs: [] };
}

function response(
  answer: ModelAnswer,
  output: OutputItem[],
  status: 'queued' | 'in_progress' | 'completed',
): ResponseBody {
  return {
    id: responseId(answer),
    object: 'response',
    created_at: answer.createdUnixSeconds,
    status,
    access_programs: null,
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    model: answer.model,
    output,
    parallel_tool_calls: false,
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    service_tier: openAiServiceTier(answer),
    usage: status === 'completed' ? responsesUsage(answer.usage) : null,
  };
}

function responseEvents(answer: ModelAnswer): WireEvent[] {
  const started = response(answer, [], 'in_progress');
  const items = outputItems(answer);
  const events = [
    streamEvent('response.created', { response: started }),
    streamEvent('response.in_progress', { response: started }),
    ...items.flatMap((item, outputIndex) => itemEvents(answer, item, outputIndex)),
    streamEvent('response.completed', { response: response(answer, items, 'completed') }),
  ];
  return events.map((event, index) => ({ ...event, data: { ...event.data, sequence_number: index } }));
}

function streamEvent(
  type: EventType,
  fields: object,
  isPiece: boolean = false,
): WireEvent & { readonly data: object } {
  return { name: type, data: { type, ...fields }, isPiece };
}

/** An item opens, grows piece by piece where it can, and closes. */
function itemEvents(
  answer: ModelAnswer,
  item: OutputItem,
  outputIndex: number,
): ReturnType<typeof streamEvent>[] {
  const place = { output_index: outputIndex };
  const done = streamEvent('response.output_item.done', { ...place, item });
  if (item.type === 'function_call') {
    const inItem = { ...place, item_id: item.id };
    const opened = { ...item, arguments: '', status: 'in_progress' };
    return [
      streamEvent('response.output_item.added', { ...place, item: opened }),
      streamEvent('response.function_call_arguments.delta', { ...inItem, delta: item.arguments }, true),
      streamEvent('response.function_call_arguments.done', {
        ...inItem,
        name: item.name,
        arguments: item.arguments,
      }),
      done,
    ];
  }
  if (item.type === 'message') {
    const inPart = { ...place, item_id: item.id, content_index: 0 };
    const text = answer.textPieces.join('');
    return [
      streamEvent('response.output_item.added', {
        ...place,
        item: { ...item, content: [], status: 'in_progress' },
      }),
      streamEvent('response.content_part.added', { ...inPart, part: textPart('') }),
      ...answer.textPieces.map((delta) =>
        streamEvent('response.output_text.delta', { ...inPart, delta, logprobs: [] }, true),
      ),
      streamEvent('response.output_text.done', { ...inPart, text, logprobs: [] }),
      streamEvent('response.content_part.done', { ...inPart, part: textPart(text) }),
      done,
    ];
  }
  return [streamEvent('response.output_item.added', { ...place, item }), done];
}
