import { randomUUID } from 'node:crypto';
import type { CostspanConfig } from '@costspan/config';
import type { GpuPool, GpuWindowRecord } from '@costspan/cost-model';
import { CostMetrics, type GpuRequestOutcome, withPrometheusNames } from '@costspan/exporter';
import type { PriceBookSource } from '@costspan/processor';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type IMetricReader,
  MeterProvider,
  MetricReader,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import type { EnrichedCall, Enrichment } from './enrich-request.ts';
import type { GatewayCall } from './gateway-call.ts';
import { measureDifference, measureWindow } from './gpu/measure-window.ts';
import type { SettledCost } from './gpu/settle-records.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const SERVICE_NAME = 'costspan-gateway';
/** Room above the bound that the cost metrics keep themselves, so that the SDK's own never cuts in. */
const SERIES_HEADROOM = 100;

export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** With `target_info` and without labels of the instrumentation scope, as Prometheus has it by default. */
const serializer = new PrometheusSerializer(undefined, false, undefined, false, true);

/**
 * The gateway's metrics: costs of what it received, and counters of its own. One meter provider serves both the
 * `/metrics` endpoint and, when `OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT` is set,
 * the push over OTLP. All sums are cumulative.
 */
export class GatewayMetrics {
  readonly #costs: CostMetrics;
  readonly #provider: MeterProvider;
  readonly #scrape = new ScrapeReader();
  readonly #count: Counters;

  constructor(config: CostspanConfig, prices: PriceBookSource, env: Environment) {
    const push = pushReader(env);
    this.#provider = new MeterProvider({
      resource: gatewayResource(),
      readers: push === undefined ? [this.#scrape] : [this.#scrape, push],
      views: [
        { instrumentName: '*', aggregationCardinalityLimit: config.metrics.seriesMax + SERIES_HEADROOM },
      ],
    });
    this.#costs = new CostMetrics({
      meterProvider: this.#provider,
      thresholds: config.thresholds,
      labelsMax: config.attribution.labelsMax,
      seriesMax: config.metrics.seriesMax,
      pools: config.pools.map(({ name }) => name),
      priceBook: {
        get version() {
          return prices.current.version;
        },
        ageSeconds: () => prices.current.ageSeconds(Date.now()),
      },
    });
    this.#count = createCounters(this.#provider);
  }

  /** Counts what a committed request brought. Only records that are new to the store are measured. */
  recordCommitted(enrichment: Enrichment, isNew: readonly boolean[]): void {
    const news = isNew.filter((each) => each).length;
    this.#count.spans(enrichment.spanCount, {});
    this.#count.records(news, { outcome: 'new' });
    this.#count.records(isNew.length - news, { outcome: 'redelivered' });
    this.#count.records(enrichment.unrecordable, { outcome: 'unrecordable' });
    enrichment.calls.forEach(({ measurement, kept }, index) => {
      if (isNew[index] !== true) return;
      this.#costs.recordCall(measurement, { costLater: isSettledLater(kept) });
      kept.counted = measurement;
      kept.isCostLater = isSettledLater(kept);
    });
    for (const { calls, measurement } of enrichment.requests) {
      if (calls.some((call) => isNew[call] === true)) this.#costs.recordRequest(measurement);
    }
  }

  /** Counts calls anew on which the verdict has changed. */
  recordCorrected(corrections: readonly EnrichedCall[]): void {
    for (const { kept, measurement } of corrections) {
      if (kept.counted === undefined) continue;
      this.#costs.retractCall(kept.counted, { costLater: kept.isCostLater });
      this.#costs.recordCall(measurement, { costLater: isSettledLater(kept) });
      kept.counted = measurement;
      kept.isCostLater = isSettledLater(kept);
    }
    this.#count.records(corrections.length, { outcome: 'corrected' });
  }

  /** Counts the books of a window of a pool, or by how much they differ from those before. */
  recordGpuWindow(pool: GpuPool, books: GpuWindowRecord, before: GpuWindowRecord | undefined): void {
    if (before === undefined) this.#costs.recordGpuWindow(measureWindow(pool, books));
    else this.#costs.correctGpuWindow(measureDifference(pool, books, before));
  }

  /** Counts the cost of a call whose GPU time is settled, in place of what an earlier settlement found. */
  recordGpuCost(pool: GpuPool, { measurement, before }: SettledCost): void {
    if (before === undefined) this.#costs.recordGpuRequests(pool.name, 'settled', 1);
    else this.#costs.retractCost(before);
    this.#costs.recordCost(measurement);
  }

  /** Counts a request of a pool that came too late for some of its windows. */
  recordGpuRequest(pool: string, outcome: GpuRequestOutcome): void {
    this.#costs.recordGpuRequests(pool, outcome, 1);
  }

  /** Counts an answer on `/v1/traces`. */
  recordAnswer(status: number): void {
    this.#count.requests(1, { code: String(status) });
  }

  recordForwardFailure(reason: string): void {
    this.#count.forwardFailures(1, { reason });
  }

  /** All metrics in Prometheus' text format. */
  async text(): Promise<string> {
    const { resourceMetrics } = await this.#scrape.collect();
    return serializer.serialize(withPrometheusNames(resourceMetrics));
  }

  /** Pushes the last values, where metrics are pushed, and stops. */
  async shutdown(): Promise<void> {
    this.#costs.flush();
    await this.#provider.shutdown();
  }
}

