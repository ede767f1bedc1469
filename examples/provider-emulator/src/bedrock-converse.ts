import { inputTokenTotal, outputTokenTotal, type TokenUsage } from '@costspan/cost-model';
import { z } from 'zod';
import { awsEventStream } from './aws-event-stream.ts';
import { bedrockError, bedrockErrorHeaders, requestId } from './bedrock-error.ts';
import { cachePrefix, type PromptPart } from './cache-prefix.ts';
import { namedServiceTier } from './service-tier.ts';
import { characterCount, type ModelAnswer, type WireApi, type WireCall, type WireEvent } from './wire-api.ts';

const contentBlockSchema = z.looseObject({
  cachePoint: z.looseObject({ ttl: z.enum(['5m', '1h']).optional() }).optional(),
});
const toolSpecSchema = z.looseObject({
  name: z.string(),
  inputSchema: z.looseObject({ json: z.unknown() }).optional(),
});
const bodySchema = z.looseObject({
  messages: z.array(z.looseObject({ role: z.string(), content: z.array(contentBlockSchema) })).min(1),
  system: z.array(contentBlockSchema).optional(),
  inferenceConfig: z.looseObject({ maxTokens: z.int().positive().optional() }).optional(),
  toolConfig: z
    .looseObject({ tools: z.array(contentBlockSchema.extend({ toolSpec: toolSpecSchema.optional() })) })
    .optional(),
  serviceTier: z.looseObject({ type: z.string() }).optional(),
});

/** `POST /model/{model}/converse`: usage in the body; no model, and no id but the request's in a header. */
export const bedrockConverse: WireApi = {
  path: '/model/{model}/converse',
  api: 'converse',
  provider: 'aws.bedrock',
  read: (body, model) => readConverse(body, model, false),
  error: bedrockError,
  errorHeaders: bedrockErrorHeaders,
};

/** `POST /model/{model}/converse-stream`: usage in the last event, `metadata`. */
export const bedrockConverseStream: WireApi = {
  ...bedrockConverse,
  path: '/model/{model}/converse-stream',
  framing: awsEventStream,
  read: (body, model) => readConverse(body, model, true),
};

function readConverse(input: unknown, model: string, streamed: boolean): WireCall {
  const body = bodySchema.parse(input);
  const tools = body.toolConfig?.tools ?? [];
  const blocks = [...tools, ...(body.system ?? []), ...body.messages.flatMap((message) => message.content)];
  const parts = blocks.map(promptPart);
  return {
    request: {
      model,
      streamed,
      promptCharacters: parts.reduce((sum, part) => sum + part.characters, 0),
      tools: tools.flatMap(({ toolSpec }) =>
        toolSpec === undefined ? [] : [{ name: toolSpec.name, parameters: toolSpec.inputSchema?.json }],
      ),
      toolResults: blocks.filter((block) => 'toolResult' in block).length,
      outputTokensMax: body.inferenceConfig?.maxTokens,
      cachePrefix: cachePrefix(parts),
      serviceTier: namedServiceTier(body.serviceTier?.type),
    },
    usageReported: true,
    responseId: requestId,
    headers: (answer) => ({ 'x-amzn-requestid': requestId(answer) }),
    body: (answer) => ({
      output: { message: { role: 'assistant', content: [contentBlock(answer)] } },
      stopReason: stopReason(answer),
      ...metadata(answer),
    }),
    events: converseEvents,
  };
}

/** A cache point is a block of its own and has no text. */
function promptPart(block: z.infer<typeof contentBlockSchema>): PromptPart {
  return block.cachePoint === undefined
    ? { characters: characterCount(block), breakpoint: undefined }
    : { characters: 0, breakpoint: block.cachePoint.ttl ?? '5m' };
}

function metadata({ usage, serviceTier }: ModelAnswer): object {
  return {
    usage: converseUsage(usage),
    metrics: { latencyMs: 400 },
    ...(serviceTier !== undefined && { serviceTier: { type: serviceTier } }),
  };
}

/** Bedrock's `inputTokens` is exclusive, and `totalTokens` adds the cache to it. */
function converseUsage(usage: TokenUsage): object {
  const { cacheRead = 0, cacheWrite5m = 0, cacheWrite1h = 0 } = usage;
  const written = [
    { ttl: '1h', inputTokens: cacheWrite1h },
    { ttl: '5m', inputTokens: cacheWrite5m },
  ];
  return {
    inputTokens: usage.input ?? 0,
    outputTokens: outputTokenTotal(usage),
    totalTokens: inputTokenTotal(usage) + outputTokenTotal(usage),
    cacheReadInputTokens: cacheRead,
    cacheWriteInputTokens: cacheWrite5m + cacheWrite1h,
    cacheDetails: written.filter(({ inputTokens }) => inputTokens > 0),
  };
}

function contentBlock({ toolCall, textPieces }: ModelAnswer): object {
  if (toolCall === undefined) return { text: textPieces.join('') };
  return {
    toolUse: {
      toolUseId: toolUseId(toolCall.id),
      name: toolCall.name,
      input: JSON.parse(toolCall.arguments),
    },
  };
}

function toolUseId(id: string): string {
  return `tooluse_${id}`;
}

function stopReason(answer: ModelAnswer): string {
  return answer.toolCall ? 'tool_use' : 'end_turn';
}

function converseEvents(answer: ModelAnswer): WireEvent[] {
  const { toolCall } = answer;
  const delta = (change: object): WireEvent => ({
    name: 'contentBlockDelta',
    data: { contentBlockIndex: 0, delta: change },
    isPiece: true,
  });
  const started = toolCall && {
    name: 'contentBlockStart',
    data: {
      contentBlockIndex: 0,
      start: { toolUse: { toolUseId: toolUseId(toolCall.id), name: toolCall.name } },
    },
  };
  return [
    { name: 'messageStart', data: { role: 'assistant' } },
    ...(started === undefined ? [] : [started]),
    ...(toolCall
      ? [delta({ toolUse: { input: toolCall.arguments } })]
      : answer.textPieces.map((text) => delta({ text }))),
    { name: 'contentBlockStop', data: { contentBlockIndex: 0 } },
    { name: 'messageStop', data: { stopReason: stopReason(answer) } },
    { name: 'metadata', data: metadata(answer) },
  ];
}
