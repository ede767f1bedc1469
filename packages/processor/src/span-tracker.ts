import { type Context, type Span, trace } from '@opentelemetry/api';
import type { CostAttribution } from './cost-attribution.ts';
import type { LiveGpuCall } from './live-gpu-call.ts';
import { RequestCost } from './request-cost.ts';
import type { SdkSpan } from './sdk-span.ts';

/** What the processor keeps of a span between its start and its end. */
export interface TrackedSpan {
  readonly span: SdkSpan;
  readonly parent: TrackedSpan | undefined;
  readonly parentContext: Context;
  readonly request: RequestCost;
  /** Whether the span has ended and been looked at. */
  isSettled: boolean;
  /** Whether a span inside it has to do with a model, so that it matters what lies between the two. */
  leadsToCall: boolean;
  /** Whether deduplication knows the span. */
  isReported: boolean;
  /** Set when it started as a call that a GPU pool serves, or tells of one that was followed on the wire. */
  gpu: LiveGpuCall | undefined;
  /** The last call inside it that is followed on the wire: what tells of the span's own call, if it is one. */
  gpuInside: LiveGpuCall | undefined;
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
      isSettled: false,
      leadsToCall: false,
      isReported: false,
      gpu: undefined,
      gpuInside: undefined,
    };
    (span as SdkSpan & Trackable)[this.#key] = tracked;
    return tracked;
  }

  get(span: object): TrackedSpan | undefined {
    return (span as Trackable)[this.#key];
  }

  parentOf(span: object): SdkSpan | undefined {
    return this.get(span)?.parent?.span;
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
 * Notes on the spans around one that has to do with a model that they lead to it.
 *
 * @returns Those that have ended before it, as what they are to deduplication was not known then.
 */
export function markLeadingToCall(from: TrackedSpan): TrackedSpan[] {
  const ended: TrackedSpan[] = [];
  for (let around = from.parent; around !== undefined && !around.leadsToCall; around = around.parent) {
    around.leadsToCall = true;
    if (around.isSettled && !around.isReported) ended.push(around);
  }
  return ended;
}
