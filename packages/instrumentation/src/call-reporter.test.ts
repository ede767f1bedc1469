import { LiveSpanView, readSpan, spanLineages } from '@costspan/semconv';
import { type Context, ROOT_CONTEXT, type Span, SpanKind, trace, type Tracer } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ANSWERED, UNANSWERED, wireCall } from '../test/wire-call-fixture.ts';
import { CallReporter } from './call-reporter.ts';

const parents = new WeakMap<object, object>();
const parentOf = (span: object): object | undefined => parents.get(span);
const lineage: SpanProcessor = {
  onStart(span, context) {
    const parent = trace.getSpan(context);
    if (parent !== undefined) parents.set(span, parent);
  },
  onEnd: () => {},
  forceFlush: async () => {},
  shutdown: async () => {},
};

let exporter: InMemorySpanExporter;
let provider: TracerProvider;
let reporter: CallReporter;

beforeEach(() => {
  spanLineages().add(parentOf);
  exporter = new InMemorySpanExporter();
  provider = new TracerProvider({ spanProcessors: [lineage, new SimpleSpanProcessor({ exporter })] });
  reporter = new CallReporter(() => tracerOf('@costspan/instrumentation'));
});

afterEach(() => {
  spanLineages().delete(parentOf);
});

function tracerOf(scopeName: string): Tracer {
  return provider.getTracer(scopeName);
}

function ended(): ReadableSpan[] {
  return exporter.getFinishedSpans();
}

function start(
  name: string,
  attributes: Record<string, string>,
  around: Context = ROOT_CONTEXT,
  scopeName = 'some-sdk',
): { span: Span; inside: Context } {
  const span = tracerOf(scopeName).startSpan(name, { kind: SpanKind.CLIENT, attributes }, around);
  return { span, inside: trace.setSpan(around, span) };
}

const CHAT = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-5-mini' };

test('without another instrumentation there is a span of our own, inside the caller', () => {
  const { span: caller, inside } = start('GET /summary', {});
  reporter.finish(wireCall({ context: inside, isStreamed: true, firstChunkMillis: 250 }));
  const [span] = ended();
  expect(span?.name).toBe('chat gpt-5-mini');
  expect(span?.kind).toBe(SpanKind.CLIENT);
  expect(span?.parentSpanContext?.spanId).toBe(caller.spanContext().spanId);
  expect(span?.startTime).toEqual([1_700_000_000, 0]);
  expect(span?.duration).toEqual([1, 500_000_000]);
  expect(span?.attributes).toEqual({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-5-mini',
    'gen_ai.response.model': 'gpt-5-mini-2025-08-07',
    'gen_ai.response.id': 'chatcmpl-1',
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.request.stream': true,
    'gen_ai.response.time_to_first_chunk': 0.25,
    'gen_ai.usage.input_tokens': 1200,
    'gen_ai.usage.output_tokens': 350,
    'gen_ai.usage.cache_read.input_tokens': 1024,
    'gen_ai.usage.reasoning.output_tokens': 128,
    'openai.response.service_tier': 'default',
    'server.address': 'api.openai.com',
    'server.port': 443,
    'costspan.usage.source': 'wire',
    'costspan.usage.input': 176,
    'costspan.usage.cache_read': 1024,
    'costspan.usage.output': 222,
    'costspan.usage.reasoning': 128,
    'costspan.call.service_tier': 'default',
  });
});

test('the span that another instrumentation has open for the call gets the usage, before it ends', () => {
  const { span, inside } = start('chat gpt-5-mini', CHAT);
  const call = wireCall({ context: inside });
  reporter.update(call);
  span.setAttribute('gen_ai.usage.input_tokens', 1);
  span.end();
  reporter.finish(call);
  expect(ended()).toHaveLength(1);
  expect(ended()[0]?.attributes).toMatchObject({
    'costspan.usage.source': 'wire',
    'costspan.usage.input': 176,
    'gen_ai.usage.input_tokens': 1,
    'gen_ai.usage.output_tokens': 350,
  });
});

test('a span that never ends does not keep what the wire told of its call', () => {
  const { span, inside } = start('chat gpt-5-mini', CHAT);
  reporter.finish(wireCall({ context: inside }));
  expect(ended()).toEqual([]);
  reporter.flush();
  expect(ended().map(({ name }) => name)).toEqual(['chat gpt-5-mini']);
  expect(ended()[0]?.parentSpanContext?.spanId).toBe(span.spanContext().spanId);
  expect(ended()[0]?.attributes).toMatchObject({
    'costspan.usage.source': 'wire',
    'costspan.usage.input': 176,
  });
  reporter.flush();
  expect(ended()).toHaveLength(1);
  span.end();
  expect(readSpan(new LiveSpanView(ended()[1]!))?.kind).toBe('aggregate');
});

