import type { ModelCall } from '@costspan/cost-model';
import type { PriceBook } from '@costspan/pricing';
import type { CallVerdict, DeduplicationWindow, SpanReading, SpanReport } from '@costspan/semconv';
import type { CallWindows } from '../call-windows.ts';
import { costOfCall, type GatewayCall, type GatewayCalls, NO_REPORTS } from '../gateway-call.ts';
import type { ClosedWindows, GpuPricing } from '../gpu/gpu-pricing.ts';
import { rememberedCost } from '../remembered-cost.ts';
import { type ReportedCall, type ReportedCalls, settleCalls } from '../settle-calls.ts';
import {
  CALL_CONTEXT_VERSION,
  type CallContext,
  type ContextBoundary,
  type ContextCall,
  type ContextSource,
} from './call-context.ts';
import { type SpanIds, unpackSpanIds } from './pack-span-ids.ts';

/** A context as the store gives it back. */
export interface KeptContext {
  /** When it was written. */
  readonly atUnixMillis: number;
  readonly context: string;
}

/** What is empty and is to be as it was. */
export interface RestoredMemory {
  readonly calls: Pick<CallWindows, 'of'>;
  readonly gpu: GpuPricing;
  readonly priceBook: PriceBook;
}

export interface RestoreTime {
  /** The bounds of the memory. */
  readonly window: DeduplicationWindow;
  /** On the clock that the memory goes by. */
  readonly nowMillis: number;
  /** At the same moment, on the clock that the contexts were written by. */
  readonly nowUnixMillis: number;
}

export interface RestoreResult {
  readonly requests: number;
  readonly spans: number;
  /** Contexts of another version, or that are none. */
  readonly unreadable: number;
}

/**
 * Remembers the calls of an earlier process: goes through its requests as it did, from what it wrote of them. A call
 * that is reported again, or more of, then has the verdict and the record that it would have had without a restart.
 *
 * 1. Keep the latest contexts, as many as the memory has room for.
 * 2. Tell deduplication and GPU pricing of each, at its age.
 * 3. Cost its calls and those that it corrected, so that they are known to be recorded. Nothing is counted or written.
 *
 * @param contexts The oldest first.
 */
export async function restoreCalls(
  contexts: AsyncIterable<KeptContext> | Iterable<KeptContext>,
  memory: RestoredMemory,
  time: RestoreTime,
): Promise<RestoreResult> {
  let requests = 0;
  let spans = 0;
  let unreadable = 0;
  let lastMillis = Number.NEGATIVE_INFINITY;
  for (const { atUnixMillis, context } of await latest(contexts, time)) {
    // A wall clock that was set back gives ages below 0, or out of order.
    const ageMillis = Math.max(0, time.nowUnixMillis - atUnixMillis);
    lastMillis = Math.max(lastMillis, time.nowMillis - ageMillis);
    const count = restoreContext(context, memory, lastMillis);
    if (count === undefined) unreadable += 1;
    else requests += 1;
    spans += count ?? 0;
  }
  return { requests, spans, unreadable };
}

/** The contexts of the window that together have as many spans as it holds, and not one more than that takes. */
async function latest(
  contexts: AsyncIterable<KeptContext> | Iterable<KeptContext>,
  { window, nowUnixMillis }: RestoreTime,
): Promise<KeptContext[]> {
  let kept: KeptContext[] = [];
  let from = 0;
  let spans = 0;
  for await (const each of contexts) {
    if (nowUnixMillis - each.atUnixMillis > window.millis) continue;
    kept.push(each);
    spans += spanCount(each);
    for (let first = kept[from]; first !== undefined; first = kept[from]) {
      if (spans - spanCount(first) < window.spansMax) break;
      spans -= spanCount(first);
      from += 1;
    }
    if (from * 2 <= kept.length) continue;
    kept = kept.slice(from);
    from = 0;
  }
  return kept.slice(from);
}

const SPAN_COUNT = /^\{"v":\d+,"spans":(\d+)[,}]/;

function spanCount({ context }: KeptContext): number {
  return Number(SPAN_COUNT.exec(context)?.[1] ?? 0);
}

/** @returns How many spans it told of; `undefined` when it cannot be read. */
function restoreContext(text: string, memory: RestoredMemory, nowMillis: number): number | undefined {
  const { gpu, priceBook } = memory;
  try {
    const context = JSON.parse(text) as CallContext;
    const calls = memory.calls.of(context.tenant);
    const ids = context.v === CALL_CONTEXT_VERSION ? unpackSpanIds(context.ids) : undefined;
    if (ids === undefined) return undefined;
    const reported = new ContextReader(context, { calls, gpu }).read(ids);
    for (const [traceId, spanId, lateNumber] of context.late ?? []) {
      const corrected = calls.subject(traceId, spanId);
      if (corrected !== undefined) corrected.lateNumber = lateNumber;
    }
    const { verdicts, corrections } = settleCalls(reported, { calls, gpu, nowMillis });
    const prices = { priceBook, gpu, nowUnixMillis: context.costedAt };
    for (const { kept } of reported.calls) recost(kept, verdicts.get(kept) ?? BILLED, prices);
    for (const { subject, verdict } of corrections) recost(subject, verdict, prices);
    return ids.length;
  } catch {
    // What was written by a process that is gone can be anything, and must not keep this one from starting.
    return undefined;
  }
}

