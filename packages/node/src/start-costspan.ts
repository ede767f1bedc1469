import { metrics } from '@opentelemetry/api';
import { getNodeAutoInstrumentations, getResourceDetectors } from '@opentelemetry/auto-instrumentations-node';
import type { CostspanConfig } from '@costspan/config';
import type { PriceBooks } from '@costspan/price-books';
import { WireInstrumentation } from '@costspan/instrumentation';
import { CostSpanProcessor, MeterUnsampledSampler } from '@costspan/processor';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { Sampler, SpanProcessor } from '@opentelemetry/sdk-trace';
import { openPrices } from './open-prices.ts';
import { samplerFromEnv } from './sampler-from-env.ts';
import { spanExportersFromEnv } from './span-exporters-from-env.ts';
import { warn } from './warn.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A running OpenTelemetry SDK with costs. */
export interface RunningCostspan {
  /** Exports what has ended so far. */
  flush(): Promise<void>;
  /** Exports everything and stops. */
  shutdown(): Promise<void>;
}

/**
 * OpenTelemetry's instrumentation of the `openai` SDK: it stops before version 7, reports neither cached nor reasoning
 * tokens, and makes `.parse()` fail. What it would tell is read on the wire.
 */
const REPLACED_INSTRUMENTATION = '@opentelemetry/instrumentation-openai';

/** The name of {@link WireInstrumentation} in `OTEL_NODE_ENABLED_INSTRUMENTATIONS` and `…_DISABLED_…`. */
const WIRE_NAME = 'costspan';

/** What auto-instrumentation covers, and usage read on the wire. */
export function costspanInstrumentations(env: Environment, { wire }: CostspanConfig): Instrumentation[] {
  const instrumentations = getNodeAutoInstrumentations({ [REPLACED_INSTRUMENTATION]: { enabled: false } });
  const names = (variable: string): string[] => (env[variable] ?? '').split(',').map((name) => name.trim());
  const enabledOnly = (env['OTEL_NODE_ENABLED_INSTRUMENTATIONS'] ?? '') !== '';
  const wanted =
    wire.enabled &&
    !names('OTEL_NODE_DISABLED_INSTRUMENTATIONS').includes(WIRE_NAME) &&
    (!enabledOnly || names('OTEL_NODE_ENABLED_INSTRUMENTATIONS').includes(WIRE_NAME));
  return wanted
    ? [...instrumentations, new WireInstrumentation({ endpoints: wire.endpoints })]
    : instrumentations;
}

/**
 * Starts the OpenTelemetry Node SDK as `OTEL_*` describes it, with the cost processor in front of the
 * exporters and, by default, a sampler that keeps unsampled model calls metered.
 */
export function startCostspan(
  config: CostspanConfig,
  instrumentations: Instrumentation[],
  env: Environment,
  prices: PriceBooks = openPrices(config, process.cwd(), warn),
): RunningCostspan {
  const exporters = spanExportersFromEnv(env);
  const processor = new CostSpanProcessor({
    priceBook: prices,
    pools: config.pools,
    attribution: config.attribution,
    thresholds: config.thresholds,
    emit: config.emit,
    labelsMax: config.attribution.labelsMax,
    seriesMax: config.metrics.seriesMax,
  });
  const sampler = samplerFromEnv(env);
  const sdk = new NodeSDK({
    instrumentations,
    resourceDetectors: getResourceDetectors(),
    spanProcessors: [processor as SpanProcessor, ...exporters],
    sampler: config.sampling.meterUnsampled ? (new MeterUnsampledSampler(sampler) as Sampler) : sampler,
  });
  sdk.start();
  // Until the books of earlier updates are read, a moment from now, the one that is built in is in force.
  prices.load().then(
    () => {
      prices.start();
    },
    (error: unknown) => {
      warn(`price books of earlier updates cannot be read: ${String(error)}`);
    },
  );
  return {
    async flush() {
      await processor.forceFlush();
      await Promise.allSettled([...exporters.map((exporter) => exporter.forceFlush()), flushMetrics()]);
    },
    async shutdown() {
      // Calls whose spans are still open get spans of their own, as long as spans can be written.
      for (const each of instrumentations) if (each instanceof WireInstrumentation) each.disable();
      await Promise.allSettled([sdk.shutdown(), prices.stop()]);
    },
  };
}

async function flushMetrics(): Promise<void> {
  const provider = metrics.getMeterProvider() as { forceFlush?: () => Promise<void> };
  await provider.forceFlush?.();
}
