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
import { type SeenSpan, SpansByBehaviour } from './spans-by-behaviour.ts';

/** What runs beside the application. */
export interface RunningMode {
  /** To be called once the application's libraries are loaded. */
  readonly loaded: () => Promise<void>;
  /** Runs a behaviour so that its spans are known. */
  readonly within: <Result>(behaviour: string, run: () => Result) => Result;
  /** Spans with usage from the wire, by behaviour. */
  spans(): Readonly<Record<string, readonly SeenSpan[]>>;
  /** How often listening to a call failed, by reason. */
  failures(): Record<string, number>;
  stop(): Promise<void>;
}

const NOTHING: RunningMode = {
  loaded: async () => {},
  within: (_, run) => run(),
  spans: () => ({}),
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
  const { context } = (await load('@opentelemetry/api')) as typeof Api;
  const { AsyncLocalStorageContextManager } = (await load(
    '@opentelemetry/context-async-hooks',
  )) as typeof ContextHooks;
  const { TracerProvider } = (await load('@opentelemetry/sdk-trace')) as typeof SdkTrace;
  const { WireInstrumentation } = (await load('@costspan/instrumentation')) as typeof Instrumentation;

  const seen = new SpansByBehaviour();
  const provider = new TracerProvider({ spanProcessors: [seen] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  let tap: Instrumentation.WireInstrumentation | undefined;
  const install = (): void => {
    tap = new WireInstrumentation();
    tap.setTracerProvider(mode === 'tap-failing' ? failingTracerProvider(provider) : provider);
  };
  if (mode !== 'tap-last') install();
  if (mode === 'tap-disabled') tap?.disable();
  return {
    async loaded() {
      if (mode === 'tap-last') install();
    },
    within: (behaviour, run) => SpansByBehaviour.run(context, behaviour, run),
    spans: () => seen.spans,
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
  const { context } = (await load('@opentelemetry/api')) as typeof Api;
  const { CostSpanProcessor } = (await load('@costspan/processor')) as typeof Processor;
  const { WireInstrumentation } = (await load('@costspan/instrumentation')) as typeof Instrumentation;

  const seen = new SpansByBehaviour();
  const tap = withTap ? new WireInstrumentation() : undefined;
  const sdk = new NodeSDK({
    instrumentations: [...getNodeAutoInstrumentations(), ...(tap === undefined ? [] : [tap])],
    spanProcessors: [new CostSpanProcessor(), seen],
  });
  sdk.start();
  return {
    loaded: async () => {},
    within: (behaviour, run) => SpansByBehaviour.run(context, behaviour, run),
    spans: () => seen.spans,
    failures: () => Object.fromEntries(tap?.failures ?? []),
    stop: () => sdk.shutdown(),
  };
}
