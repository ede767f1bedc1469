import { randomUUID } from 'node:crypto';
import type { CostspanConfig } from '@costspan/config';
import { CostMetrics, withPrometheusNames } from '@costspan/exporter';
import type { PriceBook } from '@costspan/pricing';
import type { Counter } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { type IMetricReader, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';

/** What the gateway tells of itself, beside the cost metrics. */
export interface GatewayCounters {
  readonly spans: Counter;
  readonly records: Counter;
  readonly refusals: Counter;
  readonly forwardFailures: Counter;
  readonly unrecordable: Counter;
}

/** The cost metrics and the gateway's own, for Prometheus to scrape and, where `OTEL_*` says so, over OTLP. */
export class GatewayTelemetry {
  readonly costs: CostMetrics;
  readonly counters: GatewayCounters;
  readonly #provider: MeterProvider;
  readonly #prometheus = new PrometheusExporter({ preventServerStart: true });
  readonly #serializer = new PrometheusSerializer();

  constructor(
    config: CostspanConfig,
    priceBook: PriceBook,
    env: Readonly<Record<string, string | undefined>>,
  ) {
    const readers: IMetricReader[] = [this.#prometheus];
    if ((env['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'] ?? env['OTEL_EXPORTER_OTLP_ENDPOINT']) !== undefined) {
      readers.push(new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() }));
    }
    this.#provider = new MeterProvider({
      // Two replicas without an instance id of their own would be one broken series to Prometheus.
      resource: resourceFromAttributes({
        'service.name': 'costspan-gateway',
        'service.instance.id': randomUUID(),
      }),
      readers,
    });
    this.costs = new CostMetrics({
      meterProvider: this.#provider,
      thresholds: config.thresholds,
      labelsMax: config.attribution.labelsMax,
      seriesMax: config.metrics.seriesMax,
      priceBook: {
        version: priceBook.version,
        ageSeconds: () => (Date.now() - Date.parse(priceBook.version)) / 1000,
      },
    });
    const meter = this.#provider.getMeter('@costspan/gateway');
    const counter = (name: string, unit: string, description: string): Counter =>
      meter.createCounter(`costspan.gateway.${name}`, { unit, description });
    this.counters = {
      spans: counter('spans', '{span}', 'Spans received.'),
      records: counter('records', '{record}', 'Cost records, new or delivered again.'),
      refusals: counter('refusals', '{request}', 'Requests that were refused, by HTTP status.'),
      forwardFailures: counter(
        'forward_failures',
        '{request}',
        'Requests that the forward target did not take.',
      ),
      unrecordable: counter(
        'unrecordable_spans',
        '{span}',
        'Model-call spans without a valid id or start time.',
      ),
    };
  }

  /** The metrics as Prometheus text. */
  async prometheusText(): Promise<string> {
    const { resourceMetrics } = await this.#prometheus.collect();
    return this.#serializer.serialize(withPrometheusNames(resourceMetrics));
  }

  async shutdown(): Promise<void> {
    this.costs.flush();
    await this.#provider.shutdown();
  }
}
