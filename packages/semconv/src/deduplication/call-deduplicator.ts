import { matchPeers } from './match-peers.ts';
import { PeerIndex } from './peer-index.ts';
import { tellsCost } from './report-quality.ts';
import { settleNest } from './settle-nest.ts';
import {
  type CallNode,
  isCallNode,
  isReported,
  type ReportedNode,
  representativeOf,
  type SpanNode,
  startsBefore,
} from './span-node.ts';
import type {
  CallVerdict,
  DeduplicationWindow,
  DuplicateVerdict,
  SpanReport,
  VerdictChange,
} from './span-report.ts';
import { TraceWindow } from './trace-window.ts';

const BILLED: CallVerdict = { billed: true };
/** Ancestors that are told of a call inside them. */
const ANCESTORS_MAX = 1000;

/**
 * Bills each model call once, however many spans report it, in whatever order and in however many parts they arrive.
 *
 * The verdicts depend only on the spans that are in the window, so that they are the same wherever spans are
 * collected. A span that arrives later can change an earlier verdict; {@link add} then hands that span out again.
 *
 * 1. Within a trace, model calls that are nested in each other are settled by `settleNest`.
 * 2. What stands for a call there is matched by `matchPeers` with reports in sibling spans, other processes and other
 *    traces.
 * 3. An agent that runs at its provider is billed when no model call is seen inside it.
 */
export class CallDeduplicator<Subject> {
  readonly #window: TraceWindow<Subject>;
  readonly #peers = new PeerIndex<Subject>();

  constructor(window: DeduplicationWindow) {
    this.#window = new TraceWindow(window, (node) => this.#forget(node));
  }

  /** Spans in the window. */
  get size(): number {
    return this.#window.size;
  }

  /**
   * Adds spans that have ended. One that is in the window already changes nothing.
   *
   * @param nowMillis A clock that does not go back.
   * @returns The verdicts on the model calls and hosted agents among the spans, and those on earlier ones that are no
   * longer what they were.
   */
  add(reports: readonly SpanReport<Subject>[], nowMillis: number): VerdictChange<Subject>[] {
    this.#window.forgetOld(nowMillis);
    const unsettled: SpanNode<Subject>[] = [];
    for (const report of reports) {
      const node = this.#window.add(report, nowMillis);
      if (node === undefined) continue;
      if (isCallNode(node)) this.#peers.add(node);
      markCallsInside(node, unsettled);
      unsettled.push(node);
    }
    const changes = this.#settle(unsettled);
    this.#window.shrink();
    return changes;
  }

  /** What a span in the window was added with. */
  subject(traceId: string, spanId: string): Subject | undefined {
    return this.#window.get(traceId, spanId)?.report?.subject;
  }

  /** The verdict in force on a span, if it is a call or a hosted agent in the window. */
  verdict(traceId: string, spanId: string): CallVerdict | undefined {
    return this.#window.get(traceId, spanId)?.verdict;
  }

  #settle(unsettled: readonly SpanNode<Subject>[]): VerdictChange<Subject>[] {
    const changes: VerdictChange<Subject>[] = [];
    const affected = new Set<CallNode<Subject>>();
    const outermostOf = new Map<SpanNode<Subject>, CallNode<Subject> | undefined>();
    for (const node of unsettled) {
      if (leadsNowhere(node)) continue;
      if (isReported(node) && node.hosted !== undefined) decide(node, hostedVerdict(node), changes);
      const outermost = node.isBoundary ? undefined : outermostCallAround(node, outermostOf);
      if (outermost === undefined || affected.has(outermost)) continue;
      // Most calls are reported by one span, which has nothing inside.
      if (outermost.children === undefined && outermost.peers === undefined) {
        decide(outermost, this.#verdictOn(outermost), changes);
        continue;
      }
      for (const member of settleNest(outermost)) affected.add(member);
    }
    for (const node of unsettled) if (isCallNode(node)) this.#addAnswersOf(node, affected);
    if (affected.size === 0) return changes;
    for (const report of matchPeers([...affected])) affected.add(report);
    for (const node of affected) decide(node, this.#verdictOn(node), changes);
    return changes;
  }

  #verdictOn(node: CallNode<Subject>): CallVerdict {
    const representative = representativeOf(node);
    const billed = representative.billedElsewhere ?? representative;
    if (billed.call.answeredFromCache === true) return this.#cachedVerdict(billed.call.responseId);
    if (billed === node) return BILLED;
    return duplicateOf(
      billed,
      billed.report.traceId !== node.report.traceId
        ? 'duplicate_in_other_trace'
        : node === representative
          ? 'duplicate_of_sibling_span'
          : 'duplicate_of_nested_span',
    );
  }

