import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
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
import type { EnrichedCall, EnrichedPart } from './enrich-request.ts';
import type { GatewayCall } from './gateway-call.ts';
import { GatewayTelemetry } from './gateway-telemetry.ts';
import type { EnrichedRequest } from './measure-requests.ts';
import { measureDifference, measureWindow } from './gpu/measure-window.ts';
import type { SettledCost } from './gpu/settle-records.ts';

/** What is counted of a call; its record is not needed any more. */
export type CountedCall = Pick<EnrichedCall, 'kept' | 'measurement' | 'counted'>;

type Environment = Readonly<Record<string, string | undefined>>;

const SERVICE_NAME = 'costspan-gateway';
/** Room above the bound that the cost metrics keep themselves, so that the SDK's own never cuts in. */
const SERIES_HEADROOM = 100;
const COUNTING_MILLIS_MAX = 1000;

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
  /** What the gateway counts of its own work. */
  readonly telemetry: GatewayTelemetry;
  readonly #counting = new Set<Promise<void>>();

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
    this.telemetry = new GatewayTelemetry(this.#provider.getMeter('@costspan/gateway'));
  }

  /** Holds back whoever asks for the metrics until something has been counted, for a second at most. */
  countWhenDone(counting: Promise<void>): void {
    this.#counting.add(counting);
    void counting.finally(() => this.#counting.delete(counting));
  }

  /** Counts what a committed request brought. Only records that are new to the store are measured. */
  recordCommitted(
    committed: Pick<EnrichedPart, 'unrecordable'> & { readonly calls: readonly CountedCall[] },
    isNew: readonly boolean[],
  ): void {
    const news = isNew.filter((each) => each).length;
    this.telemetry.records(news, 'new');
    this.telemetry.records(isNew.length - news, 'redelivered');
    this.telemetry.records(committed.unrecordable, 'unrecordable');
    committed.calls.forEach(({ measurement, counted, kept }, index) => {
      if (isNew[index] !== true) return;
      this.#costs.recordCall(measurement, { costLater: isSettledLater(kept) });
      kept.counted = counted;
      kept.isCostLater = isSettledLater(kept);
    });
  }

  /** Counts user-facing requests; one is new when any of its calls is. */
  recordRequests(requests: readonly EnrichedRequest[], isNew: readonly boolean[]): void {
    for (const { calls, measurement } of requests) {
      if (calls.some((call) => isNew[call] === true)) this.#costs.recordRequest(measurement);
    }
  }

  /** Counts calls anew on which the verdict has changed. */
  recordCorrected(corrections: readonly CountedCall[]): void {
    for (const { kept, measurement, counted } of corrections) {
      if (kept.counted === undefined) continue;
      this.#costs.retractCall(kept.counted, { costLater: kept.isCostLater });
      this.#costs.recordCall(measurement, { costLater: isSettledLater(kept) });
      kept.counted = counted;
      kept.isCostLater = isSettledLater(kept);
    }
    this.telemetry.records(corrections.length, 'corrected');
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

  /** All metrics in Prometheus' text format. */
  async text(): Promise<string> {
    await Promise.race([Promise.all(this.#counting), sleep(COUNTING_MILLIS_MAX, undefined, { ref: false })]);
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
