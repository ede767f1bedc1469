import type { OutgoingHttpHeaders } from 'node:http';
import { outputTokenTotal, type TokenUsage } from '@costspan/cost-model';
import { z } from 'zod';
import { anthropicMessages } from './anthropic-messages.ts';
import { awsEventStream } from './aws-event-stream.ts';
import { bedrockError, bedrockErrorHeaders, requestId } from './bedrock-error.ts';
import type { ModelAnswer, WireApi, WireCall, WireEvent } from './wire-api.ts';

const bodySchema = z.looseObject({ anthropic_version: z.literal('bedrock-2023-05-31') });
const anthropicModelSchema = z
  .string()
  .regex(/anthropic\./, 'only Anthropic models are served by their own body');

/**
 * `POST /model/{model}/invoke` for Anthropic's models: the body of their Messages API, with the token counts
 * once more in headers.
 */
export const bedrockInvokeModel: WireApi = {
  path: '/model/{model}/invoke',
  api: 'invoke_model',
  provider: 'aws.bedrock',
  read: (body, model) => readInvokeModel(body, model, false),
  error: bedrockError,
  errorHeaders: bedrockErrorHeaders,
};

/** `POST /model/{model}/invoke-with-response-stream`: Anthropic's events, each in a `chunk` of Base64. */
export const bedrockInvokeModelStream: WireApi = {
  ...bedrockInvokeModel,
  path: '/model/{model}/invoke-with-response-stream',
  framing: awsEventStream,
  read: (body, model) => readInvokeModel(body, model, true),
};

function readInvokeModel(input: unknown, pathModel: string, streamed: boolean): WireCall {
  const model = anthropicModelSchema.parse(pathModel);
  const call = anthropicMessages.read({ ...bodySchema.parse(input), model, stream: streamed }, '');
  return {
    ...call,
    responseId: (answer) => call.responseId(bedrockAnswer(answer)),
    headers: (answer) => ({
      'x-amzn-requestid': requestId(answer),
      ...(!streamed && tokenCountHeaders(answer.usage)),
    }),
    body: (answer) => call.body(bedrockAnswer(answer)),
    events: (answer) => call.events(bedrockAnswer(answer)).map((event) => chunk(event, answer.usage)),
  };
}

/** Anthropic's model answers under its own name: `us.anthropic.claude-x-v1:0` as `claude-x`. */
function bedrockAnswer(answer: ModelAnswer): ModelAnswer {
  const model = answer.model.replace(/^.*anthropic\./, '').replace(/-v\d+(:\d+)?$/, '');
  return { ...answer, id: `bdrk_${answer.id}`, model };
}

function tokenCountHeaders(usage: TokenUsage): OutgoingHttpHeaders {
  return {
    'x-amzn-bedrock-input-token-count': usage.input ?? 0,
    'x-amzn-bedrock-output-token-count': outputTokenTotal(usage),
    'x-amzn-bedrock-cache-read-input-token-count': usage.cacheRead ?? 0,
    'x-amzn-bedrock-cache-write-input-token-count': cacheWriteTotal(usage),
  };
}

/** Bedrock adds its own count to Anthropic's last event. */
function chunk(event: WireEvent, usage: TokenUsage): WireEvent {
  const data =
    event.name === 'message_stop'
      ? { type: 'message_stop', 'amazon-bedrock-invocationMetrics': invocationMetrics(usage) }
      : event.data;
  const bytes = Buffer.from(JSON.stringify(data)).toString('base64');
  return { name: 'chunk', data: { bytes }, isPiece: event.isPiece === true };
}

function invocationMetrics(usage: TokenUsage): object {
  return {
    inputTokenCount: usage.input ?? 0,
    outputTokenCount: outputTokenTotal(usage),
    invocationLatency: 400,
    firstByteLatency: 200,
    cacheReadInputTokenCount: usage.cacheRead ?? 0,
    cacheWriteInputTokenCount: cacheWriteTotal(usage),
  };
}

function cacheWriteTotal(usage: TokenUsage): number {
  return (usage.cacheWrite5m ?? 0) + (usage.cacheWrite1h ?? 0);
}
