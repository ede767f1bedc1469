import { context, type Context, createContextKey, propagation, type Span, trace } from '@opentelemetry/api';
import { attributionKeyOf, cutAttribution } from './attribution.ts';

/** Whose request this is and what for. Names, not content: each is cut at 128 characters. */
export interface CostAttribution {
  readonly tenant?: string;
  readonly feature?: string;
}

const CONTEXT_KEY = createContextKey('costspan.attribution');
const LISTENERS_KEY = Symbol.for('costspan.attribution_listeners');

/** Called when a running request is attributed; every processor in the process registers one. */
export type AttributionListener = (span: Span, attribution: CostAttribution) => void;

/** Shared through globalThis, so that two copies of this package in one process still work together. */
export function attributionListeners(): Set<AttributionListener> {
  const holder = globalThis as { [LISTENERS_KEY]?: Set<AttributionListener> };
  holder[LISTENERS_KEY] ??= new Set();
  return holder[LISTENERS_KEY];
}

/**
 * Says which tenant and feature the current request belongs to. One line in a handler is enough: every model
 * call of the request that ends afterwards is attributed, in this process.
 *
 * @example
 * setCostAttribution({ tenant: session.tenant, feature: 'summarize' });
 */
export function setCostAttribution(attribution: CostAttribution): void {
  const span = trace.getActiveSpan();
  if (span === undefined) return;
  for (const listener of attributionListeners()) listener(span, attribution);
  for (const [name, value] of Object.entries(attribution)) {
    if (typeof value === 'string') span.setAttribute(attributionKeyOf(name), cutAttribution(value));
  }
}

/** Options of {@link withCostAttribution}. */
export interface WithCostAttributionOptions {
  /**
   * Also put the attribution into the OpenTelemetry baggage, which HTTP instrumentation sends to every host
   * that is called, model providers included. Default false: it stays in the process.
   */
  readonly propagate?: boolean;
}

/** Runs a function, and everything asynchronous that it starts, under an attribution of its own. */
export function withCostAttribution<T>(
  attribution: CostAttribution,
  run: () => T,
  options: WithCostAttributionOptions = {},
): T {
  const current = context.active();
  const merged = { ...contextAttribution(current), ...attribution };
  let next = current.setValue(CONTEXT_KEY, merged);
  if (options.propagate === true) next = withBaggage(next, attribution);
  return context.with(next, run);
}

/** The attribution that {@link withCostAttribution} put into a context. */
export function contextAttribution(from: Context): CostAttribution | undefined {
  return from.getValue(CONTEXT_KEY) as CostAttribution | undefined;
}

function withBaggage(from: Context, attribution: CostAttribution): Context {
  let baggage = propagation.getBaggage(from) ?? propagation.createBaggage();
  for (const [name, value] of Object.entries(attribution)) {
    if (typeof value === 'string')
      baggage = baggage.setEntry(attributionKeyOf(name), { value: cutAttribution(value) });
  }
  return propagation.setBaggage(from, baggage);
}
