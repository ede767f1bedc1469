import type { CostComponent, ModelCall, PricedLine, PricedResult, UsageBucket } from '@costspan/cost-model';
import {
  type AggregationTemporality,
  type Histogram,
  type MetricData,
  MeterProvider,
  MetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { CallMeasurement } from '../src/index.ts';

/** A reader of the real SDK that collects when it is told to. */
export class ManualReader extends MetricReader {
  constructor(temporality?: AggregationTemporality) {
    super(temporality === undefined ? {} : { aggregationTemporalitySelector: () => temporality });
  }

  async onForceFlush(): Promise<void> {}
  async onShutdown(): Promise<void> {}

  async points(): Promise<Points> {
    const { resourceMetrics, errors } = await this.collect();
    if (errors.length > 0) throw new AggregateError(errors);
    return new Points(resourceMetrics);
  }
}

export function startReader(temporality?: AggregationTemporality): {
  reader: ManualReader;
  meterProvider: MeterProvider;
} {
  const reader = new ManualReader(temporality);
  return { reader, meterProvider: new MeterProvider({ readers: [reader] }) };
}

/** What one collection of a reader saw. */
export class Points {
  readonly resourceMetrics: ResourceMetrics;

  constructor(resourceMetrics: ResourceMetrics) {
    this.resourceMetrics = resourceMetrics;
  }

  names(): string[] {
    return this.#metrics().map((metric) => metric.descriptor.name);
  }

  /** The values of a counter or gauge by its labels' values, joined in the order in which they are attached. */
  values(name: string): Record<string, number> {
    const points = this.#metric(name)?.dataPoints ?? [];
    return Object.fromEntries(
      points.map((point) => [Object.values(point.attributes).join(' '), point.value as number]),
    );
  }

  histograms(name: string): Record<string, Histogram> {
    const points = this.#metric(name)?.dataPoints ?? [];
    return Object.fromEntries(
      points.map((point) => [Object.values(point.attributes).join(' '), point.value as Histogram]),
    );
  }

  /** The sum of a counter of money in picos, which each double is near enough to tell exactly. */
  picos(name: string): bigint {
    const values = Object.values(this.values(name));
    return values.reduce((sum, value) => sum + BigInt(Math.round(value * 1e12)), 0n);
  }

  startMillis(name: string): number[] {
    const points = this.#metric(name)?.dataPoints ?? [];
    return points.map(({ startTime: [seconds, nanos] }) => seconds * 1000 + nanos / 1e6);
  }

  #metric(name: string): MetricData | undefined {
    return this.#metrics().find((metric) => metric.descriptor.name === name);
  }

  #metrics(): MetricData[] {
    return this.resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  }
}

const BUCKETS: Partial<Record<CostComponent, UsageBucket>> = {
  input: 'input',
  cache_read: 'cacheRead',
  output: 'output',
  reasoning: 'reasoning',
};

export const CALL: ModelCall = {
  dialect: 'openinference',
  provider: 'openai',
  requestModel: 'gpt-5-mini',
  responseModel: 'gpt-5-mini-2025-08-07',
  operation: 'chat',
  usage: { input: 176, cacheRead: 1024, output: 222, reasoning: 128 },
  usageSource: 'span',
  responseId: undefined,
  serviceTier: undefined,
  serverAddress: undefined,
  errorType: undefined,
};

/** A priced result with these amounts of picos. */
export function priced(picos: Partial<Record<CostComponent, number>>): PricedResult {
  const lines = Object.entries(picos).map(([component, amountPico]): PricedLine => ({
    component: component as CostComponent,
    bucket: BUCKETS[component as CostComponent] ?? 'requests',
    quantity: 1,
    rate: { decimal: '1', per: 1_000_000, unit: 'token' },
    amountPico,
  }));
  const totalPico = lines.reduce((sum, line) => sum + line.amountPico, 0);
  return { status: 'priced', price: { entry: 'openai/gpt-5-mini', exactMatch: true }, lines, totalPico };
}

/** A priced call for `summarize` of `acme`, unless stated otherwise. */
export function measurement(given: Partial<CallMeasurement> = {}): CallMeasurement {
  const result = priced({ input: 44_000_000, cache_read: 25_600_000, output: 444_000_000 });
  return { call: CALL, result, feature: 'summarize', tenant: 'acme', ...given };
}
