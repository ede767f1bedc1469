/** Calls that are seen on the wire alone, over real HTTP, and what the processor estimates of those that overlap. */
import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parseConfig } from '@costspan/config';
import { WireInstrumentation } from '@costspan/instrumentation';
import { CostSpanProcessor } from '@costspan/processor';
import { type Attributes, context, createContextKey, type Span, trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

/** How the server is to answer; it stands in the request's body, which the instrumentation reads the model of only. */
interface Plan {
  readonly millis: number;
  readonly stream?: boolean;
  readonly status?: number;
  readonly model?: string;
}

let answers = 0;
function completion(): object {
  return {
    id: `chatcmpl-${answers++}`,
    object: 'chat.completion',
    model: 'qwen3-32b',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'x' } }],
    usage: { prompt_tokens: 1000, completion_tokens: 200 },
  };
}

/** Times of spans are read in milliseconds, and each call's neighbours come and go with the same error. */
const SECONDS_APART_MAX = 0.02;

let server: Server;
let url: string;
let exporter: InMemorySpanExporter;
const wire = new WireInstrumentation({ enabled: false });
let sdk: NodeSDK;
let processor: CostSpanProcessor;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      const { millis, stream, status = 200 } = JSON.parse(Buffer.concat(chunks).toString()).plan as Plan;
      const answer = completion();
      const event = (usage: object): string =>
        `data: ${JSON.stringify({ ...answer, object: 'chat.completion.chunk', ...usage })}\n\n`;
      if (stream === true) {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(event({ usage: null }));
      }
      setTimeout(() => {
        if (stream === true) response.end(`${event({})}data: [DONE]\n\n`);
        else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      }, millis);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/chat/completions`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** A pool of one GPU, at one unit an hour unless a test says otherwise. */
function start(pool = `match: { server.address: '127.0.0.1:${new URL(url).port}' }`): void {
  const text = `
version: 1
pools:
  - name: own
    ${pool.replaceAll('\n', '\n    ')}
    ${pool.includes('gpus:') ? '' : 'gpus: 1'}
    rates: [{ from: 2026-01-01, per_hour: '3.60' }]
