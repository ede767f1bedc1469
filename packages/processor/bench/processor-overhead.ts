/**
 * What the cost processor adds to a span, as a ratio to the pipeline that a user has without it:
 * BatchSpanProcessor, OTLP protobuf serialisation and a loopback sink in another process.
 *
 * 1. Both pipelines live in this process. A round sends the same spans through one, then through the other;
 *    the order alternates, so that drift of the machine hits both.
 * 2. A figure is the process's CPU time (user and system, all threads) from the first span to the end of the
 *    last export, divided by the spans.
 * 3. The ratio is the median over the rounds of each round's own ratio.
 * 4. A control pipeline without the processor carries the attributes that it would have written, set by hand:
 *    what is left between the two is what computing them costs, the rest is what serialising them costs.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type Attributes, context, type Context, type Tracer, trace } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { CostSpanProcessor } from '../src/index.ts';

const ROUNDS = 15;
const BATCHES_PER_ROUND = 10;
/** Below the batch processor's queue of 2048, so that nothing is dropped. */
const SPANS_PER_BATCH = 1500;

const GEN_AI: Attributes = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-5-mini',
  'gen_ai.response.model': 'gpt-5-mini-2025-08-07',
  'gen_ai.response.id': 'chatcmpl-0123456789abcdef',
  'gen_ai.usage.input_tokens': 1200,
  'gen_ai.usage.cache_read.input_tokens': 1024,
  'gen_ai.usage.output_tokens': 350,
  'gen_ai.usage.reasoning.output_tokens': 128,
  'gen_ai.request.max_tokens': 1000,
  'server.address': 'api.openai.com',
  'server.port': 443,
};

const HTTP: Attributes = {
  'http.request.method': 'GET',
  'http.response.status_code': 200,
  'http.route': '/users/:id',
  'url.path': '/users/42',
  'url.scheme': 'https',
  'server.address': 'api.example.com',
  'server.port': 443,
  'client.address': '203.0.113.9',
  'network.protocol.version': '1.1',
  'network.peer.address': '203.0.113.9',
  'network.peer.port': 52_110,
  'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64)',
};

interface Pipeline {
  tracer: Tracer;
  /** The request that the spans belong to, as in a service. */
  parent: Context;
  flush(): Promise<void>;
}

function pipeline(port: number, withCosts: boolean): Pipeline {
  const exporter = new OTLPTraceExporter({ url: `http://127.0.0.1:${port}/v1/traces` });
  const batch = new BatchSpanProcessor({ exporter, scheduledDelayMillis: 600_000 });
  const flushes = [(): Promise<void> => batch.forceFlush()];
  const processors: SpanProcessor[] = [batch];
  if (withCosts) {
    const reader = new PeriodicExportingMetricReader({
      exporter: new OTLPMetricExporter({ url: `http://127.0.0.1:${port}/v1/metrics` }),
      exportIntervalMillis: 600_000,
    });
    const meterProvider = new MeterProvider({ readers: [reader] });
    processors.unshift(new CostSpanProcessor({ meterProvider }) as SpanProcessor);
    flushes.push(() => reader.forceFlush());
  }
  const tracer = new TracerProvider({ spanProcessors: processors }).getTracer('bench');
  const entry = tracer.startSpan('POST /ask', {
    attributes: { 'http.route': '/ask', 'costspan.tenant': 'acme', 'costspan.feature': 'ask' },
  });
  return {
    tracer,
    parent: trace.setSpan(context.active(), entry),
    flush: async () => void (await Promise.all(flushes.map((flush) => flush()))),
  };
}

function endSpans({ tracer, parent }: Pick<Pipeline, 'tracer' | 'parent'>, attributes: Attributes): void {
  for (let index = 0; index < SPANS_PER_BATCH; index++) {
    const span = tracer.startSpan('call', undefined, parent);
    for (const key in attributes) span.setAttribute(key, attributes[key] as string);
    span.end();
  }
}

