/** Calls that are followed on the wire, with clocks that a test sets: every figure is exact. */
import { type GpuPool, parseMoney } from '@costspan/cost-model';
import { announceLiveCall, LIVE_CALL_CONTEXT_KEY, type LiveCall, liveCallListeners } from '@costspan/semconv';
import { context, type Span, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { CostSpanProcessor } from '../src/cost-span-processor.ts';
import { contextManager, SDK_LINES, type TestProvider } from './sdk-lines.ts';

const NOW = Date.UTC(2026, 10, 21, 12);

/** $3.60 an hour: a second of it costs $0.001. */
const POOL: GpuPool = {
  name: 'chat',
  owner: undefined,
  match: { 'gen_ai.request.model': ['qwen3-*'], 'gen_ai.operation.name': ['chat'] },
  instance: undefined,
  gpus: 1,
  replicas: 1,
  replicaKeys: ['server.port'],
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
};

/** What another instrumentation writes of a call. */
const OUTER = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.request.model': 'qwen3-32b',
  'gen_ai.response.id': 'chatcmpl-outer',
};

beforeAll(() => {
  context.setGlobalContextManager(contextManager());
});
afterAll(() => {
  context.disable();
});
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

/** By which reports of different calls are told apart. */
let answers = 0;

/** A call as the wire instrumentation announces it and writes it afterwards. */
class CallOnWire implements LiveCall {
  readonly operationName = 'chat';
  readonly provider = 'openai';
  readonly serverAddress = 'gpu-1.internal';
  readonly serverPort: number;
  readonly callerSpan: object | undefined;
  readonly startMillis: number = performance.now();
  readonly startedAt: number = Date.now();
  requestModel: string | undefined;
  endedAt = 0;

  constructor({ model = 'qwen3-32b', port = 8000, caller = undefined as Span | undefined } = {}) {
    this.requestModel = model === '' ? undefined : model;
    this.serverPort = port;
    this.callerSpan = caller;
    announceLiveCall('running', this);
  }

  name(model: string): void {
    this.requestModel = model;
    announceLiveCall('running', this);
  }

  end(): void {
    this.endedAt = Date.now();
    announceLiveCall('ended', this);
  }

  write(provider: TestProvider, parent?: Span): void {
    const around = parent === undefined ? context.active() : trace.setSpan(context.active(), parent);
    const span = provider.tracer('@costspan/instrumentation').startSpan(
      'chat',
      {
        startTime: this.startedAt,
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.request.model': this.requestModel ?? 'qwen3-32b',
          'gen_ai.response.id': `chatcmpl-${this.startedAt}-${answers++}`,
          'server.address': this.serverAddress,
          'server.port': this.serverPort,
        },
      },
      around.setValue(LIVE_CALL_CONTEXT_KEY, this),
    );
    span.end(this.endedAt);
  }
}

