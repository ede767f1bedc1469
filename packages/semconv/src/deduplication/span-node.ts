import type { ModelCall } from '@costspan/cost-model';
import type { CallVerdict, SpanReport } from './span-report.ts';

/** Why two reports may be of one call. */
export interface PeerEvidence {
  /** A lower rank is stronger. */
  readonly evidence: number;
  readonly distanceMillis: number;
}

/** The source that was told last: spans that follow each other are often of one, and then share its text. */
const last = { scopeName: '', service: '', source: '\n' };

function sourceOf(scopeName: string, service: string): string {
  if (scopeName !== last.scopeName || service !== last.service) {
    last.scopeName = scopeName;
    last.service = service;
    last.source = `${scopeName}\n${service}`;
  }
  return last.source;
}

/** A span in the window, or one that is only known as the parent of others. */
export class SpanNode<Subject> {
  readonly spanId: string;
  /** Who wrote it: an instrumentation in a process. */
  source = '';
  /** False until the span itself arrives. */
  hasArrived = false;
  /** What it says of a model; `undefined` for most spans, which only lead from a parent to its children. */
  report: SpanReport<Subject> | undefined;
  parent: SpanNode<Subject> | undefined;
  /** Most spans are leaves, and a set for each would be most of the memory; so with the other two. */
  children: Set<SpanNode<Subject>> | undefined;
  /** The call that a model-call span describes. */
  call: ModelCall | undefined;
  /** The call to bill by an aggregate that has no model call inside. */
  hosted: ModelCall | undefined;
  /** The earliest call inside, at any depth. */
  callInside: ReportedNode<Subject> | undefined;
  /** The span in the same nest that tells of the same call and is billed before this one. */
  standsFor: CallNode<Subject> | undefined;
  /** The spans of the same nest that this one is billed for. */
  represents: CallNode<Subject>[] | undefined;
  /** The report of the same call elsewhere that is billed in its place. */
  billedElsewhere: CallNode<Subject> | undefined;
  /** Other reports that may describe the same call. */
  peers: Map<CallNode<Subject>, PeerEvidence> | undefined;
  /** The reports elsewhere that this one is billed for. */
  billsFor: CallNode<Subject>[] | undefined;
  verdict: CallVerdict | undefined;
  /** True when a report that the verdict rests on has been forgotten: nothing can change it any more. */
  isFinal = false;

  /** True when the window has let go of it. */
  isForgotten = false;

  constructor(spanId: string) {
    this.spanId = spanId;
  }

  take(report: SpanReport<Subject>): void {
    const { reading } = report;
    this.hasArrived = true;
    if (reading === undefined && report.subject === undefined) return;
    this.source = sourceOf(report.scopeName, report.service);
    this.report = report;
    if (reading?.kind === 'model_call') this.call = reading.call;
    if (reading?.kind === 'aggregate') this.hosted = reading.hosted;
  }

  /** An agent, workflow or tool: what is inside are calls of their own. */
  get isBoundary(): boolean {
    const kind = this.report?.reading?.kind;
    return kind === 'aggregate' || kind === 'tool';
  }
}

/** A span that has arrived and has to do with a model. */
export type ReportedNode<Subject> = SpanNode<Subject> & { readonly report: SpanReport<Subject> };

/** A span that has arrived and is a model call. */
export type CallNode<Subject> = ReportedNode<Subject> & { readonly call: ModelCall };

export function isReported<Subject>(node: SpanNode<Subject>): node is ReportedNode<Subject> {
  return node.report !== undefined;
}

export function isCallNode<Subject>(node: SpanNode<Subject>): node is CallNode<Subject> {
  return node.call !== undefined;
}

/** The span of a nest that is billed for another one in it. */
export function representativeOf<Subject>(node: CallNode<Subject>): CallNode<Subject> {
  let representative = node;
  while (representative.standsFor !== undefined) representative = representative.standsFor;
  return representative;
}

/** A fixed order of spans, by start and then by id, so that no choice depends on the order of arrival. */
export function startsBefore<Subject>(left: ReportedNode<Subject>, right: ReportedNode<Subject>): boolean {
  const difference = left.report.startMillis - right.report.startMillis;
  if (difference !== 0) return difference < 0;
  if (left.spanId !== right.spanId) return left.spanId < right.spanId;
  return left.report.traceId < right.report.traceId;
}
