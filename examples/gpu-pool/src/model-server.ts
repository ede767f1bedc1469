import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type OpenAI from 'openai';
import { z } from 'zod';
import {
  BatchingEngine,
  type EngineLedger,
  type EngineOptions,
  type ServedSequence,
} from './batching-engine.ts';
import { EngineMetrics } from './engine-metrics.ts';
import { readJson, sendJson, sendText } from './http-messages.ts';
import { engineSpans, llmRequestSpan, parseTraceParent, type TraceParent } from './llm-request-span.ts';
import { SpanExporter } from './span-exporter.ts';

const HOST = '127.0.0.1';
const CHARACTERS_PER_TOKEN = 4;
const OUTPUT_TOKENS_MAX = 2048;

const bodySchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({ content: z.string() })).min(1),
  max_tokens: z.int().positive().max(OUTPUT_TOKENS_MAX).default(64),
  stream: z.boolean().default(false),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).optional(),
});

export interface ModelServerOptions {
  readonly model: string;
  /** Where the spans go: the base address of an OTLP/HTTP receiver. */
  readonly otlpEndpoint: string;
  /** Resource attributes of its spans, as `OTEL_RESOURCE_ATTRIBUTES` has them. */
  readonly resource: Readonly<Record<string, string>>;
  readonly port?: number;
  readonly engine?: EngineOptions;
}

export interface ModelServer {
  readonly url: string;
  ledger(): EngineLedger;
  /** Sends the last spans, too. */
  close(): Promise<void>;
}

/**
 * An OpenAI-compatible model server without a GPU: chat completions on `/v1/chat/completions`, `/metrics`, and on
 * `/ledger` what really ran when. An answer is as long as `max_tokens` allows.
 */
export async function startModelServer(options: ModelServerOptions): Promise<ModelServer> {
  const engine = new BatchingEngine(options.engine);
  const instance = options.resource['service.instance.id'] ?? '';
  const metrics = new EngineMetrics(engine, options.model, instance);
  const exporter = new SpanExporter(options.otlpEndpoint, (spans) => engineSpans(options.resource, spans));
  const served: Server = { engine, exporter, metrics, model: options.model };
  const server = createServer((request, response) => {
    handle(served, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 400, { error: { message: String(error), type: 'BadRequestError', code: 400 } });
    });
  });
  server.listen(options.port ?? 0, HOST);
  await once(server, 'listening');
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    ledger: () => engine.ledger(),
    async close() {
      server.close();
      server.closeAllConnections();
      await exporter.close();
    },
  };
}

interface Server {
  readonly engine: BatchingEngine;
  readonly exporter: SpanExporter;
  readonly metrics: EngineMetrics;
  readonly model: string;
}

async function handle(server: Server, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? '/';
  if (path === '/metrics') return sendText(response, 200, 'text/plain; version=0.0.4', server.metrics.text());
  if (path === '/ledger') return sendJson(response, 200, ledgerJson(server.engine.ledger()));
  if (path !== '/v1/chat/completions') return sendJson(response, 404, { detail: 'Not Found' });
  const body = bodySchema.parse(await readJson(request));
  const characters = body.messages.reduce((sum, message) => sum + message.content.length, 0);
  const call: Call = {
    id: `chatcmpl-${randomBytes(16).toString('hex')}`,
    model: server.model,
    created: Math.floor(Date.now() / 1000),
    promptTokens: Math.max(1, Math.ceil(characters / CHARACTERS_PER_TOKEN)),
    outputTokens: body.max_tokens,
    parent: parseTraceParent(request.headers['traceparent']?.toString()),
  };
  if (body.stream) {
    const includeUsage = body.stream_options?.include_usage === true;
    await stream(server, call, includeUsage, response);
    return;
  }
  const done = await compute(server, call);
  if (done) sendJson(response, 200, completion(call));
  else refuse(response);
}

interface Call {
  readonly id: string;
  readonly model: string;
  readonly created: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly parent: TraceParent | undefined;
}

/** Runs a call and traces it; false when the engine is full. */
async function compute({ engine, exporter }: Server, call: Call, onToken?: () => void): Promise<boolean> {
  const { id, promptTokens, outputTokens } = call;
  const running = engine.submit({ id, promptTokens, outputTokens, ...(onToken && { onToken }) });
  if (running === undefined) return false;
  exporter.add(llmRequestSpan(await running, call.parent));
  return true;
}

async function stream(
  server: Server,
  call: Call,
  includeUsage: boolean,
  response: ServerResponse,
): Promise<void> {
  const head = {
    id: call.id,
    object: 'chat.completion.chunk',
    created: call.created,
    model: call.model,
  } as const;
  const send = (chunk: OpenAI.ChatCompletionChunk): void => {
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  };
  const piece = (delta: object, finish: 'length' | null = null): void =>
    send({ ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] });
  const done = await compute(server, call, () => piece({ content: 'word ' }));
  if (!done) return refuse(response);
  piece({}, 'length');
  if (includeUsage) send({ ...head, choices: [], usage: usage(call) });
  response.end('data: [DONE]\n\n');
}

function completion(call: Call): OpenAI.ChatCompletion {
  const content = 'word '.repeat(call.outputTokens);
  return {
    id: call.id,
    object: 'chat.completion',
    created: call.created,
    model: call.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content, refusal: null },
        logprobs: null,
        finish_reason: 'length',
      },
    ],
    usage: usage(call),
  };
}

function usage({ promptTokens, outputTokens }: Call): OpenAI.CompletionUsage {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: outputTokens,
    total_tokens: promptTokens + outputTokens,
  };
}

function refuse(response: ServerResponse): void {
  sendJson(response, 503, {
    error: { message: 'the queue is full', type: 'ServiceUnavailableError', code: 503 },
  });
}

/** The instants as text, because they have more digits than a JSON number keeps. */
function ledgerJson({ busy, served }: EngineLedger): object {
  const instants = (entry: object): object =>
    Object.fromEntries(
      Object.entries(entry).map(([key, value]) => [key, typeof value === 'bigint' ? String(value) : value]),
    );
  return { busy: busy.map(instants), served: served.map(instants) };
}

/** What `/ledger` answered. */
export function parseLedger(text: string): EngineLedger {
  const read = (key: string, value: unknown): unknown =>
    key.endsWith('UnixNano') ? BigInt(value as string) : value;
  return JSON.parse(text, read) as { busy: EngineLedger['busy']; served: ServedSequence[] };
}
