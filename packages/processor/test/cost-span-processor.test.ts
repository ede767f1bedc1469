import { parseMoney } from '@costspan/cost-model';
import { context, diag, DiagLogLevel, propagation, SpanKind, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CostSpanProcessor, type CostSpanProcessorOptions } from '../src/cost-span-processor.ts';
import { setCostAttribution, withCostAttribution } from '../src/cost-attribution.ts';
import { MeterUnsampledSampler, type SamplerLike } from '../src/meter-unsampled-sampler.ts';
import {
  AlwaysOffSampler,
  contextManager,
  ParentBasedSampler,
  SDK_LINES,
  type TestProvider,
} from './sdk-lines.ts';

/** gpt-5-mini: 176 uncached at $0.25, 1024 cached at $0.025 and 350 out at $2 per million = $0.0007696. */
const CHAT = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-5-mini',
  'gen_ai.usage.input_tokens': 1200,
  'gen_ai.usage.cache_read.input_tokens': 1024,
  'gen_ai.usage.output_tokens': 350,
};
const CHAT_PICO = 769_600_000;

beforeAll(() => {
  context.setGlobalContextManager(contextManager());
});
afterAll(() => {
  context.disable();
});

describe.each(SDK_LINES)('SDK $name', (sdk) => {
  function start(
    options: CostSpanProcessorOptions = {},
    limits: Parameters<typeof sdk.start>[1] = {},
  ): {
    provider: TestProvider;
    processor: CostSpanProcessor;
  } {
    const processor = new CostSpanProcessor(options);
    return { processor, provider: sdk.start(processor, limits) };
  }

  /** An HTTP request that makes model calls inside a business span, as a service does. */
  function serve(provider: TestProvider, calls: Record<string, string | number>[], hint?: () => void): void {
    const tracer = provider.tracer('test');
    tracer.startActiveSpan('POST /summarize', { kind: SpanKind.SERVER }, (entry) => {
      entry.setAttribute('http.route', '/summarize');
      hint?.();
      tracer.startActiveSpan('work', (work) => {
        for (const attributes of calls) tracer.startSpan('chat', { attributes }).end();
        work.end();
      });
      entry.end();
    });
  }

  test('a call is priced on its span, the request is summed on the entry span', () => {
    const { provider, processor } = start();
    serve(provider, [CHAT, CHAT], () => setCostAttribution({ tenant: 'acme', feature: 'summarize' }));
    const [first, , work, entry] = provider.exported();
    expect(first?.attributes).toMatchObject({
      'costspan.cost.status': 'priced',
      'costspan.cost.total': 0.0007696,
      'costspan.cost.total_pico': CHAT_PICO,
      'costspan.cost.currency': 'USD',
      'costspan.cost.input': 0.000044,
      'costspan.cost.cache_read': 0.0000256,
      'costspan.cost.output': 0.0007,
      'costspan.price_book.entry': 'openai/gpt-5-mini',
      'costspan.usage.source': 'span',
      'costspan.tenant': 'acme',
      'costspan.feature': 'summarize',
      'costspan.entry_span_id': entry?.spanContext().spanId,
      'costspan.route': '/summarize',
    });
    expect(Object.keys(work?.attributes ?? {})).toEqual([]);
    expect(entry?.attributes).toMatchObject({
      'costspan.request.cost': 0.0015392,
      'costspan.request.cost_pico': 2 * CHAT_PICO,
      'costspan.request.calls': 2,
      'costspan.request.unpriced_calls': 0,
    });
    expect(processor.failures).toBe(0);
  });

  test('a call without usage is unpriced with a reason, never zero', () => {
    const { provider } = start();
    serve(provider, [{ 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-5-mini' }, CHAT]);
    const [unpriced, , , entry] = provider.exported();
    expect(unpriced?.attributes).toMatchObject({
      'costspan.cost.status': 'unpriced',
      'costspan.cost.reason': 'usage_missing',
    });
    expect(unpriced?.attributes).not.toHaveProperty('costspan.cost.total');
    expect(entry?.attributes).toMatchObject({
      'costspan.request.calls': 2,
      'costspan.request.unpriced_calls': 1,
      'costspan.request.cost_pico': CHAT_PICO,
    });
  });

  test('nested reports of one call are billed once', () => {
    const { provider } = start();
    const tracer = provider.tracer('test');
    tracer.startActiveSpan('outer', { attributes: CHAT }, (outer) => {
      tracer.startActiveSpan('POST', (http) => {
        tracer.startSpan('inner', { attributes: CHAT }).end();
        http.end();
      });
      outer.end();
    });
    const [inner, , outer] = provider.exported();
    expect(inner?.attributes['costspan.cost.status']).toBe('priced');
    expect(outer?.attributes).toMatchObject({
      'costspan.cost.status': 'duplicate',
      'costspan.cost.duplicate_of': inner?.spanContext().spanId,
      'costspan.request.calls': 1,
      'costspan.request.cost_pico': CHAT_PICO,
    });
  });

  test('of nested reports the innermost is billed also when it ends last', () => {
    const { provider } = start();
    const tracer = provider.tracer('test');
    const outer = tracer.startSpan('outer', { attributes: CHAT });
    const http = tracer.startSpan('POST', {}, trace.setSpan(context.active(), outer));
    const inner = tracer.startSpan('inner', { attributes: CHAT }, trace.setSpan(context.active(), http));
    for (const span of [outer, http, inner]) span.end();
    expect(provider.exported().map((span) => span.attributes['costspan.cost.status'])).toEqual([
      'duplicate',
      undefined,
      'priced',
    ]);
    expect(provider.exported()[0]?.attributes['costspan.cost.total']).toBeUndefined();
    expect(provider.exported()[0]?.attributes['costspan.request.calls']).toBe(1);
  });

  test('work that goes on after the answer stays with its request', () => {
    const { provider } = start();
    const tracer = provider.tracer('test');
    const entry = tracer.startSpan('POST /x', { attributes: { 'http.route': '/x', 'tenant.id': 'acme' } });
    entry.end();
    tracer.startSpan('chat', { attributes: CHAT }, trace.setSpan(context.active(), entry)).end();
    expect(provider.exported()[1]?.attributes).toMatchObject({
      'costspan.tenant': 'acme',
      'costspan.feature': '/x',
      'costspan.entry_span_id': entry.spanContext().spanId,
    });
    expect(provider.exported()[1]?.attributes).not.toHaveProperty('costspan.request.calls');
  });

  test('aggregates and other spans are left as they are', () => {
    const { provider } = start();
    provider
      .tracer('test')
      .startSpan('invoke_agent', { attributes: { ...CHAT, 'gen_ai.operation.name': 'invoke_agent' } })
      .end();
    provider
      .tracer('test')
      .startSpan('db', { attributes: { 'db.system.name': 'sqlite' } })
      .end();
    for (const span of provider.exported()) {
      expect(Object.keys(span.attributes).filter((key) => key.startsWith('costspan'))).toEqual([]);
    }
  });

  test('a span at its attribute limit still gets its cost', () => {
    const { provider } = start({}, { attributeCountLimit: 128 });
    const full = Object.fromEntries(Array.from({ length: 122 }, (_each, index) => [`key.${index}`, index]));
    provider
      .tracer('test')
      .startSpan('chat', { attributes: { ...CHAT, ...full } })
      .end();
    expect(provider.exported()[0]?.attributes).toMatchObject({
      'key.121': 121,
      'costspan.cost.total_pico': CHAT_PICO,
      'costspan.request.cost_pico': CHAT_PICO,
    });
  });

  test('a passed threshold is an event on the entry span; one that is met exactly is not', () => {
    const { provider } = start({
      thresholds: [
        { name: 'passed', requestCost: parseMoney('0.0007695')! },
        { name: 'met', requestCost: parseMoney('0.0007696')! },
        { name: 'other-feature', feature: 'search', requestCost: parseMoney('0.0000001')! },
      ],
    });
    serve(provider, [CHAT]);
    const entry = provider.exported().at(-1);
    expect(entry?.events.map((event) => [event.name, event.attributes?.['costspan.threshold.name']])).toEqual(
      [['costspan.threshold_exceeded', 'passed']],
    );
  });

  test('the route that a client span names is that of the server which it calls', () => {
    const { provider } = start({ attribution: { feature: ['http.route'], tenant: ['t'] } });
    const tracer = provider.tracer('test');
    const route = { 'http.route': '/summarize' };
    tracer.startActiveSpan('POST /summarize', { kind: SpanKind.SERVER, attributes: route }, (entry) => {
      const attributes = { ...CHAT, 'http.route': '/v1/messages' };
      tracer.startSpan('chat', { kind: SpanKind.CLIENT, attributes }).end();
      entry.end();
    });
    expect(provider.exported()[0]?.attributes['costspan.feature']).toBe('/summarize');
  });

  test('attribution: first key wins, then span, ancestor, baggage, resource; http.route is the last feature', () => {
    const { provider } = start({ attribution: { feature: ['a', 'b', 'http.route'], tenant: ['t'] } });
    const tracer = provider.tracer('test');
    const baggage = propagation.createBaggage({ t: { value: 'from-baggage' }, b: { value: 'from-baggage' } });
    context.with(propagation.setBaggage(context.active(), baggage), () => {
      tracer.startActiveSpan('entry', { attributes: { 'http.route': '/r', b: 'from-ancestor' } }, (entry) => {
        tracer.startSpan('one', { attributes: { ...CHAT, b: 'from-span' } }).end();
        tracer.startSpan('two', { attributes: CHAT }).end();
        entry.end();
      });
    });
    serve(provider, [CHAT]);
    const spans = provider.exported();
    expect(
      spans.map((span) => [
        span.name,
        span.attributes['costspan.feature'],
        span.attributes['costspan.tenant'],
      ]),
    ).toEqual([
      ['one', 'from-span', 'from-baggage'],
      ['two', 'from-ancestor', 'from-baggage'],
      ['entry', undefined, undefined],
      ['chat', '/summarize', undefined],
      ['work', undefined, undefined],
      ['POST /summarize', undefined, undefined],
    ]);
  });

  test('withCostAttribution stays inside its function and out of the baggage unless asked', () => {
    const { provider } = start();
    const tracer = provider.tracer('test');
    const seen: (string | undefined)[] = [];
    const call = (): void => {
      seen.push(propagation.getActiveBaggage()?.getEntry('costspan.tenant')?.value);
      tracer.startSpan('chat', { attributes: CHAT }).end();
    };
    withCostAttribution({ tenant: 'acme' }, call);
    withCostAttribution({ tenant: 'globex' }, call, { propagate: true });
    call();
    expect(seen).toEqual([undefined, 'globex', undefined]);
    expect(provider.exported().map((span) => span.attributes['costspan.tenant'])).toEqual([
      'acme',
      'globex',
      undefined,
    ]);
  });

  test('a span that began before the processor was there is priced once', () => {
    const { provider, processor } = start();
    const span = provider.tracer('test').startSpan('chat', { attributes: CHAT });
    for (const key of Object.getOwnPropertySymbols(span)) delete (span as never)[key];
    span.end();
    expect(provider.exported()[0]?.attributes).toMatchObject({
      'costspan.cost.total_pico': CHAT_PICO,
      'costspan.request.calls': 1,
      'costspan.request.cost_pico': CHAT_PICO,
    });
    expect(processor.failures).toBe(0);
  });

  test('never throws into the application, whatever a span holds', () => {
    const { provider, processor } = start();
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...Object.keys(CHAT), 'openinference.span.kind'), fc.anything()),
        (attributes) => {
          const span = provider.tracer('test').startSpan('chat');
          for (const [key, value] of Object.entries(attributes)) span.setAttribute(key, value as string);
          span.end();
        },
      ),
    );
    expect(processor.failures).toBe(0);
  });

  test('a failure inside is counted and logged, and the span ends as if nothing were', () => {
    const logged = vi.fn();
    diag.setLogger(
      { error: logged, warn: vi.fn(), info: vi.fn(), debug: vi.fn(), verbose: vi.fn() },
      DiagLogLevel.ERROR,
    );
    const broken = {
      version: '2026-01-01',
      digest: '',
      currency: 'USD',
      price: () => {
        throw new Error('broken');
      },
    };
    const { provider, processor } = start({ priceBook: broken as never });
    provider.tracer('test').startSpan('chat', { attributes: CHAT }).end();
    expect(provider.exported()).toHaveLength(1);
    expect(processor.failures).toBeGreaterThan(0);
    expect(logged).toHaveBeenCalled();
    diag.disable();
  });
});

