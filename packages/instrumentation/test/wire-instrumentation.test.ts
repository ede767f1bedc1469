/** The instrumentation in an application: a real server, the global `fetch`, a real tracer provider. */
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { WireInstrumentation } from '../src/index.ts';

const COMPLETION = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'gpt-5-mini-2025-08-07',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'CANARY' } }],
  usage: { prompt_tokens: 1200, completion_tokens: 350, prompt_tokens_details: { cached_tokens: 1024 } },
};

let server: Server;
let url: string;
let answer: (response: ServerResponse, path: string) => void;
const exporter = new InMemorySpanExporter();
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
const open: WireInstrumentation[] = [];

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  server = createServer((request, response) => {
    request.resume().once('end', () => answer(response, request.url ?? ''));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  context.disable();
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  exporter.reset();
  answer = (response) => sendJson(response, COMPLETION);
});

afterEach(() => {
  for (const instrumentation of open.splice(0)) instrumentation.disable();
});

function sendJson(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function listen(config?: ConstructorParameters<typeof WireInstrumentation>[0]): WireInstrumentation {
  const instrumentation = new WireInstrumentation(config);
  instrumentation.setTracerProvider(provider);
  open.push(instrumentation);
  return instrumentation;
}

async function chat(path = '/v1/chat/completions', init: RequestInit = {}): Promise<unknown> {
  const body = JSON.stringify({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'CANARY' }] });
  const response = await fetch(url + path, { method: 'POST', body, ...init });
  return response.json();
}

function spans(): ReadableSpan[] {
  return exporter.getFinishedSpans();
}

async function inSpan<T>(name: string, run: (span: Span) => Promise<T>): Promise<T> {
  const span = provider.getTracer('app').startSpan(name, {}, ROOT_CONTEXT);
  try {
    return await context.with(trace.setSpan(ROOT_CONTEXT, span), run, undefined, span);
  } finally {
    span.end();
  }
}

test('a call has a span in its caller’s, and the application its answer', async () => {
  listen();
  const callers: string[] = [];
  const call = (name: string): Promise<unknown> =>
    inSpan(name, async (span) => {
      callers.push(span.spanContext().spanId);
      return chat();
    });
  expect(await Promise.all([call('a'), call('b'), call('c')])).toEqual([COMPLETION, COMPLETION, COMPLETION]);
  const own = spans().filter(({ name }) => name === 'chat gpt-5-mini');
  expect(new Set(own.map((span) => span.parentSpanContext?.spanId))).toEqual(new Set(callers));
  expect(own[0]?.attributes).toMatchObject({
    'costspan.usage.source': 'wire',
    'costspan.usage.cache_read': 1024,
  });
  expect(JSON.stringify(own.map((span) => [span.attributes, span.events, span.name]))).not.toContain(
    'CANARY',
  );
});

test('it is enabled, disabled and enabled again like any other', async () => {
  const instrumentation = listen();
  await chat();
  instrumentation.disable();
  await chat();
  instrumentation.enable();
  instrumentation.enable();
  await chat();
  expect(spans()).toHaveLength(2);
});

test('it listens to nothing when it is created disabled', async () => {
  const instrumentation = listen({ enabled: false });
  await chat();
  expect(spans()).toHaveLength(0);
  instrumentation.enable();
  await chat();
  expect(spans()).toHaveLength(1);
});

test('two copies in one process tell of a call once, and the second takes over from the first', async () => {
  const first = listen();
  const second = listen();
  await chat();
  expect(spans()).toHaveLength(1);
  first.disable();
  second.disable();
  second.enable();
  await chat();
  expect(spans()).toHaveLength(2);
});

test('what is under way when it is disabled is reported as far as it has come', async () => {
  const instrumentation = listen();
  let finish = (): void => {};
  answer = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(
      `data: ${JSON.stringify({ ...COMPLETION, object: 'chat.completion.chunk', usage: null })}\n\n`,
    );
    finish = () => response.end('data: [DONE]\n\n');
  };
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    body: '{"model":"gpt-5-mini","stream":true}',
  });
  const reader = response.body!.getReader();
  await reader.read();
  instrumentation.disable();
  expect(spans().map(({ attributes }) => attributes['costspan.usage.missing'])).toEqual([
    'stream_usage_not_requested',
  ]);
  finish();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe('data: [DONE]\n\n');
  expect(spans()).toHaveLength(1);
});

test('a call in the background is billed once, when it is seen to have ended', async () => {
  listen();
  let status = 'queued';
  answer = (response) => {
    const usage = status === 'completed' ? { input_tokens: 10, output_tokens: 20 } : null;
    sendJson(response, { object: 'response', id: 'resp_1', model: 'gpt-5', status, usage });
  };
  const look = (): Promise<unknown> =>
    fetch(`${url}/v1/responses/resp_1`).then((response) => response.json());
  status = 'completed';
  await look();
  expect(spans()).toHaveLength(0);
  status = 'queued';
  await chat('/v1/responses');
  status = 'in_progress';
  await look();
  status = 'completed';
  await look();
  await look();
  expect(spans().map(({ attributes }) => attributes['costspan.usage.output'])).toEqual([20]);
});

test('private addresses are known by the configuration', async () => {
  const address = new URL(url).host;
  listen({
    endpoints: [
      { address, pathPrefix: '/private', ignore: true },
      { address, provider: 'vllm' },
    ],
  });
  await chat('/private/v1/chat/completions');
  await chat();
  expect(spans().map(({ attributes }) => attributes['gen_ai.provider.name'])).toEqual(['vllm']);
});

test('a span that hides the SDK’s inside is found, as OpenInference has it', async () => {
  listen();
  const attributes = { 'openinference.span.kind': 'LLM', 'llm.model_name': 'gpt-5-mini' };
  const inner = provider
    .getTracer('@arizeai/openinference-instrumentation-openai')
    .startSpan('OpenAI', { attributes });
  const hiding = {
    span: inner,
    spanContext: () => inner.spanContext(),
    isRecording: () => true,
  } as unknown as Span;
  await context.with(trace.setSpan(ROOT_CONTEXT, hiding), () => chat());
  inner.end();
  expect(spans().map(({ name }) => name)).toEqual(['OpenAI']);
  expect(spans()[0]?.attributes['costspan.usage.cache_read']).toBe(1024);
});

test('a tracer that fails does not fail the application', async () => {
  const instrumentation = listen();
  const fail = (): never => {
    throw new Error('no span');
  };
  instrumentation.setTracerProvider({ getTracer: () => ({ startSpan: fail, startActiveSpan: fail }) });
  expect(await chat()).toEqual(COMPLETION);
  expect(instrumentation.failures.get('internal_error')).toBe(1);
});
