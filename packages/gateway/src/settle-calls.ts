import type { CallVerdict, SpanReport, VerdictChange } from '@costspan/semconv';
import type { GatewayCall, GatewayCalls } from './gateway-call.ts';
import { type GpuPricing, isOwnTry } from './gpu/gpu-pricing.ts';
import { linkReports } from './link-reports.ts';

/** What a request says about calls, as far as the calls of other requests depend on it. */
export interface ReportedCalls {
  /** Its spans in order, but for those without an id. */
  readonly spans: readonly SpanReport<GatewayCall | undefined>[];
  /** The model calls among them, in order. */
  readonly calls: readonly ReportedCall[];
}

export interface ReportedCall {
  readonly kept: GatewayCall;
  /** Its place among the spans. */
  readonly report: SpanReport<GatewayCall | undefined>;
  /** What an upstream processor found on it: a duplicate. */
  readonly upstream: CallVerdict | undefined;
}

/** What was seen before. */
export interface SettlingHistory {
  readonly calls: GatewayCalls;
  readonly gpu: GpuPricing;
  /** On a clock that does not go back. */
  readonly nowMillis: number;
}

export interface SettledCalls {
  /** On every call of the request, and on earlier ones that have a new one. */
  readonly verdicts: ReadonlyMap<GatewayCall, CallVerdict>;
  /** Calls of earlier requests that were costed, and to which something is new: the verdict, or what is told of them. */
  readonly corrections: readonly VerdictChange<GatewayCall>[];
}

const BILLED: CallVerdict = { billed: true };

/** Tells deduplication and GPU pricing of a request, and finds what that says about its calls and about earlier ones. */
export function settleCalls(
  { spans, calls }: ReportedCalls,
  { calls: known, gpu, nowMillis }: SettlingHistory,
): SettledCalls {
  const changes = known.add(spans, nowMillis).filter(hasSubject);
  const verdicts = new Map<GatewayCall, CallVerdict>();
  for (const { subject, verdict } of changes) verdicts.set(subject, verdict);
  for (const { kept, report, upstream } of calls) {
    const { traceId, spanId, parentSpanId } = report;
    const caller = parentSpanId === '' ? undefined : known.subject(traceId, parentSpanId);
    if (caller !== kept) kept.caller ??= caller;
    // A span of a very long trace can be settled and forgotten in one go.
    verdicts.set(kept, upstream ?? known.verdict(traceId, spanId) ?? verdicts.get(kept) ?? BILLED);
  }
  const learned = linkReports(verdicts, known);
  for (const [kept, verdict] of verdicts) {
    if (verdict.billed || isOwnTry(kept)) gpu.observe(kept);
    else gpu.forget(kept);
  }
  for (const kept of learned) gpu.observe(kept);
  return { verdicts, corrections: correctionsOf(changes, learned, gpu) };
}

function correctionsOf(
  changes: readonly VerdictChange<GatewayCall>[],
  learned: ReadonlySet<GatewayCall>,
  gpu: GpuPricing,
): VerdictChange<GatewayCall>[] {
  const corrections = changes.filter(({ subject }) => subject.cost !== undefined);
  const changed = new Set(corrections.map(({ subject }) => subject));
  for (const subject of learned) {
    if (subject.cost === undefined) continue;
    const isNews = gpu.serves(subject) || subject.call.usageSource === 'server';
    if (isNews && !changed.has(subject)) {
      corrections.push({ subject, verdict: { billed: true } });
    }
  }
  return corrections;
}

function hasSubject(change: VerdictChange<GatewayCall | undefined>): change is VerdictChange<GatewayCall> {
  return change.subject !== undefined;
}