`;
  const parsed = parseConfig(text, { sourceName: 'costspan.yaml', env: {} });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  exporter = new InMemorySpanExporter();
  processor = new CostSpanProcessor({ pools: parsed.config.pools });
  sdk = new NodeSDK({
    autoDetectResources: false,
    spanProcessors: [processor as SpanProcessor, new SimpleSpanProcessor({ exporter })],
    instrumentations: [wire],
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
  wire.enable();
}

afterEach(async () => {
  expect(processor.failures).toBe(0);
  expect([...wire.failures]).toEqual([]);
  wire.disable();
  await sdk.shutdown();
  trace.disable();
  context.disable();
});

type Client = (plan: Plan, signal?: AbortSignal) => Promise<void>;

function bodyOf({ model = 'qwen3-32b', ...plan }: Plan): string {
  return JSON.stringify({ model, stream: plan.stream ?? false, plan, messages: [] });
}

const byFetch: Client = async (plan, signal) => {
  const response = await fetch(url, { method: 'POST', body: bodyOf(plan), ...(signal && { signal }) });
  await response.text();
};

const byHttp: Client = async (plan, signal) => {
  const request = httpRequest(url, { method: 'POST', ...(signal && { signal }) });
  request.end(bodyOf(plan));
  const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
  await once(response.resume(), 'end');
};

const tracer = (): ReturnType<typeof trace.getTracer> => trace.getTracer('some-sdk');

async function within<T>(span: Span, run: () => Promise<T>): Promise<T> {
  try {
    return await context.with(trace.setSpan(context.active(), span), run);
  } finally {
    span.end();
  }
}

interface Estimated {
  readonly from: number;
  readonly until: number;
  readonly gpuSeconds: number;
  readonly share: number;
}

/** What was priced, in the order of the ends. */
function estimates(): Estimated[] {
  return exporter
    .getFinishedSpans()
    .filter(({ attributes }) => attributes['costspan.cost.status'] === 'priced')
    .map((span) => ({
      from: seconds(span.startTime),
      until: seconds(span.endTime),
      gpuSeconds: span.attributes['costspan.gpu.seconds'] as number,
      share: span.attributes['costspan.gpu.time_share'] as number,
    }));
}

function seconds([whole, nanos]: ReadableSpan['startTime']): number {
  return whole + nanos / 1e9;
}

/** Each moment divided among those that were there then. */
function dividedTime(of: Estimated, all: readonly Estimated[]): number {
  const times = [...new Set(all.flatMap(({ from, until }) => [from, until]))].sort((a, b) => a - b);
  let sum = 0;
  for (const [index, time] of times.entries()) {
    const next = times[index + 1] ?? time;
    const there = all.filter(({ from, until }) => from <= time && next <= until);
    if (there.includes(of)) sum += (next - time) / there.length;
  }
  return sum;
}

/** What they took is what dividing each moment of their spans gives, so that it adds up to the time that passed. */
function expectDivided(priced: readonly Estimated[]): void {
  for (const each of priced) {
    expect(Math.abs(each.gpuSeconds - dividedTime(each, priced))).toBeLessThan(SECONDS_APART_MAX);
  }
}

describe.each([
  ['fetch', byFetch],
  ['node:http', byHttp],
])('%s', (_name, call) => {
  test('calls that overlap share the time, and one that is alone has all of it', async () => {
    start();
    await Promise.all(
      [300, 300, 350, 400, 450].map(async (millis, index) => {
        await delay(index * 20);
        await call({ millis, stream: index % 2 === 1 });
      }),
    );
    const together = estimates();
    expect(together).toHaveLength(5);
    expectDivided(together);
    exporter.reset();
    await call({ millis: 100 });
    const [alone] = estimates();
    expect(alone!.share).toBeCloseTo(1, 6);
    expect(alone!.gpuSeconds).toBeCloseTo(alone!.until - alone!.from, 2);
  });

  test('calls in one server’s request, each in a span of its own', async () => {
    start();
    const entry = tracer().startSpan('POST /ask');
    await within(entry, async () => Promise.all([call({ millis: 200 }), call({ millis: 300 })]));
    const priced = estimates();
    expect(priced).toHaveLength(2);
    expectDivided(priced);
    const request = exporter.getFinishedSpans().find(({ name }) => name === 'POST /ask');
    expect(request?.attributes['costspan.request.calls']).toBe(2);
  });

  test('one that fails, and one that is given up, take their part and leave', async () => {
    start();
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 150);
    await Promise.all([
      call({ millis: 10_000 }, controller.signal).catch(() => {}),
      call({ millis: 100, status: 503 }),
      call({ millis: 400 }),
    ]);
    const priced = estimates();
    expect(priced).toHaveLength(3);
    expectDivided(priced);
    exporter.reset();
    await call({ millis: 50 });
    expect(estimates()[0]?.share).toBeCloseTo(1, 6);
  });

  test('a short one costs what it took', async () => {
    start();
    await call({ millis: 5 });
    await call({ millis: 5 });
    for (const { from, until, gpuSeconds } of estimates()) expect(gpuSeconds).toBeCloseTo(until - from, 2);
  });
});

const CALL: Attributes = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'qwen3-32b',
};

function serverAttributes(): Attributes {
  return { 'server.address': '127.0.0.1', 'server.port': Number(new URL(url).port) };
}

describe('within a span of another instrumentation', () => {
  /** The span outlasts the answer, as a consumer may take its time over it. */
  async function called(atStart: Attributes, plan: Plan): Promise<void> {
    const span = tracer().startSpan('chat qwen3-32b', { attributes: { ...CALL, ...atStart } });
    await within(span, async () => {
      await delay(50);
      await byFetch(plan);
      await delay(50);
      span.setAttributes(serverAttributes());
    });
  }

  test.each([
    ['from the start', true],
    ['only at its end', false],
  ])('a call counts once where its span is known as the pool’s %s', async (_name, isKnown) => {
    start();
    await called(isKnown ? serverAttributes() : {}, { millis: 100 });
    const [alone] = estimates();
    expect(alone!.share).toBeCloseTo(1, 6);
    expect(alone!.gpuSeconds).toBeCloseTo(alone!.until - alone!.from, 2);
    exporter.reset();
    await Promise.all([
      byFetch({ millis: 400 }),
      called(isKnown ? serverAttributes() : {}, { millis: 200, stream: true }),
    ]);
    const priced = estimates();
    expect(priced).toHaveLength(2);
    expect(exporter.getFinishedSpans()).toHaveLength(2);
    // Before its call was on the wire, and after it, a span that is not known as the pool's is nobody's neighbour.
    const aroundCall = isKnown ? 0 : Math.min(...priced.map(({ from, until }) => until - from)) - 0.2;
    for (const each of priced) {
      const tooMuch = each.gpuSeconds - dividedTime(each, priced);
      expect(tooMuch).toBeGreaterThan(-SECONDS_APART_MAX);
      expect(tooMuch).toBeLessThan(aroundCall / 2 + SECONDS_APART_MAX);
    }
  });

  test('a refusal that its span tells of is not counted beside itself', async () => {
    start();
    await called({}, { millis: 200, status: 503 });
    const [only] = estimates();
    expect(only!.share).toBeCloseTo(1, 6);
  });

  test('calls that one span is around are told of by spans of their own', async () => {
    start();
    const span = tracer().startSpan('chat qwen3-32b', { attributes: CALL });
    await within(span, async () => {
      await byFetch({ millis: 100 });
      await byFetch({ millis: 100 });
    });
    const priced = estimates();
    expect(priced).toHaveLength(2);
    for (const { share } of priced) expect(share).toBeCloseTo(1, 6);
  });
});

test('a pool is found by the model, as soon as the request has named it', async () => {
  start(`match: { gen_ai.request.model: 'qwen3-*' }`);
  await byFetch({ millis: 1 });
  exporter.reset();
  await Promise.all([
    byFetch({ millis: 300 }),
    byFetch({ millis: 300 }),
    byFetch({ millis: 300, model: 'x' }),
  ]);
  const priced = estimates();
  expect(priced).toHaveLength(2);
  expectDivided(priced);
});

test('a pool is found by what the process says of itself', async () => {
  start(`match: { service.name: 'unknown_service:*' }`);
  // The first span tells it.
  await within(tracer().startSpan('POST /ask'), async () => {
    await Promise.all([byFetch({ millis: 200 }), byFetch({ millis: 200 })]);
  });
  const priced = estimates();
  expect(priced).toHaveLength(2);
  expectDivided(priced);
});

test('without a known replica a call shares the whole pool', async () => {
  start(`match: { server.address: 127.0.0.1 }\nreplicas: 4\ngpus: 8`);
  await byFetch({ millis: 100 });
  const [alone] = estimates();
  expect(alone!.share).toBe(1);
  expect(alone!.gpuSeconds / 8).toBeCloseTo(alone!.until - alone!.from, 2);
  exporter.reset();
  await Promise.all([byFetch({ millis: 200 }), byFetch({ millis: 200 })]);
  expectDivided(estimates().map((each) => ({ ...each, gpuSeconds: each.gpuSeconds / 8 })));
});

test('what is not traced takes from nobody', async () => {
  start();
  const suppressed = context
    .active()
    .setValue(createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), true);
  await Promise.all([context.with(suppressed, () => byFetch({ millis: 200 })), byFetch({ millis: 100 })]);
  const priced = estimates();
  expect(priced).toHaveLength(1);
  expect(priced[0]!.share).toBeCloseTo(1, 6);
});
