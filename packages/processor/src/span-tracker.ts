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
  settled: boolean;
}

interface Trackable {
  [key: symbol]: TrackedSpan | undefined;
}

/** Requests whose entry span is remembered by trace id; the oldest is forgotten first. */
const OPEN_REQUESTS_MAX = 10_000;

/**
 * Knows for every live span its parent in this process and the request that it belongs to.
 *
 * What is kept hangs on the span object itself (a property is a tenth of the price of a WeakMap entry), so a
 * span that is never ended costs nothing once the application has let go of it. Only entry spans are also kept by trace id, for children of spans that the sampler dropped.
 */
export class SpanTracker {
  /** The property of a span object that holds what is kept of it. */
  readonly #key = Symbol('costspan.tracked');
  readonly #openRequests = new Map<string, RequestCost>();

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
      settled: false,
    };
    (span as SdkSpan & Trackable)[this.#key] = tracked;
    return tracked;
  }

  get(span: object): TrackedSpan | undefined {
    return (span as Trackable)[this.#key];
  }

  /**
   * Lets go of an ended span's own entry, so that it does not wait in the exporter's queue with the span. Its
   * children keep it for as long as they need it.
   */
  release(span: object): void {
    (span as Trackable)[this.#key] = undefined;
  }

  /** Forgets the request of an ended entry span. */
  close(request: RequestCost): void {
    const { traceId } = request.entrySpan.spanContext();
    if (this.#openRequests.get(traceId) === request) this.#openRequests.delete(traceId);
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
    this.#openRequests.set(entrySpan.spanContext().traceId, request);
    return request;
  }

  /** A local parent that is not tracked was not recorded; its request is then found by the trace. */
  #requestOfDroppedParent(parent: Span): RequestCost | undefined {
    const { isRemote, traceId } = parent.spanContext();
    return isRemote === true ? undefined : this.#openRequests.get(traceId);
  }
}
