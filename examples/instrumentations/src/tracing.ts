import { createRequire } from 'node:module';

/** A shut-down sends what has not been sent. */
export interface Tracing {
  shutdown(): Promise<void>;
}

/**
 * Sets up tracing as a service does: a batch processor, OTLP over HTTP, a context that follows asynchronous calls.
 *
 * @param requireOfGroup made in the group's folder, so that its versions are used
 */
export function startTracing(
  requireOfGroup: NodeJS.Require,
  instrumentations: readonly unknown[],
  { serviceName }: { readonly serviceName?: string } = {},
): Tracing {
  const { context, trace } = requireOfGroup('@opentelemetry/api');
  const { AsyncLocalStorageContextManager } = requireOfGroup('@opentelemetry/context-async-hooks');
  const { OTLPTraceExporter } = requireOfGroup('@opentelemetry/exporter-trace-otlp-http');
  const { registerInstrumentations } = requireOfGroup('@opentelemetry/instrumentation');
  const { BatchSpanProcessor, TracerProvider } = requireOfGroup('@opentelemetry/sdk-trace');
  const provider = new TracerProvider({
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
    ...(serviceName !== undefined && { resource: resourceOf(requireOfGroup, serviceName) }),
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  registerInstrumentations({ instrumentations });
  return closingWireTap(provider);
}

/**
 * The same tracing, with which the wire tap ends too if there is one: what it has put on spans that are still open by
 * then, because their instrumentation never ends them, gets spans of its own.
 */
export function closingWireTap(tracing: Tracing): Tracing {
  return {
    shutdown: async () => {
      (globalThis as { costspanWireTap?: { disable(): void } }).costspanWireTap?.disable();
      await tracing.shutdown();
    },
  };
}

function resourceOf(requireOfGroup: NodeJS.Require, serviceName: string): unknown {
  const { resourceFromAttributes } = requireOfGroup('@opentelemetry/resources');
  return resourceFromAttributes({ 'service.name': serviceName });
}

/** OpenLIT brings an OpenTelemetry of its own; its prices would be fetched. */
export function startOpenLit(requireOfGroup: NodeJS.Require): Tracing {
  const { default: OpenLit } = requireOfGroup('openlit');
  OpenLit.init({
    otlpEndpoint: new URL(process.env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']!).origin,
    pricingJson: {},
    disableMetrics: true,
    disableEvents: true,
  });
  const { trace } = createRequire(requireOfGroup.resolve('openlit'))('@opentelemetry/api');
  return closingWireTap(trace.getTracerProvider().getDelegate());
}
