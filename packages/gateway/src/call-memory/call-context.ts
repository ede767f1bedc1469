import type { DuplicateReason, ModelCall } from '@costspan/cost-model';

/** The version of a context's shape. One of another version is not read: it is of the last minutes only. */
export const CALL_CONTEXT_VERSION = 1;

/**
 * What a request says about calls as far as later requests depend on it: it is kept beside the request's records, so
 * that the next process can go on where this one was killed. Like a record it is built from an allow-list of fields; no
 * content can enter it. What is absent is unknown.
 */
export interface CallContext {
  readonly v: typeof CALL_CONTEXT_VERSION;
  /** How many spans {@link ids} holds. It comes second, so that it is found without reading the rest. */
  readonly spans: number;
  /** The ids of all spans, by `packSpanIds`: one that is nothing to a bill may lie between two that are. */
  readonly ids: string;
  /** Whose token it came with, where that is bound to a tenant. */
  readonly tenant?: string;
  /** When the request was costed, in milliseconds since 1970. */
  readonly costedAt?: number;
  /** Spans that have to do with a model. */
  readonly told?: readonly (ContextCall | ContextBoundary)[];
  /** What calls have in common. */
  readonly sources?: readonly ContextSource[];
  /** Up to when each pool's windows were closed as calls arrived, in nanoseconds since 1970. */
  readonly closed?: readonly Readonly<Record<string, string>>[];
  /** Calls of earlier requests that this one corrected, and that are late: trace, span, place among the late ones. */
  readonly late?: readonly (readonly [string, string, number])[];
}

/** An instrumentation in a process, and what it called: the same for many calls of a request. */
export interface ContextSource {
  readonly scope: string;
  readonly process: string;
  readonly service?: string;
  readonly environment?: string;
  readonly call: Pick<ModelCall, SharedFact>;
}

/** What the calls of a program mostly have in common. */
type SharedFact =
  | 'dialect'
  | 'provider'
  | 'requestModel'
  | 'responseModel'
  | 'operation'
  | 'usageSource'
  | 'serviceTier'
  | 'serverAddress'
  | 'region';

/** An agent, workflow, step or tool that is never billed itself. */
export interface ContextBoundary {
  readonly kind: 'aggregate' | 'tool';
  /** Its place among the spans, from 0. */
  readonly at: number;
  readonly dialect: string;
}

/** A model call, or the agent that is billed where no call is seen inside. */
export interface ContextCall {
  /** `duplicate`: an upstream processor found that another span is billed for it. */
  readonly kind: 'model_call' | 'hosted' | 'duplicate';
  /** Its place among the spans, from 0. */
  readonly at: number;
  /** Place of its source among those in {@link CallContext.sources}. */
  readonly source: number;
  readonly startUnixNano: string;
  readonly endUnixNano: string;
  readonly feature?: string;
  readonly tenant?: string;
  readonly entrySpanId?: string;
  readonly route?: string;
  readonly call: Omit<ModelCall, SharedFact>;
  /** The pool that claims it, by name. */
  readonly pool?: string;
  readonly replica?: string;
  /** Absent: 1. */
  readonly adjustedCount?: number;
  /** Place of the windows at its arrival among those in {@link CallContext.closed}. */
  readonly closed?: number;
  readonly lateNumber?: number;
  readonly duplicateOf?: {
    readonly reason: DuplicateReason;
    readonly traceId?: string;
    readonly spanId?: string;
  };
}
