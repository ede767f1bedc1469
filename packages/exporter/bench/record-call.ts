/**
 * The cost of recording one model call, beside the same measurements made with plain synchronous instruments
 * of the OpenTelemetry SDK, as instrumentations usually do. Both include a collection every 1,000 calls, which
 * is once a minute at 17 calls a second.
 *
 *   node --expose-gc --conditions=@costspan/source packages/exporter/bench/record-call.ts
 */
import { type ModelCall, type PricedResult, USAGE_BUCKETS } from '@costspan/cost-model';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { type CallMeasurement, costBuckets, CostMetrics } from '../src/index.ts';

const CALLS_PER_COLLECTION = 1000;
const COLLECTIONS_PER_ROUND = 100;
const ROUNDS = 7;

/** Collects when it is told to. */
class ManualReader extends MetricReader {
  async onForceFlush(): Promise<void> {}
  async onShutdown(): Promise<void> {}
}

interface Recorder {
  readonly name: string;
  readonly reader: ManualReader;
  record(measurement: CallMeasurement): void;
}

const RATE = { decimal: '0.25', per: 1_000_000, unit: 'token' } as const;
const LINES: PricedResult['lines'] = [
  { component: 'input', bucket: 'input', quantity: 176, rate: RATE, amountPico: 44_000_000 },
  { component: 'cache_read', bucket: 'cacheRead', quantity: 1024, rate: RATE, amountPico: 25_600_000 },
  { component: 'output', bucket: 'output', quantity: 222, rate: RATE, amountPico: 444_000_000 },
  { component: 'reasoning', bucket: 'reasoning', quantity: 128, rate: RATE, amountPico: 256_000_000 },
];

/** 2 models, 10 features and 20 tenants; the labels are fresh strings, as they are in span attributes. */
function measurements(): CallMeasurement[] {
  return Array.from({ length: 400 }, (_, index) => {
    const call: ModelCall = {
      dialect: 'openinference',
      provider: fresh('openai'),
      requestModel: fresh('gpt-5-mini'),
      responseModel: fresh(index % 2 === 0 ? 'gpt-5-mini-2025-08-07' : 'gpt-5-nano-2025-08-07'),
      operation: 'chat',
      usage: { input: 176, cacheRead: 1024, output: 222, reasoning: 128 },
      usageSource: 'span',
      responseId: undefined,
      serviceTier: undefined,
      serverAddress: undefined,
      errorType: undefined,
    };
    const price = { entry: 'openai/gpt-5-mini', exactMatch: true };
    const result: PricedResult = { status: 'priced', price, lines: LINES, totalPico: 769_600_000 };
    return { call, result, feature: fresh(`feature-${index % 10}`), tenant: fresh(`tenant-${index % 20}`) };
  });
}

function fresh(text: string): string {
  return Buffer.from(text).toString();
}

function costspan(): Recorder {
  const reader = new ManualReader();
  const metrics = new CostMetrics({ meterProvider: new MeterProvider({ readers: [reader] }) });
  return { name: 'costspan', reader, record: (measurement) => metrics.recordCall(measurement) };
}

function plainInstruments(): Recorder {
  const reader = new ManualReader();
  const meter = new MeterProvider({ readers: [reader] }).getMeter('plain');
  const cost = meter.createCounter('cost', { unit: 'USD' });
  const tenantCost = meter.createCounter('tenant.cost', { unit: 'USD' });
  const calls = meter.createCounter('calls');
  const tokens = meter.createCounter('tokens');
  const callCost = meter.createHistogram('call.cost', {
    advice: { explicitBucketBoundaries: costBuckets([]) },
  });
  const record = ({ call, result, feature = '', tenant = '' }: CallMeasurement): void => {
    const { provider = '', responseModel: model = '', operation, usage = {} } = call;
    calls.add(1, { status: result.status, reason: 'none', provider, model });
    for (const bucket of Object.keys(usage) as (keyof typeof usage)[]) {
      tokens.add(usage[bucket] ?? 0, { type: USAGE_BUCKETS[bucket].component, provider, model, feature });
    }
    if (result.status !== 'priced') return;
    for (const { component, amountPico } of result.lines) {
      cost.add(amountPico / 1e12, { component, provider, model, operation, feature });
    }
    tenantCost.add(result.totalPico / 1e12, { tenant, feature });
    callCost.record(result.totalPico / 1e12, { provider, model, operation, feature });
  };
  return { name: 'plain instruments', reader, record };
}

/** Nanoseconds per call: while recording, and with the collections on top. */
async function round(recorder: Recorder, calls: readonly CallMeasurement[]): Promise<[number, number]> {
  globalThis.gc?.();
  let recordingNanos = 0;
  const start = process.hrtime.bigint();
  for (let collection = 0; collection < COLLECTIONS_PER_ROUND; collection += 1) {
    const recordingStart = process.hrtime.bigint();
    for (let index = 0; index < CALLS_PER_COLLECTION; index += 1) {
      const measurement = calls[index % calls.length];
      if (measurement !== undefined) recorder.record(measurement);
    }
    recordingNanos += Number(process.hrtime.bigint() - recordingStart);
    await recorder.reader.collect();
  }
  const totalNanos = Number(process.hrtime.bigint() - start);
  const count = COLLECTIONS_PER_ROUND * CALLS_PER_COLLECTION;
  return [recordingNanos / count, totalNanos / count];
}

function least(a: [number, number], b: [number, number]): [number, number] {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1])];
}

function printed(label: string, [recording, total]: readonly [string, string]): string {
  return `${label.padEnd(20)} ${recording.padStart(11)} ${total.padStart(17)}`;
}

const own = costspan();
const peer = plainInstruments();
const calls = measurements();
let ownNanos: [number, number] = [Infinity, Infinity];
let peerNanos: [number, number] = [Infinity, Infinity];
for (let index = 0; index < ROUNDS; index += 1) {
  ownNanos = least(ownNanos, await round(own, calls));
  peerNanos = least(peerNanos, await round(peer, calls));
}
console.log(printed('ns per call', ['recording', 'with collection']));
console.log(printed(own.name, [ownNanos[0].toFixed(0), ownNanos[1].toFixed(0)]));
console.log(printed(peer.name, [peerNanos[0].toFixed(0), peerNanos[1].toFixed(0)]));
const ratios = [peerNanos[0] / ownNanos[0], peerNanos[1] / ownNanos[1]] as const;
console.log(printed('times faster', [ratios[0].toFixed(1), ratios[1].toFixed(1)]));
