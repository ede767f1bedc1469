import { type GpuPool, parseMoney } from '@costspan/cost-model';
import { type Attributes, context, type Span, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { CostSpanProcessor } from '../src/cost-span-processor.ts';
import { contextManager, SDK_LINES, type TestProvider } from './sdk-lines.ts';

const NOW = Date.UTC(2026, 10, 21, 12);

/** $3.60 an hour: a second of it costs $0.001. */
function pool(fields: Partial<GpuPool> = {}): GpuPool {
  return {
    name: 'chat',
    owner: undefined,
    match: { 'server.address': ['gpu-*.internal'] },
    instance: undefined,
    gpus: 2,
    replicas: 1,
    replicaKeys: [],
    rates: [{ fromUnixNano: 0n, perHour: parseMoney('3.6')! }],
    method: 'time_share',
    basis: 'concurrency',
    capacity: undefined,
    idle: 'separate',
    reserved: [],
    overhead: undefined,
    windowSeconds: 60,
    latenessSeconds: 900,
    late: 'reopen',
    finalAfterHours: 24,
    tokenWeights: { input: 1, cached: 0, output: 2 },
    devices: {},
    servers: {},
    ...fields,
  };
}

const CALL = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'vllm',
  'gen_ai.request.model': 'qwen3-32b',
  'server.address': 'gpu-1.internal',
};
const USED = { 'gen_ai.usage.input_tokens': 1000, 'gen_ai.usage.output_tokens': 200 };

beforeAll(() => {
  context.setGlobalContextManager(contextManager());
});
afterAll(() => {
  context.disable();
});
/** Both clocks that spans take their times from. */
let elapsedMillis = 0;
beforeEach(() => {
  elapsedMillis = 0;
  vi.spyOn(Date, 'now').mockImplementation(() => NOW + elapsedMillis);
  vi.spyOn(performance, 'now').mockImplementation(() => 5000 + elapsedMillis);
});
afterEach(() => {
  vi.restoreAllMocks();
});

function pass(millis: number): void {
  elapsedMillis += millis;
}