test('a refusal whose span never ends is not lost, and one whose span ends is a part of it', () => {
  const refused = { answer: UNANSWERED, errorType: '400' };
  const left = start('chat', CHAT);
  const ending = start('chat', CHAT);
  reporter.finish(wireCall({ context: left.inside, ...refused }));
  reporter.finish(wireCall({ context: ending.inside, ...refused }));
  ending.span.end();
  reporter.flush();
  expect(ended().map(({ attributes }) => attributes['error.type'])).toEqual([undefined, '400']);
  expect(ended()[1]?.parentSpanContext?.spanId).toBe(left.span.spanContext().spanId);
});

test('a call that was moved inside is not reported again when its span stays open', () => {
  const { inside } = start('chat', CHAT);
  reporter.finish(wireCall({ context: inside }));
  reporter.finish(wireCall({ context: inside, answer: { ...ANSWERED, responseId: 'chatcmpl-2' } }));
  reporter.flush();
  expect(ended()).toHaveLength(2);
});

test('a provider that is guessed by the format leaves the instrumentation its own', () => {
  const providers = [true, false].map((isProviderGuessed) => {
    const { span, inside } = start('chat', { ...CHAT, 'gen_ai.provider.name': 'mistral_ai' });
    const call = wireCall({ context: inside });
    reporter.finish({ ...call, request: { ...call.request, isProviderGuessed } });
    span.end();
    return ended().at(-1)?.attributes['costspan.call.provider'];
  });
  expect(providers).toEqual([undefined, 'openai']);
});

test('what the instrumentation wrote itself stays', () => {
  const { span, inside } = start('chat', { ...CHAT, 'gen_ai.response.id': 'its own' });
  reporter.finish(wireCall({ context: inside }));
  span.end();
  expect(ended()[0]?.attributes['gen_ai.response.id']).toBe('its own');
  expect(ended()[0]?.attributes['costspan.call.response_id']).toBe('chatcmpl-1');
});

test('an HTTP span between the call and the request is passed through, and is not made a parent', () => {
  const http = '@opentelemetry/instrumentation-http';
  const chat = start('chat', CHAT);
  reporter.finish(wireCall({ context: start('POST', {}, chat.inside, http).inside }));
  expect(ended()).toHaveLength(0);
  const caller = start('handler', {});
  reporter.finish(wireCall({ context: start('POST', {}, caller.inside, http).inside }));
  expect(ended()[0]?.parentSpanContext?.spanId).toBe(caller.span.spanContext().spanId);
});

test.each([
  ['an agent', { 'gen_ai.operation.name': 'invoke_agent' }],
  ['a tool', { 'gen_ai.operation.name': 'execute_tool' }],
  ['a chat with another model', { ...CHAT, 'gen_ai.request.model': 'claude-sonnet-4-6' }],
  ['an embedding', { ...CHAT, 'gen_ai.operation.name': 'embeddings' }],
])('%s around a call is not the call', (_, attributes) => {
  const { span, inside } = start('around', attributes);
  reporter.finish(wireCall({ context: inside }));
  span.end();
  expect(ended().map((each) => each.attributes['costspan.usage.source'])).toEqual(['wire', undefined]);
});

test('a span that has ended already is left alone', () => {
  const { span, inside } = start('chat', CHAT);
  span.end();
  reporter.finish(wireCall({ context: inside }));
  expect(ended()).toHaveLength(2);
  expect(ended()[0]?.attributes).toEqual(CHAT);
});

test('two calls in one span get a span each, and the one around them says nothing of either', () => {
  const { span, inside } = start('chat', CHAT);
  const first = wireCall({ context: inside });
  const second = wireCall({ context: inside, answer: { ...ANSWERED, responseId: 'chatcmpl-2' } });
  reporter.update(first);
  reporter.finish(first);
  reporter.update(second);
  reporter.finish(second);
  reporter.finish(wireCall({ context: inside, answer: { ...ANSWERED, responseId: 'chatcmpl-3' } }));
  span.end();
  const ids = ended().map((each) => each.attributes['gen_ai.response.id']);
  expect(ids.toSorted((left, right) => String(left).localeCompare(String(right)))).toEqual([
    'chatcmpl-1',
    'chatcmpl-2',
    'chatcmpl-3',
    undefined,
  ]);
  expect(ended().at(-1)?.attributes).toEqual({ ...CHAT, 'costspan.call.reported_inside': true });
});

