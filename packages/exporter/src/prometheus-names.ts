/** The part of the SDK's `ResourceMetrics` that names a metric. */
export interface NamedMetrics {
  readonly scopeMetrics: readonly {
    readonly metrics: readonly {
      readonly descriptor: { readonly name: string; readonly unit: string };
      /** The SDK's `DataPointType`. */
      readonly dataPointType?: number;
    }[];
  }[];
}

/** The SDK's `DataPointType.GAUGE`. */
const GAUGE = 2;

const UNIT_WORDS: ReadonlyMap<string, string> = new Map([
  ['s', 'seconds'],
  ['ms', 'milliseconds'],
  ['By', 'bytes'],
]);

/**
 * Puts the unit into each metric's name, as Prometheus and the Collector do when they receive OTLP:
 * `costspan.cost` in `USD` is `costspan_cost_USD_total` there. The SDK's Prometheus exporter leaves it out, so
 * that the same metric would have two names without this.
 *
 * @example
 * const { resourceMetrics } = await prometheusExporter.collect();
 * response.end(new PrometheusSerializer().serialize(withPrometheusNames(resourceMetrics)));
 *
 * @see https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
 */
export function withPrometheusNames<Metrics extends NamedMetrics>(resourceMetrics: Metrics): Metrics {
  const scopeMetrics = resourceMetrics.scopeMetrics.map((scope) => ({
    ...scope,
    metrics: scope.metrics.map((metric) => ({
      ...metric,
      descriptor: { ...metric.descriptor, name: nameWithUnit(metric.descriptor, metric.dataPointType) },
    })),
  }));
  return { ...resourceMetrics, scopeMetrics };
}

function nameWithUnit(
  { name, unit }: { readonly name: string; readonly unit: string },
  dataPointType: number | undefined,
): string {
  // A gauge without a unit is a ratio; a sum without one is a count.
  const word = unit === '1' && dataPointType === GAUGE ? 'ratio' : (UNIT_WORDS.get(unit) ?? unit);
  const isWord = /^[A-Za-z]+$/.test(word);
  return !isWord || name.endsWith(`.${word}`) ? name : `${name}.${word}`;
}
