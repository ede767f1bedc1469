import type Anthropic from '@anthropic-ai/sdk';
import { outputTokenTotal } from '@costspan/cost-model';
import { z } from 'zod';
import { cachePrefix } from './cache-prefix.ts';
import { characterCount, type ModelAnswer, type WireApi, type WireCall, type WireEvent } from './wire-api.ts';

const blockSchema = z.looseObject({
  type: z.string(),
  cache_control: z.looseObject({ ttl: z.enum(['5m', '1h']).optional() }).nullish(),
});
const contentSchema = z.union([z.string(), z.array(blockSchema)]);
const bodySchema = z.looseObject({
  model: z.string(),
  max_tokens: z.int().positive(),
  system: contentSchema.optional(),
  messages: z.array(z.looseObject({ role: z.string(), content: contentSchema })).min(1),
  stream: z.boolean().optional(),
  tools: z.array(z.looseObject({ name: z.string() })).optional(),
  tool_choice: z.looseObject({ type: z.string() }).optional(),
});

/** The count that a stream starts with, before anything is known of the answer. */
const PLACEHOLDER_OUTPUT_TOKENS = 1;

/** `POST /v1/messages`: usage in the body, or in `message_start` and, cumulative, in `message_delta`. */
export const anthropicMessages: WireApi = {
  path: '/v1/messages',
  api: 'messages',
  provider: 'anthropic',
  read: readMessages,
  error: (type, message) => ({ type: 'error', error: { type, message } }),
};

function readMessages(input: unknown): WireCall {
  const body = bodySchema.parse(input);
  const tools = body.tool_choice?.type === 'none' ? [] : (body.tools ?? []);
  const blocks = [body.system ?? '', ...body.messages.map((message) => message.content)].flatMap((content) =>
    typeof content === 'string' ? [{ type: 'text', text: content }] : content,
  );
  const toolCharacters = characterCount(body.tools);
  return {
    request: {
      model: body.model,
      streamed: body.stream === true,
      promptCharacters: toolCharacters + characterCount(blocks),
      tools: tools.map((tool) => ({ name: tool.name, parameters: tool['input_schema'] })),
      toolResults: blocks.filter((block) => block.type === 'tool_result').length,
      outputTokensMax: body.max_tokens,
      cachePrefix: cachePrefix([
        { characters: toolCharacters, breakpoint: undefined },
        ...blocks.map((block) => ({
          characters: characterCount(block),
          breakpoint: block.cache_control ? (block.cache_control.ttl ?? '5m') : undefined,
        })),
      ]),
    },
    usageReported: true,
    responseId: messageId,
    body: (answer) => message(answer, contentBlocks(answer), true),
    events: messageEvents,
  };
}

function messageId(answer: ModelAnswer): string {
  return `msg_${answer.id}`;
}

function contentBlocks(answer: ModelAnswer): Anthropic.ContentBlock[] {
  const { toolCall } = answer;
  if (toolCall === undefined) return [textBlock(answer.textPieces.join(''))];
  return [
    {
      type: 'tool_use',
      id: `toolu_${toolCall.id}`,
      name: toolCall.name,
      input: JSON.parse(toolCall.arguments) as object,
      caller: { type: 'direct' },
    },
  ];
}

/** Without citations the API leaves their field out, which clients that check answers rely on. */
function textBlock(text: string): Anthropic.TextBlock {
  return { type: 'text', text } as Anthropic.TextBlock;
}

function message(
  answer: ModelAnswer,
  content: Anthropic.ContentBlock[],
  complete: boolean,
): Anthropic.Message {
  return {
    id: messageId(answer),
    type: 'message',
    role: 'assistant',
    model: answer.model,
    content,
    container: null,
    diagnostics: null,
    stop_details: null,
    stop_reason: complete ? stopReason(answer) : null,
    stop_sequence: null,
    usage: {
      ...cumulativeUsage(answer),
      input_tokens: answer.usage.input ?? 0,
      output_tokens: complete ? outputTokenTotal(answer.usage) : PLACEHOLDER_OUTPUT_TOKENS,
      cache_creation: {
        ephemeral_5m_input_tokens: answer.usage.cacheWrite5m ?? 0,
        ephemeral_1h_input_tokens: answer.usage.cacheWrite1h ?? 0,
      },
      inference_geo: null,
      service_tier: 'standard',
      speed: null,
    },
  };
}

function stopReason(answer: ModelAnswer): 'tool_use' | 'end_turn' {
  return answer.toolCall ? 'tool_use' : 'end_turn';
}

/** Anthropic's counts are exclusive: `input_tokens` is what neither came from the cache nor went into it. */
function cumulativeUsage({ usage }: ModelAnswer): Anthropic.MessageDeltaUsage {
  return {
    input_tokens: usage.input ?? 0,
    cache_creation_input_tokens: (usage.cacheWrite5m ?? 0) + (usage.cacheWrite1h ?? 0),
    cache_read_input_tokens: usage.cacheRead ?? 0,
    output_tokens: outputTokenTotal(usage),
    output_tokens_details: null,
    server_tool_use: null,
  };
}

function messageEvents(answer: ModelAnswer): WireEvent[] {
  const { toolCall } = answer;
  const [block] = contentBlocks(answer);
  const opened = block?.type === 'tool_use' ? { ...block, input: {} } : textBlock('');
  const deltas: Anthropic.RawContentBlockDelta[] = toolCall
    ? [{ type: 'input_json_delta', partial_json: toolCall.arguments }]
    : answer.textPieces.map((text) => ({ type: 'text_delta', text }));
  return [
    messageEvent({ type: 'message_start', message: message(answer, [], false) }),
    messageEvent({ type: 'content_block_start', index: 0, content_block: opened }),
    { name: 'ping', data: { type: 'ping' } },
    ...deltas.map((delta) => messageEvent({ type: 'content_block_delta', index: 0, delta }, true)),
    messageEvent({ type: 'content_block_stop', index: 0 }),
    messageEvent({
      type: 'message_delta',
      delta: { stop_reason: stopReason(answer), stop_sequence: null, stop_details: null, container: null },
      usage: cumulativeUsage(answer),
    }),
    messageEvent({ type: 'message_stop' }),
  ];
}

function messageEvent(event: Anthropic.RawMessageStreamEvent, isPiece: boolean = false): WireEvent {
  return { name: event.type, data: event, isPiece };
}
