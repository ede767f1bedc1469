import type { GatewayCall, GatewayCalls } from './gateway-call.ts';
import type { CallVerdict } from '@costspan/semconv';

/** Spans that report one call; no more than a few are told apart from each other. */
const REPORTS_MAX = 64;

/**
 * Notes which spans report the same call as the one that is billed for it: a client knows whose call it was, and its
 * server when it was worked on.
 *
 * @returns Billed calls of which more or less is known now.
 */
export function linkReports(
  verdicts: ReadonlyMap<GatewayCall, CallVerdict>,
  calls: GatewayCalls,
): Set<GatewayCall> {
  const changed = new Set<GatewayCall>();
  for (const [report, verdict] of verdicts) {
    const billed = billedBy(verdict, calls);
    if (billed === report.reportOf) continue;
    for (const call of [report.reportOf, billed]) if (call !== undefined) changed.add(call);
    const { reportOf } = report;
    if (reportOf !== undefined) reportOf.reports = reportOf.reports.filter((each) => each !== report);
    if (billed !== undefined && billed.reports.length < REPORTS_MAX)
      billed.reports = [...billed.reports.filter((each) => !isSame(each, report)), report];
    report.reportOf = billed;
  }
  return changed;
}

/** A span that was found to be a duplicate upstream is not known again when it is redelivered. */
function isSame({ span: one }: GatewayCall, { span: other }: GatewayCall): boolean {
  return one.spanId === other.spanId && one.traceId === other.traceId;
}

function billedBy(verdict: CallVerdict, calls: GatewayCalls): GatewayCall | undefined {
  if (verdict.billed || verdict.reason === 'answered_from_cache') return undefined;
  const { billedTraceId, billedSpanId } = verdict;
  if (billedTraceId === undefined || billedSpanId === undefined) return undefined;
  return calls.subject(billedTraceId, billedSpanId);
}
