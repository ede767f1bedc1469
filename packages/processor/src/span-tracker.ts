import { type Context, type Span, trace } from '@opentelemetry/api';
import type { CostAttribution } from './cost-attribution.ts';
import { RequestCost } from './request-cost.ts';
import type { SdkSpan } from './sdk-span-view.ts';

/** What the processor keeps of a span between its start and its end. */
export interface TrackedSpan {
  readonly span: SdkSpan;
  readonly parent: TrackedSpan | undefined;
  readonly parentContext: Context;
  readonly request: RequestCost;
  /** The billed call that ended directly inside this span, see `settleNestedCall`. */
  billedInsideSpanId: string | undefined;
  /** What the span turned out to be at its end: `undefined` while it is open. */
  settledAs: SettledAs | undefined;
}

/** `other` is no GenAI span and lets reports of a call through, `boundary` is an agent or a tool and stops them. */
type SettledAs = 'other' | 'boundary' | { readonly billedSpanId: string | undefined };

interface Trackable {
  [key: symbol]: TrackedSpan | undefined;
}

/** Requests whose entry span is remembered by trace id; the oldest is forgotten first. */
const OPEN_REQUESTS_MAX = 10_000;

/**
 * Knows for every live span its parent in this process and the request that it belongs to.
 *
 * What is kept hangs on the span object itself (a property is a tenth of the price of a WeakMap entry), so a
 * span that is never ended costs nothing once the application has let go of it. Only the entry spans that are
 * open are also kept by trace id, for children of spans that the sampler dropped.
 */
export class SpanTracker {
  /** The property of a span object that holds what is kept of it. */
  readonly #key = Symbol('costspan.tracked');
  readonly #openRequests = new Map<string, RequestCost[]>();

  start(span: SdkSpan, parentContext: Context): TrackedSpan {
    const parentSpan = trace.getSpan(parentContext);
    const parent = parentSpan === undefined ? undefined : this.get(parentSpan);
    const request =
      parent?.request ?? (parentSpan === undefined ? undefined : this.#requestOfDroppedParent(parentSpan));
    const tracked: TrackedSpan = {
      span,
      parent,
      parentContext,
      request: request ?? this.#open(span),
      billedInsideSpanId: undefined,
      settledAs: undefined,
    };
    (span as SdkSpan & Trackable)[this.#key] = tracked;
    return tracked;
  }

  get(span: object): TrackedSpan | undefined {
    return (span as Trackable)[this.#key];
  }

  /** Forgets the request of an ended entry span. */
  close(request: RequestCost): void {
    const { traceId } = request.entrySpan.spanContext();
    const left = this.#openRequests.get(traceId)?.filter((open) => open !== request) ?? [];
    if (left.length > 0) this.#openRequests.set(traceId, left);
    else this.#openRequests.delete(traceId);
  }

  attribute(span: Span, attribution: CostAttribution): void {
    const request = this.get(span)?.request ?? this.#requestOfDroppedParent(span);
    if (request !== undefined) request.attribution = { ...request.attribution, ...attribution };
  }

  #open(entrySpan: SdkSpan): RequestCost {
    const request = new RequestCost(entrySpan);
    if (this.#openRequests.size >= OPEN_REQUESTS_MAX) {
      for (const oldest of this.#openRequests.keys()) {
        this.#openRequests.delete(oldest);
        break;
      }
    }
    const { traceId } = entrySpan.spanContext();
    this.#openRequests.set(traceId, [...(this.#openRequests.get(traceId) ?? []), request]);
    return request;
  }

  /**
   * A local parent that is not tracked was not recorded; its request is then found by the trace. Where one trace
   * has several requests open at once, which of them it was cannot be told, and none is guessed.
   */
  #requestOfDroppedParent(parent: Span): RequestCost | undefined {
    const { isRemote, traceId } = parent.spanContext();
    const open = isRemote === true ? undefined : this.#openRequests.get(traceId);
    return open?.length === 1 ? open[0] : undefined;
  }
}

/**
 * Tells the nearest span that may still turn out to report the same call which one is billed. Spans that are no
 * GenAI and have ended already are passed over.
 */
export function reportBilledCall(from: TrackedSpan, billedSpanId: string): void {
  const around = nearestAround(from);
  if (around !== undefined && around.settledAs === undefined) around.billedInsideSpanId = billedSpanId;
}

/** The span billed for the same call, when a span around this one ended first and was billed for it. */
export function billedAround(from: TrackedSpan): string | undefined {
  const settledAs = nearestAround(from)?.settledAs;
  return typeof settledAs === 'object' ? settledAs.billedSpanId : undefined;
}

function nearestAround(from: TrackedSpan): TrackedSpan | undefined {
  let around = from.parent;
  while (around?.settledAs === 'other') around = around.parent;
  return around;
}