/** What the processor writes on the span above. */
const COST_ATTRIBUTES: Attributes = {
  'costspan.cost.status': 'priced',
  'costspan.cost.total': 0.0007696,
  'costspan.cost.total_pico': 769_600_000,
  'costspan.cost.currency': 'USD',
  'costspan.cost.input': 0.000044,
  'costspan.cost.cache_read': 0.0000256,
  'costspan.cost.output': 0.000444,
  'costspan.cost.reasoning': 0.000256,
  'costspan.price_book.entry': 'openai/gpt-5-mini',
  'costspan.price_book.version': '2026-09-23',
  'costspan.usage.source': 'span',
  'costspan.feature': 'ask',
  'costspan.tenant': 'acme',
  'costspan.entry_span_id': '0123456789abcdef',
  'costspan.route': '/ask',
};

/** Microseconds of CPU time for one span. */
async function cpuMicrosPerSpan(target: Pipeline, attributes: Attributes): Promise<number> {
  globalThis.gc?.();
  const before = process.cpuUsage();
  for (let batch = 0; batch < BATCHES_PER_ROUND; batch++) {
    endSpans(target, attributes);
    await target.flush();
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (BATCHES_PER_ROUND * SPANS_PER_BATCH);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

interface Row {
  readonly name: string;
  readonly target: number | undefined;
  readonly ratios: readonly number[];
  readonly micros: number;
}

async function compare(name: string, attributes: Attributes, port: number, target: number): Promise<void> {
  const plain = pipeline(port, false);
  const costed = pipeline(port, true);
  const bareTracer = new TracerProvider({ spanProcessors: [] }).getTracer('bench');
  const bare: Pipeline = { ...plain, tracer: bareTracer, flush: async () => {} };
  const byHand = { ...attributes, ...COST_ATTRIBUTES };
  const measured: { plain: number; costed: number; byHand: number; bare: number }[] = [];
  for (let round = -2; round < ROUNDS; round++) {
    const costedFirst = round % 2 === 0;
    const first = await cpuMicrosPerSpan(costedFirst ? costed : plain, attributes);
    const second = await cpuMicrosPerSpan(costedFirst ? plain : costed, attributes);
    const control = await cpuMicrosPerSpan(plain, byHand);
    const bareMicros = await cpuMicrosPerSpan(bare, attributes);
    if (round < 0) continue;
    measured.push({
      plain: costedFirst ? second : first,
      costed: costedFirst ? first : second,
      byHand: control,
      bare: bareMicros,
    });
  }
  const row = (label: string, pick: (round: (typeof measured)[number]) => number, goal?: number): Row => ({
    name: label,
    target: goal,
    ratios: measured.map((round) => pick(round) / round.plain).toSorted((a, b) => a - b),
    micros: median(measured.map(pick)),
  });
  console.log(`\n${name}`);
  print(row('without Costspan', (round) => round.plain));
  print(row('with Costspan', (round) => round.costed, target));
  if (target > 1.1) print(row('without, the same attributes by hand', (round) => round.byHand));
  print(row('bare span, no processor', (round) => round.bare));
}

function print({ name, target, ratios, micros }: Row): void {
  const spread = `(${ratios[0]?.toFixed(2)} to ${ratios.at(-1)?.toFixed(2)})`;
  const goal = target === undefined ? '' : `   target at most ${target}`;
  console.log(
    `  ${name.padEnd(38)}${micros.toFixed(2).padStart(7)} µs   × ${median(ratios).toFixed(3)} ${spread}${goal}`,
  );
}

const sink = fork(new URL('./loopback-sink.ts', import.meta.url), { execArgv: [] });
const [port] = (await once(sink, 'message')) as [number];
console.log(
  `CPU time per ended span, ${ROUNDS} rounds of ${BATCHES_PER_ROUND * SPANS_PER_BATCH} spans, Node ${process.version}`,
);
await compare('GenAI span', GEN_AI, port, 1.15);
await compare('other span', HTTP, port, 1.02);
sink.disconnect();