describe.each(SDK_LINES)('SDK $name', (sdk) => {
  let provider: TestProvider;
  let processor: CostSpanProcessor;

  function start(fields: Partial<GpuPool> = {}): void {
    processor = new CostSpanProcessor({ pools: [{ ...POOL, ...fields }] });
    provider = sdk.start(processor);
  }
  afterEach(async () => {
    expect(processor.failures).toBe(0);
    await processor.shutdown();
  });

  function gpuSeconds(): unknown[] {
    return provider
      .exported()
      .filter(({ name }) => name.startsWith('chat'))
      .map(({ attributes }) => attributes['costspan.gpu.seconds']);
  }

  test('their shares are those of the time on the wire, however late their spans are written', () => {
    start();
    const first = new CallOnWire();
    pass(1000);
    const second = new CallOnWire();
    pass(2000);
    first.end();
    second.end();
    pass(10_000);
    second.write(provider);
    first.write(provider);
    expect(gpuSeconds()).toEqual([1, 2]);
    expect(provider.exported()[1]?.attributes).toMatchObject({
      'costspan.cost.total': 0.002,
      'costspan.gpu.time_share': 2 / 3,
      'costspan.gpu.basis': 'estimated',
    });
  });

  test('one whose span never comes takes its part, and no more than until it is over', () => {
    start();
    const unwritten = new CallOnWire();
    const other = new CallOnWire();
    pass(1000);
    unwritten.end();
    unwritten.end();
    pass(1000);
    other.end();
    other.write(provider);
    expect(gpuSeconds()).toEqual([1.5]);
  });

  test('what passed until its model was known is compared with those that were there', () => {
    start();
    const known = new CallOnWire();
    const call = new CallOnWire({ model: '' });
    pass(400);
    call.name('qwen3-32b');
    call.name('qwen3-32b');
    pass(600);
    for (const each of [known, call]) {
      each.end();
      each.write(provider);
    }
    // The other had been alone until then.
    expect(gpuSeconds()).toEqual([0.7, 0.5]);
  });

  test('one whose model only the answer names is compared at its end, and counts for nobody', () => {
    start();
    const unknown = new CallOnWire({ model: '' });
    const known = new CallOnWire();
    pass(1000);
    for (const each of [unknown, known]) {
      each.end();
      each.write(provider);
    }
    expect(gpuSeconds()).toEqual([0.5, 1]);
  });

  test('a span around it that reports it counts with it as one', () => {
    start();
    const outer = provider.tracer('some-sdk').startSpan('chat', { attributes: OUTER });
    const call = new CallOnWire({ caller: outer });
    const other = new CallOnWire();
    pass(1000);
    call.end();
    pass(1000);
    outer.end();
    other.end();
    other.write(provider);
    expect(gpuSeconds()).toEqual([1, 1]);
  });

  test('a span around it that is no known call of the pool at first has its share, and the rest of its own time', () => {
    start();
    const request = provider.tracer('some-app').startSpan('POST /ask');
    const outer = provider.tracer('some-sdk').startSpan('chat', {}, trace.setSpan(context.active(), request));
    const http = provider.tracer('some-http').startSpan('POST', {}, trace.setSpan(context.active(), outer));
    pass(100);
    const call = new CallOnWire({ caller: http });
    const other = new CallOnWire();
    pass(1000);
    call.end();
    pass(100);
    http.end();
    outer.setAttributes(OUTER);
    outer.end();
    other.end();
    other.write(provider);
    // Alone for the first 100 ms, then two, then the other that may as well have been itself.
    expect(gpuSeconds()).toEqual([0.1 + 0.5 + 0.1, 0.6]);
  });

  test('an attempt before it, within the same span, is not counted beside it', () => {
    start();
    const outer = provider.tracer('some-sdk').startSpan('chat');
    for (let attempts = 0; attempts < 2; attempts++) {
      const attempt = new CallOnWire({ caller: outer });
      pass(500);
      attempt.end();
    }
    outer.setAttributes(OUTER);
    outer.end();
    expect(gpuSeconds()).toEqual([1]);
  });

  test('one that ends its span before its exchange is over has what it had by then', () => {
    start();
    const outer = provider.tracer('some-sdk').startSpan('chat');
    const call = new CallOnWire({ caller: outer });
    const other = new CallOnWire();
    pass(1000);
    outer.setAttributes(OUTER);
    outer.end();
    call.end();
    other.end();
    other.write(provider);
    expect(gpuSeconds()).toEqual([0.5, 0.5]);
  });

  test('by throughput it is counted once', () => {
    start({ method: 'throughput' });
    pass(30_000);
    const calls = [new CallOnWire(), new CallOnWire(), new CallOnWire()];
    pass(10);
    for (const each of calls) {
      each.end();
      each.write(provider);
    }
    // 30 seconds of the minute have passed, for three of them.
    expect(provider.exported().map(({ attributes }) => attributes['costspan.cost.total'])).toEqual(
      Array.from({ length: 3 }, () => expect.closeTo(0.010_003, 6)),
    );
  });

  test('replicas that are known are apart; those that are not share the whole pool, and its capacity', () => {
    start({ replicas: 2, gpus: 4 });
    const apart = [new CallOnWire(), new CallOnWire({ port: 8001 })];
    pass(1000);
    for (const each of apart) {
      each.end();
      each.write(provider);
    }
    // A second of a replica's two GPUs.
    expect(gpuSeconds()).toEqual([2, 2]);
    start({ replicas: 2, gpus: 4, replicaKeys: [] });
    const alone = new CallOnWire();
    pass(1000);
    alone.end();
    alone.write(provider);
    expect(gpuSeconds()).toEqual([4]);
    start({ replicas: 2, gpus: 4, replicaKeys: [], capacity: 4, basis: 'slots' });
    const together = [new CallOnWire(), new CallOnWire({ port: 8001 })];
    pass(1000);
    for (const each of together) {
      each.end();
      each.write(provider);
    }
    // One of the eight slots of four GPUs.
    expect(gpuSeconds()).toEqual([0.5, 0.5]);
    expect(provider.exported()[0]?.attributes['costspan.cost.total']).toBe(0.000_125);
  });

  test('one that never ends takes from the others for ten minutes', () => {
    start();
    const lost = new CallOnWire();
    pass(601_000);
    const after = new CallOnWire();
    pass(1000);
    after.end();
    after.write(provider);
    lost.end();
    lost.write(provider);
    expect(gpuSeconds()[0]).toBe(1);
  });

  test('whenever they start and end, the shares add up to the time in which any of them ran', () => {
    const calls = fc.array(fc.tuple(fc.nat(2000), fc.integer({ min: 5, max: 2000 })), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(calls, (times) => {
        start();
        const base = elapsedMillis;
        const events = times.flatMap(([from, millis], index) => [
          { at: from, index },
          { at: from + millis, index },
        ]);
        const running = new Map<number, CallOnWire>();
        let busyMillis = 0;
        for (const { at, index } of events.toSorted((a, b) => a.at - b.at)) {
          const passed = base + at - elapsedMillis;
          if (running.size > 0) busyMillis += passed;
          pass(passed);
          const call = running.get(index);
          if (call === undefined) running.set(index, new CallOnWire());
          else {
            running.delete(index);
            call.end();
            call.write(provider);
          }
        }
        const sum = gpuSeconds().reduce<number>((total, each) => total + (each as number), 0);
        expect(sum).toBeCloseTo(busyMillis / 1000, 6);
        void processor.shutdown();
      }),
      { numRuns: 50 },
    );
  });
});

test('a processor without pools does not ask to be told', async () => {
  const before = liveCallListeners().size;
  const without = new CostSpanProcessor();
  expect(liveCallListeners().size).toBe(before);
  const processor = new CostSpanProcessor({ pools: [POOL] });
  expect(liveCallListeners().size).toBe(before + 1);
  await processor.shutdown();
  await without.shutdown();
  expect(liveCallListeners().size).toBe(before);
});