function recost(kept: GatewayCall, verdict: CallVerdict, prices: Parameters<typeof costOfCall>[2]): void {
  const cost = costOfCall(kept, verdict, prices);
  kept.cost = rememberedCost(kept, cost);
  kept.committedGpu = cost.outcome.status === 'priced' ? cost.gpu : undefined;
}

interface ReadMemory {
  readonly calls: GatewayCalls;
  readonly gpu: GpuPricing;
}

/** Reads the spans of a context as those of a request. */
class ContextReader {
  readonly #context: CallContext;
  readonly #memory: ReadMemory;
  readonly #closed: readonly ClosedWindows[];
  /** A span can come twice in one request. */
  readonly #inRequest = new Map<string, GatewayCall>();

  constructor(context: CallContext, memory: ReadMemory) {
    this.#context = context;
    this.#memory = memory;
    this.#closed = (context.closed ?? []).map(
      (windows) =>
        new Map(Object.entries(windows).map(([pool, untilUnixNano]) => [pool, BigInt(untilUnixNano)])),
    );
  }

  read(ids: readonly SpanIds[]): ReportedCalls {
    const toldAt = new Map((this.#context.told ?? []).map((each) => [each.at, each]));
    const spans: SpanReport<GatewayCall | undefined>[] = [];
    const calls: ReportedCall[] = [];
    ids.forEach((span, at) => {
      const told = toldAt.get(at);
      if (told === undefined || !('call' in told)) {
        spans.push({ ...span, ...NO_CALL, reading: told && boundary(told) });
        return;
      }
      const source = this.#context.sources?.[told.source];
      if (source === undefined) throw new TypeError('a call without a source');
      const kept = this.#kept(span, told, source);
      const upstream = upstreamVerdict(told);
      const report = {
        ...span,
        scopeName: source.scope,
        service: source.process,
        startMillis: Number(told.startUnixNano) / 1e6,
        endMillis: Number(told.endUnixNano) / 1e6,
        reading: upstream === undefined ? callReading(told, kept.call) : undefined,
        subject: upstream === undefined ? kept : undefined,
      };
      spans.push(report);
      calls.push({ kept, report, upstream });
    });
    return { spans, calls };
  }

  /** A redelivered call is known. */
  #kept({ traceId, spanId }: SpanIds, told: ContextCall, source: ContextSource): GatewayCall {
    const key = `${traceId} ${spanId}`;
    const known = this.#memory.calls.subject(traceId, spanId) ?? this.#inRequest.get(key);
    const { pools } = this.#memory.gpu;
    const call: ModelCall = { ...source.call, ...told.call };
    const kept: GatewayCall = known ?? {
      span: {
        traceId,
        spanId,
        startTimeUnixNano: told.startUnixNano,
        endTimeUnixNano: told.endUnixNano,
        service: source.service,
        environment: source.environment,
      },
      call,
      gpu: {
        pool: pools.find(({ name }) => name === told.pool),
        replica: told.replica,
        adjustedCount: told.adjustedCount ?? 1,
        process: pools.length === 0 ? '' : source.process,
        closedAtArrival: this.#closed[told.closed ?? -1] ?? new Map(),
      },
      attribution: {
        feature: told.feature,
        tenant: told.tenant,
        entrySpanId: told.entrySpanId,
        route: told.route,
      },
      reports: NO_REPORTS,
      reportOf: undefined,
      caller: undefined,
      cost: undefined,
      isRecorded: true,
      counted: undefined,
      isCostLater: false,
      lateNumber: undefined,
      committedGpu: undefined,
    };
    kept.lateNumber ??= told.lateNumber;
    this.#inRequest.set(key, kept);
    return kept;
  }
}

const BILLED: CallVerdict = { billed: true };
const NO_CALL = { scopeName: '', service: '', startMillis: 0, endMillis: 0, subject: undefined };

function boundary({ kind, dialect }: ContextBoundary): SpanReading {
  return { kind, dialect };
}

function callReading({ kind }: ContextCall, call: ModelCall): SpanReading {
  return kind === 'hosted'
    ? { kind: 'aggregate', dialect: call.dialect, hosted: call }
    : { kind: 'model_call', call };
}

function upstreamVerdict({ duplicateOf }: ContextCall): CallVerdict | undefined {
  if (duplicateOf === undefined) return undefined;
  const { reason, traceId, spanId } = duplicateOf;
  return { billed: false, reason, billedTraceId: traceId, billedSpanId: spanId };
}