/** An estimate of GPU time falls with every request beside it; a counter could not go back to what is settled. */
function isSettledLater({ cost }: GatewayCall): boolean {
  return cost?.gpu !== undefined;
}

type Count = (increment: number, attributes: Readonly<Record<string, string>>) => void;

interface Counters {
  readonly spans: Count;
  readonly records: Count;
  readonly requests: Count;
  readonly forwardFailures: Count;
}

/** Every series that is known beforehand starts at 0, because `increase()` does not see a series' first value. */
function createCounters(provider: MeterProvider): Counters {
  const meter = provider.getMeter('@costspan/gateway');
  const counter = (
    name: string,
    unit: string,
    description: string,
    known: readonly Record<string, string>[],
  ): Count => {
    const instrument = meter.createCounter(`costspan.gateway.${name}`, { unit, description });
    for (const attributes of known) instrument.add(0, attributes);
    return (increment, attributes) => instrument.add(increment, attributes);
  };
  return {
    spans: counter('spans', '{span}', 'Spans of committed requests.', [{}]),
    records: counter('records', '{record}', 'Model calls by what the store said to their record.', [
      { outcome: 'new' },
      { outcome: 'redelivered' },
      { outcome: 'corrected' },
      { outcome: 'unrecordable' },
    ]),
    requests: counter('requests', '{request}', 'Trace requests by the status code of the answer.', [
      { code: '200' },
      { code: '400' },
      { code: '503' },
    ]),
    forwardFailures: counter(
      'forward_failures',
      '{request}',
      'Requests that the forward target did not take.',
      [{ reason: 'busy' }, { reason: 'refused' }, { reason: 'timeout' }, { reason: 'unreachable' }],
    ),
  };
}

/** Two processes that share an instance id would be added up wrongly, so each start has one of its own. */
function gatewayResource(): ReturnType<typeof defaultResource> {
  const own = resourceFromAttributes({ 'service.name': SERVICE_NAME });
  const instance = resourceFromAttributes({ 'service.instance.id': randomUUID() });
  return defaultResource()
    .merge(own)
    .merge(detectResources({ detectors: [envDetector] }))
    .merge(instance);
}

function pushReader(env: Environment): IMetricReader | undefined {
  const endpoint = env['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'] ?? env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '';
  if (endpoint === '' || env['OTEL_METRICS_EXPORTER'] === 'none') return undefined;
  const intervalMillis = Number(env['OTEL_METRIC_EXPORT_INTERVAL']);
  return new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter({ temporalityPreference: AggregationTemporality.CUMULATIVE }),
    ...(intervalMillis > 0 && { exportIntervalMillis: intervalMillis }),
  });
}

/** Collects whenever it is asked to. */
class ScrapeReader extends MetricReader {
  constructor() {
    super({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE });
  }

  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {}
}
