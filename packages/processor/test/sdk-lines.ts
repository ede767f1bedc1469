/** The trace SDKs that the processor is tested with: the current line, the last of 2.x, and one without `onEnding`. */
import type { ContextManager, Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import * as sdk3 from '@opentelemetry/sdk-trace';
import * as sdk2First from 'sdk-trace-2-2';
import * as sdk2Last from 'sdk-trace-2-12';

interface FinishedSpan {
  name: string;
  attributes: Record<string, unknown>;
  events: { name: string; attributes?: Record<string, unknown> }[];
  spanContext(): { spanId: string; traceId: string; traceFlags: number };
}

export interface TestProvider {
  tracer(scope: string, version?: string): Tracer;
  exported(): FinishedSpan[];
  shutdown(): Promise<void>;
}

export interface SdkLine {
  name: string;
  start(processor: unknown, options?: { sampler?: unknown; attributeCountLimit?: number }): TestProvider;
}

function line(name: string, sdk: unknown, providerName: string, wrapExporter: boolean): SdkLine {
  const classes = sdk as Record<string, new (...options: unknown[]) => any>;
  return {
    name,
    start(processor, options = {}) {
      const exporter = new classes['InMemorySpanExporter']!();
      const simple = new classes['SimpleSpanProcessor']!(wrapExporter ? { exporter } : exporter);
      const provider = new classes[providerName]!({
        spanProcessors: [processor, simple],
        ...(options.sampler !== undefined && { sampler: options.sampler }),
        ...(options.attributeCountLimit !== undefined && {
          spanLimits: { attributeCountLimit: options.attributeCountLimit },
        }),
      });
      return {
        tracer: (scope, version) => provider.getTracer(scope, version),
        exported: () => exporter.getFinishedSpans(),
        shutdown: () => provider.shutdown(),
      };
    },
  };
}

export const SDK_LINES: SdkLine[] = [
  line('3.x', sdk3, 'TracerProvider', true),
  line('2.12', sdk2Last, 'BasicTracerProvider', false),
  line('2.2, without onEnding', sdk2First, 'BasicTracerProvider', false),
];

export const { AlwaysOffSampler, ParentBasedSampler } = sdk3;

export function contextManager(): ContextManager {
  return new AsyncLocalStorageContextManager().enable();
}