describe.each(SDK_LINES)('SDK $name', (sdk) => {
  let provider: TestProvider;
  let processor: CostSpanProcessor;

  function start(...pools: GpuPool[]): void {
    processor = new CostSpanProcessor({ pools });
    provider = sdk.start(processor);
  }
  afterEach(() => {
    expect(processor.failures).toBe(0);
  });

  function startCall(attributes: Attributes = {}, parent?: Span): Span {
    return provider
      .tracer('test')
      .startSpan(
        'chat qwen3-32b',
        { attributes: { ...CALL, ...attributes } },
        parent === undefined ? context.active() : trace.setSpan(context.active(), parent),
      );
  }

  function end(span: Span): void {
    span.setAttributes(USED);
    span.end();
  }

  /** In the order of their ends: the seconds of a single GPU and the cost. */
  function gpuTimes(): [seconds: unknown, cost: unknown][] {
    return provider
      .exported()
      .filter(({ name }) => name.startsWith('chat'))
      .map(({ attributes }) => [attributes['costspan.gpu.seconds'], attributes['costspan.cost.total']]);
  }

  test('calls that run at the same time share it, and the request is charged the sum', () => {
    start(pool());
    const entry = provider.tracer('test').startSpan('POST /ask');
    const first = startCall({}, entry);
    pass(1000);
    const second = startCall({}, entry);
    pass(2000);
    end(first);
    end(second);
    entry.end();
    const [one, two, request] = provider.exported();
    // Two seconds and one, of two GPUs.
    expect(one?.attributes).toMatchObject({
      'costspan.cost.status': 'priced',
      'costspan.cost.total': 0.002,
      'costspan.cost.gpu': 0.002,
      'costspan.gpu.pool': 'chat',
      'costspan.gpu.seconds': 4,
      'costspan.gpu.time_share': 2 / 3,
      'costspan.gpu.cost': 0.002,
      'costspan.gpu.basis': 'estimated',
    });
    expect(two?.attributes).toMatchObject({ 'costspan.cost.total': 0.001, 'costspan.gpu.seconds': 2 });
    expect(request?.attributes).toMatchObject({
      'costspan.request.cost_pico': 3_000_000_000,
      'costspan.request.calls': 2,
      'costspan.request.unpriced_calls': 0,
    });
  });

  test('a call costs its time, whatever it used and however it ended', () => {
    start(pool({ overhead: { percent: '15', reviewed: '2026-11-01' } }));
    const span = startCall();
    pass(1000);
    span.setAttribute('error.type', 'timeout');
    span.end();
    expect(provider.exported()[0]?.attributes).toMatchObject({
      'costspan.cost.status': 'priced',
      'costspan.cost.total': 0.00115,
      'costspan.cost.gpu': 0.001,
      'costspan.cost.overhead': 0.00015,
    });
  });

  test('with room for four, one that runs alone is charged a quarter under the basis slots', () => {
    start(pool({ basis: 'slots', capacity: 4 }));
    const span = startCall();
    pass(1000);
    end(span);
    expect(provider.exported()[0]?.attributes).toMatchObject({
      'costspan.cost.total': 0.00025,
      'costspan.gpu.seconds': 0.5,
      'costspan.gpu.time_share': 0.25,
    });
  });

  test('nested reports of one call count once beside others, and one of them is billed', () => {
    start(pool());
    const outer = startCall();
    const http = provider.tracer('test').startSpan('POST', {}, trace.setSpan(context.active(), outer));
    const inner = startCall({}, http);
    const other = startCall();
    pass(1000);
    end(inner);
    http.end();
    end(outer);
    end(other);
    expect(provider.exported().map(({ attributes }) => attributes['costspan.cost.status'])).toEqual([
      'priced',
      undefined,
      'duplicate',
      'priced',
    ]);
    expect(gpuTimes()).toEqual([
      [1, 0.0005],
      [undefined, undefined],
      [1, 0.0005],
    ]);
  });

  test('a correction moves the estimate to the span that is billed after all', () => {
    start(pool());
    const entry = provider.tracer('test').startSpan('POST /ask');
    const outer = startCall({}, entry);
    const http = provider.tracer('test').startSpan('POST', {}, trace.setSpan(context.active(), outer));
    pass(500);
    const inner = startCall({}, http);
    pass(500);
    for (const span of [outer, http, inner, entry]) end(span);
    const [first, , last, request] = provider.exported();
    expect(first?.attributes).toMatchObject({ 'costspan.cost.status': 'duplicate' });
    const keys = Object.keys(first?.attributes ?? {});
    expect(keys.filter((key) => key.startsWith('costspan.gpu'))).toEqual([]);
    expect(last?.attributes).toMatchObject({ 'costspan.cost.total': 0.0005, 'costspan.gpu.seconds': 1 });
    expect(request?.attributes).toMatchObject({
      'costspan.request.calls': 1,
      'costspan.request.cost_pico': 500_000_000,
    });
  });

  test('a span that is written afterwards is compared with those that ran, and counts for nobody', () => {
    start(pool());
    const live = startCall();
    const began = Date.now();
    pass(2000);
    const late = provider.tracer('test').startSpan('chat late', {
      attributes: { ...CALL, ...USED },
      startTime: began + 1000,
    });
    late.end(began + 1500);
    end(live);
    expect(gpuTimes()).toEqual([
      [0.5, 0.00025],
      [4, 0.002],
    ]);
  });

  test('so is one that is known as the pool s only at its end', () => {
    start(pool());
    const unknown = provider.tracer('test').startSpan('chat');
    pass(1000);
    const live = startCall();
    pass(1000);
    unknown.setAttributes({ ...CALL, ...USED });
    unknown.end();
    end(live);
    expect(gpuTimes()).toEqual([
      [3, 0.0015],
      [2, 0.001],
    ]);
  });

  test('one inside a call that is followed is not counted beside itself', () => {
    start(pool());
    const outer = startCall();
    const began = Date.now();
    pass(1000);
    const inner = provider
      .tracer('test')
      .startSpan(
        'chat inner',
        { attributes: { ...CALL, ...USED }, startTime: began },
        trace.setSpan(context.active(), outer),
      );
    inner.end(began + 1000);
    end(outer);
    expect(gpuTimes()).toEqual([
      [2, 0.001],
      [undefined, undefined],
    ]);
  });

  test('a span that was ended in the past took no longer than that', () => {
    start(pool());
    const span = startCall(USED);
    const began = Date.now();
    pass(3000);
    span.end(began + 1000);
    expect(gpuTimes()).toEqual([[2, 0.001]]);
  });

  test('where the server tells of its queue, waiting costs nothing', () => {
    start(pool({ match: { 'gen_ai.provider.name': ['vllm'] } }));
    const began = Date.now();
    pass(4000);
    const span = provider.tracer('vllm.llm_engine').startSpan('llm_request', {
      attributes: {
        'gen_ai.latency.time_in_queue': 3,
        'gen_ai.latency.time_in_model_prefill': 0.25,
        'gen_ai.latency.time_in_model_decode': 0.75,
        'gen_ai.usage.prompt_tokens': 100,
        'gen_ai.usage.completion_tokens': 10,
        'gen_ai.request.id': 'chatcmpl-1',
      },
      startTime: began,
    });
    span.end(began + 4000);
    expect(provider.exported()[0]?.attributes).toMatchObject({
      'costspan.cost.total': 0.001,
      'costspan.gpu.time_share': 1,
      'costspan.usage.source': 'server',
    });
  });

  test('a call that never ends takes from the others for ten minutes', () => {
    start(pool());
    startCall();
    const during = startCall();
    pass(1000);
    end(during);
    pass(600_000);
    const after = startCall();
    pass(1000);
    end(after);
    expect(gpuTimes()).toEqual([
      [1, 0.0005],
      [2, 0.001],
    ]);
  });

  test('one that ends after it was given up still has a cost, once', () => {
    start(pool());
    const long = startCall();
    pass(601_000);
    end(startCall());
    pass(99_000);
    end(long);
    expect(gpuTimes()).toEqual([
      [0, 0],
      [1400, 0.7],
    ]);
  });

  test('each replica has its own part of the pool', () => {
    start(pool({ replicas: 2, replicaKeys: ['server.address'] }));
    const one = startCall();
    const two = startCall({ 'server.address': 'gpu-2.internal' });
    pass(1000);
    end(one);
    end(two);
    expect(gpuTimes()).toEqual([
      [1, 0.0005],
      [1, 0.0005],
    ]);
  });

  test('by throughput a request is its part of what the window has cost so far', () => {
    start(pool({ method: 'throughput' }));
    pass(20_000);
    const one = startCall();
    const two = startCall();
    const three = startCall({}, two);
    pass(10_000);
    end(one);
    end(three);
    end(two);
    // 30 seconds of the minute have passed, and two requests have started in it.
    expect(gpuTimes().map(([, cost]) => cost)).toEqual([0.015, 0.015, undefined]);
    pass(40_000);
    const next = startCall();
    pass(5000);
    end(next);
    expect(gpuTimes().at(-1)).toEqual([10, 0.015]);
    // It is 15 seconds past the minute: one that goes on beyond the next has no part of what comes then.
    pass(50_000);
    const long = startCall();
    pass(100_000);
    end(long);
    expect(gpuTimes().at(-1)).toEqual([200, 0.06]);
  });

  test('a pool without a rate yet, and a model server without a pool, say why there is no cost', () => {
    const rates = [{ fromUnixNano: BigInt(NOW + 1000) * 1_000_000n, perHour: parseMoney('3.6')! }];
    start(pool({ rates }));
    end(startCall());
    end(startCall({ 'server.address': 'elsewhere.internal' }));
    expect(provider.exported().map(({ attributes }) => attributes['costspan.cost.reason'])).toEqual([
      'no_gpu_rate',
      'no_gpu_pool',
    ]);
  });

  test('calls of providers, and other spans, are left as they are', () => {
    const spans = (pools: GpuPool[]): Record<string, unknown>[] => {
      start(...pools);
      const hosted = { 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-5-mini' };
      const call = startCall({ ...hosted, 'server.address': 'api.openai.com' });
      provider.tracer('test').startSpan('db').end();
      pass(100);
      end(call);
      return provider.exported().map(({ attributes }) => attributes);
    };
    const without = spans([]);
    expect(without.at(-1)).toMatchObject({ 'costspan.price_book.entry': 'openai/gpt-5-mini' });
    const costs = (all: Record<string, unknown>[]): unknown =>
      all.map((each) => ({ ...each, 'costspan.entry_span_id': undefined }));
    expect(costs(spans([pool()]))).toEqual(costs(without));
    expect(JSON.stringify(without)).not.toContain('gpu');
  });

  test('whatever an application sets as the times of a span, its cost is a number or has a reason', () => {
    start(pool());
    const part = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Number.NaN, 0, -1));
    const time = fc.tuple(part, part);
    fc.assert(
      fc.property(fc.option(time), fc.option(time), (startTime, endTime) => {
        const span = provider.tracer('test').startSpan('chat', {
          attributes: { ...CALL, ...USED },
          ...(startTime !== null && { startTime }),
        });
        pass(10);
        span.end(endTime ?? undefined);
        const { attributes } = provider.exported().at(-1)!;
        const total = attributes['costspan.cost.total'];
        const isKnown = typeof total === 'number' && total >= 0 && Number.isFinite(total);
        expect(isKnown || typeof attributes['costspan.cost.reason'] === 'string').toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

test('no lane keeps a span that is never ended', async () => {
  vi.restoreAllMocks();
  const tracer = SDK_LINES[0]!.start(new CostSpanProcessor({ pools: [pool()] })).tracer('test');
  const request = trace.setSpan(context.active(), tracer.startSpan('POST /ask'));
  const spans: WeakRef<Span>[] = [];
  for (let index = 0; index < 3000; index++) {
    spans.push(new WeakRef(tracer.startSpan('chat', { attributes: CALL }, request)));
  }
  await new Promise((resolve) => setImmediate(resolve));
  expect(typeof globalThis.gc).toBe('function');
  globalThis.gc?.();
  await new Promise((resolve) => setImmediate(resolve));
  globalThis.gc?.();
  expect(spans.filter((span) => span.deref() !== undefined).length).toBeLessThan(100);
});
