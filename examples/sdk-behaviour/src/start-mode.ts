import type * as Instrumentation from '@costspan/instrumentation';
import type * as Processor from '@costspan/processor';
import type * as AutoInstrumentations from '@opentelemetry/auto-instrumentations-node';
import type * as ContextHooks from '@opentelemetry/context-async-hooks';
import type * as NodeSdk from '@opentelemetry/sdk-node';
import type * as Api from '@opentelemetry/api';
import type * as SdkTrace from '@opentelemetry/sdk-trace';
import { failingTracerProvider } from './failing-tracer-provider.ts';
import type { Mode } from './mode.ts';
import type { LoadModule } from './sdks.ts';

/** A span that the tap made or completed, as far as tests look at it. */
export interface SeenSpan {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** What runs beside the application. */
export interface RunningMode {
  /** To be called once the application's libraries are loaded. */
  readonly loaded: () => Promise<void>;
  /** Spans with usage from the wire that ended since the last call. */
  takeSpans(): SeenSpan[];
  /** How often listening to a call failed, by reason. */
  failures(): Record<string, number>;
  stop(): Promise<void>;
}

const NOTHING: RunningMode = {
  loaded: async () => {},
  takeSpans: () => [],
  failures: () => ({}),
  stop: async () => {},
};

/** Starts what a mode runs beside the application. Modules are loaded in the application's own way. */
export async function startMode(mode: Mode, load: LoadModule): Promise<RunningMode> {
  switch (mode) {
    case 'none':
    case 'node-register':
      return NOTHING;
    case 'fetch-wrapped':
      return wrapFetch();
    case 'others':
    case 'tap-with-others':
      return startNodeSdk(mode === 'tap-with-others', load);
    default:
      return startTap(mode, load);
  }
}

/** What the tap is not: the way of those who read answers by replacing `fetch`. The behaviours have to notice it. */
function wrapFetch(): RunningMode {
  const original = globalThis.fetch;
  globalThis.fetch = async (...request) => {
    const response = await original(...request);
    return new Response(response.body?.pipeThrough(new TransformStream()), response);
  };
  return NOTHING;
}

async function startTap(
  mode: 'tap-first' | 'tap-last' | 'tap-disabled' | 'tap-failing',
  load: LoadModule,
): Promise<RunningMode> {
  const { trace, context } = (await load('@opentelemetry/api')) as typeof Api;
  const { AsyncLocalStorageContextManager } = (await load(
    '@opentelemetry/context-async-hooks',
  )) as typeof ContextHooks;
  const { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } = (await load(
    '@opentelemetry/sdk-trace',
  )) as typeof SdkTrace;
  const { WireInstrumentation } = (await load('@costspan/instrumentation')) as typeof Instrumentation;

  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  let tap: Instrumentation.WireInstrumentation | undefined;
  const install = (): void => {
    tap = new WireInstrumentation();
    tap.setTracerProvider(mode === 'tap-failing' ? failingTracerProvider(provider) : provider);
  };
  // Without a global provider other libraries make no spans: what differs is owed to the tap alone.
  if (mode === 'tap-disabled') trace.setGlobalTracerProvider(provider);
  if (mode !== 'tap-last') install();
  if (mode === 'tap-disabled') tap?.disable();
  return {
    async loaded() {
      if (mode === 'tap-last') install();
    },
    takeSpans: () => takeSpans(exporter),
    failures: () => Object.fromEntries(tap?.failures ?? []),
    async stop() {
      tap?.disable();
      await provider.shutdown();
    },
  };
}

async function startNodeSdk(withTap: boolean, load: LoadModule): Promise<RunningMode> {
  const { getNodeAutoInstrumentations } = (await load(
    '@opentelemetry/auto-instrumentations-node',
  )) as typeof AutoInstrumentations;
  const { NodeSDK } = (await load('@opentelemetry/sdk-node')) as typeof NodeSdk;
  const { InMemorySpanExporter, SimpleSpanProcessor } = (await load(
    '@opentelemetry/sdk-trace',
  )) as typeof SdkTrace;
  const { CostSpanProcessor } = (await load('@costspan/processor')) as typeof Processor;
  const { WireInstrumentation } = (await load('@costspan/instrumentation')) as typeof Instrumentation;

  const exporter = new InMemorySpanExporter();
  const tap = withTap ? new WireInstrumentation() : undefined;
  const sdk = new NodeSDK({
    instrumentations: [...getNodeAutoInstrumentations(), ...(tap === undefined ? [] : [tap])],
    spanProcessors: [new CostSpanProcessor(), new SimpleSpanProcessor({ exporter })],
  });
  sdk.start();
  return {
    loaded: async () => {},
    takeSpans: () => takeSpans(exporter),
    failures: () => Object.fromEntries(tap?.failures ?? []),
    stop: () => sdk.shutdown(),
  };
}

function takeSpans(exporter: SdkTrace.InMemorySpanExporter): SeenSpan[] {
  const spans = exporter.getFinishedSpans().map(({ name, attributes }) => ({ name, attributes }));
  exporter.reset();
  return spans.filter(({ attributes }) => attributes['costspan.usage.source'] !== undefined);
}