  /** Adds the answers that a cache gave out, of which the new call may be the origin. */
  #addAnswersOf({ call }: CallNode<Subject>, affected: Set<CallNode<Subject>>): void {
    if (call.responseId === undefined || call.answeredFromCache === true) return;
    for (const cached of this.#peers.fromCache(call.responseId)) affected.add(cached);
  }

  #cachedVerdict(responseId: string | undefined): CallVerdict {
    const answered = responseId === undefined ? undefined : this.#peers.answered(responseId);
    return duplicateOf(answered, 'answered_from_cache');
  }

  /** The verdicts that rest on a forgotten report stay as they are. */
  #forget(node: SpanNode<Subject>): void {
    if (!isCallNode(node)) return;
    for (const represented of node.represents ?? []) represented.isFinal = true;
    for (const report of node.billsFor ?? []) {
      if (report.billedElsewhere !== node) continue;
      report.isFinal = true;
      for (const represented of report.represents ?? []) represented.isFinal = true;
    }
    this.#peers.remove(node);
  }
}

/** Most spans have nothing to do with a model, nor has what is inside them. */
function leadsNowhere<Subject>({ report, children }: SpanNode<Subject>): boolean {
  return report?.reading === undefined && children === undefined;
}

function decide<Subject>(
  node: ReportedNode<Subject>,
  verdict: CallVerdict,
  changes: VerdictChange<Subject>[],
): void {
  if (node.isFinal || isSameVerdict(node.verdict, verdict)) return;
  node.verdict = verdict;
  changes.push({ subject: node.report.subject, verdict });
}

function hostedVerdict<Subject>({ callInside }: ReportedNode<Subject>): CallVerdict {
  return callInside === undefined ? BILLED : duplicateOf(callInside, 'aggregate_of_model_calls');
}

function duplicateOf<Subject>(
  billed: ReportedNode<Subject> | undefined,
  reason: DuplicateVerdict['reason'],
): DuplicateVerdict {
  return {
    billed: false,
    reason,
    billedTraceId: billed?.report.traceId,
    billedSpanId: billed?.spanId,
  };
}

function isSameVerdict(left: CallVerdict | undefined, right: CallVerdict): boolean {
  if (left === undefined || left.billed || right.billed) return left?.billed === right.billed;
  return (
    left.reason === right.reason &&
    left.billedSpanId === right.billedSpanId &&
    left.billedTraceId === right.billedTraceId
  );
}

/**
 * Tells the spans around a new one of the call that it is or that it leads to, and hands out the hosted agents for
 * which that is news.
 */
function markCallsInside<Subject>(node: SpanNode<Subject>, hosted: SpanNode<Subject>[]): void {
  const { callInside } = node;
  const isFirst =
    isReported(node) && isBillable(node) && (callInside === undefined || startsBefore(node, callInside));
  const first = isFirst ? node : callInside;
  if (first === undefined) return;
  // Where an earlier call is known, it is known further up too.
  let around = node.parent;
  for (let depth = 0; around !== undefined && depth < ANCESTORS_MAX; depth++, around = around.parent) {
    if (around.callInside !== undefined && !startsBefore(first, around.callInside)) return;
    around.callInside = first;
    if (around.hosted !== undefined) hosted.push(around);
  }
}

function isBillable<Subject>({ call, hosted }: SpanNode<Subject>): boolean {
  return (call !== undefined && tellsCost(call)) || hosted !== undefined;
}

/**
 * The outermost call of the nest that a span is part of or leads into.
 *
 * @param known What was found for spans before, so that spans one inside the other are climbed once together.
 */
function outermostCallAround<Subject>(
  node: SpanNode<Subject>,
  known: Map<SpanNode<Subject>, CallNode<Subject> | undefined>,
): CallNode<Subject> | undefined {
  const climbed: SpanNode<Subject>[] = [];
  let around: SpanNode<Subject> | undefined = node;
  for (; around !== undefined && !around.isBoundary && !known.has(around); around = around.parent) {
    climbed.push(around);
  }
  let outermost = around === undefined ? undefined : known.get(around);
  for (let each = climbed.pop(); each !== undefined; each = climbed.pop()) {
    if (outermost === undefined && isCallNode(each)) outermost = each;
    known.set(each, outermost);
  }
  return outermost;
}