test('two calls in one span at the same time, too', () => {
  const { span, inside } = start('chat', CHAT);
  const first = wireCall({ context: inside });
  const second = wireCall({ context: inside, answer: { ...ANSWERED, responseId: 'chatcmpl-2' } });
  reporter.update(first);
  reporter.update(second);
  reporter.finish(second);
  reporter.finish(first);
  span.end();
  const ids = ended().map((each) => each.attributes['gen_ai.response.id']);
  expect(ids).toEqual(['chatcmpl-2', 'chatcmpl-1', undefined]);
});

test('a refused attempt is a part of the call that a span is open for, and a failed call where none is', () => {
  const { span, inside } = start('chat', CHAT);
  const refused = { answer: UNANSWERED, errorType: '429' };
  reporter.finish(wireCall({ context: inside, ...refused }));
  reporter.finish(wireCall({ context: inside }));
  span.end();
  expect(ended()).toHaveLength(1);
  expect(ended()[0]?.attributes['costspan.call.response_id']).toBe('chatcmpl-1');
  exporter.reset();
  reporter.finish(wireCall(refused));
  expect(ended()[0]?.attributes['error.type']).toBe('429');
  expect(ended()[0]?.status.code).toBe(2);
});

test('a stream without usage says why, on whatever span it has', () => {
  const lost = {
    answer: { ...UNANSWERED, isRecognised: true },
    usageMissing: 'stream_usage_not_requested',
  } as const;
  const { span, inside } = start('chat', CHAT);
  reporter.finish(wireCall({ context: inside, ...lost }));
  span.end();
  reporter.finish(wireCall(lost));
  expect(ended().map((each) => each.attributes['costspan.usage.missing'])).toEqual([
    'stream_usage_not_requested',
    'stream_usage_not_requested',
  ]);
});

test('an attempt that broke off and the next one are two calls', () => {
  const { span, inside } = start('chat', CHAT);
  reporter.finish(
    wireCall({
      context: inside,
      answer: { ...UNANSWERED, isRecognised: true, responseId: 'chatcmpl-0' },
      usageMissing: 'stream_ended_early',
    }),
  );
  reporter.finish(wireCall({ context: inside }));
  span.end();
  expect(ended().map((each) => each.attributes['gen_ai.response.id'])).toEqual(['chatcmpl-0', 'chatcmpl-1']);
  expect(ended()[1]?.attributes['costspan.usage.missing']).toBeUndefined();
});

test('a host that is known outweighs what the answer gives away, a guess does not', () => {
  const answer = { ...ANSWERED, provider: 'ollama' };
  reporter.finish(wireCall({ answer }));
  const request = { ...wireCall().request, provider: 'groq' };
  reporter.finish(wireCall({ answer, request }));
  expect(ended().map((each) => each.attributes['gen_ai.provider.name'])).toEqual(['ollama', 'groq']);
});

const LLAMA_SERVER = {
  provider: 'llama_cpp',
  serverAddress: 'gpu-7.internal',
  serverPort: 8080,
  pathFields: {},
  bodyFields: { model: 'qwen3-coder' },
};
const TIMED = { ...ANSWERED, phases: { queueNanos: 5_000_000, prefillNanos: 31_250_000, decodeNanos: 7 } };

test('a model server tells where the time went, on a span of our own and on somebody else\u2019s', () => {
  const { span, inside } = start('chat qwen3-coder', CHAT);
  reporter.finish(wireCall({ context: inside, request: LLAMA_SERVER, answer: TIMED }));
  span.end();
  reporter.finish(wireCall({ request: LLAMA_SERVER, answer: TIMED }));
  expect(ended()).toHaveLength(2);
  for (const each of ended()) {
    expect(each.attributes).toMatchObject({
      'costspan.call.queue_nanos': 5_000_000,
      'costspan.call.prefill_nanos': 31_250_000,
      'costspan.call.decode_nanos': 7,
    });
    const reading = readSpan(new LiveSpanView(each));
    expect(reading).toMatchObject({ kind: 'model_call', call: { phases: TIMED.phases } });
  }
});

test.each(['api.groq.com', 'router.huggingface.co', 'ollama.com'])(
  'the time of the hardware behind %s is not one\u2019s own',
  (serverAddress) => {
    reporter.finish(wireCall({ request: { ...LLAMA_SERVER, serverAddress }, answer: TIMED }));
    const keys = Object.keys(ended()[0]?.attributes ?? {});
    expect(keys).toContain('costspan.usage.source');
    expect(keys.filter((key) => key.endsWith('_nanos'))).toEqual([]);
  },
);