describe('sampling', () => {
  const sdk = SDK_LINES[0]!;

  test('two requests of one unsampled trace do not get each other s calls', () => {
    const sampler = new MeterUnsampledSampler(
      new ParentBasedSampler({ root: new AlwaysOffSampler() }) as SamplerLike,
    );
    const seen: unknown[] = [];
    const watching = new CostSpanProcessor();
    const provider = sdk.start(
      Object.assign(watching, {
        onEnd: (span: { name: string; attributes: Record<string, unknown> }) =>
          void seen.push([
            span.name,
            span.attributes['costspan.tenant'],
            span.attributes['costspan.request.cost_pico'],
          ]),
      }),
      { sampler },
    );
    const tracer = provider.tracer('test');
    const remote = trace.setSpanContext(context.active(), {
      traceId: '1'.repeat(32),
      spanId: '2'.repeat(16),
      traceFlags: 0,
      isRemote: true,
    });
    const entries = ['a', 'b'].map((tenant) =>
      tracer.startSpan('POST', { kind: SpanKind.SERVER, attributes: { 'tenant.id': tenant } }, remote),
    );
    const dropped = tracer.startSpan('work', {}, trace.setSpan(remote, entries[0]!));
    tracer.startSpan('chat x', { attributes: CHAT }, trace.setSpan(remote, dropped)).end();
    for (const entry of entries) entry.end();
    expect(seen).toEqual([
      ['chat x', undefined, CHAT_PICO],
      ['POST', undefined, undefined],
      ['POST', undefined, undefined],
    ]);
  });

  test('model calls of unsampled traces are metered and summed, and not exported', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1_000_000 });
    const meterProvider = new MeterProvider({ readers: [reader] });
    const sampler = new MeterUnsampledSampler(
      new ParentBasedSampler({ root: new AlwaysOffSampler() }) as SamplerLike,
    );
    const processor = new CostSpanProcessor({ meterProvider });
    const provider = sdk.start(processor, { sampler });
    const tracer = provider.tracer('test');
    tracer.startActiveSpan('POST /x', (entry) => {
      tracer.startActiveSpan('business', (business) => {
        setCostAttribution({ tenant: 'acme', feature: 'f' });
        tracer.startSpan('chat gpt-5-mini', { attributes: CHAT }).end();
        expect(business.isRecording()).toBe(false);
        business.end();
      });
      entry.end();
    });
    expect(provider.exported()).toEqual([]);
    await processor.forceFlush();
    await reader.forceFlush();
    await reader.forceFlush();
    const metrics =
      exporter
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
    const cost = metrics.find((metric) => metric.descriptor.name === 'costspan.cost');
    const total = cost?.dataPoints.reduce((sum, point) => sum + (point.value as number), 0);
    expect(total).toBeCloseTo(CHAT_PICO / 1e12, 15);
    const requests = metrics.find((metric) => metric.descriptor.name === 'costspan.request.cost');
    expect(requests?.dataPoints.map((point) => (point.value as { count: number }).count)).toEqual([1]);
    await meterProvider.shutdown();
  });
});

test('spans that are never ended are not kept', async () => {
  const sdk = SDK_LINES[0]!;
  const processor = new CostSpanProcessor();
  const provider = sdk.start(processor);
  const tracer = provider.tracer('test');
  const collected: WeakRef<object>[] = [];
  for (let index = 0; index < 30_000; index++) {
    const span = tracer.startSpan('never ended');
    const child = trace.setSpan(context.active(), span);
    collected.push(new WeakRef(tracer.startSpan('child', {}, child)));
  }
  await new Promise((resolve) => setImmediate(resolve));
  expect(typeof globalThis.gc).toBe('function');
  globalThis.gc?.();
  await new Promise((resolve) => setImmediate(resolve));
  globalThis.gc?.();
  const alive = collected.filter((ref) => ref.deref() !== undefined).length;
  expect(alive).toBeLessThan(1_000);
});
