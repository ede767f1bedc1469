import type { ModelCall } from '@costspan/cost-model';
import { canBeSameModel } from './same-model.ts';
import { canBeSameUsage, usageTotals } from './report-quality.ts';
import type { CallNode } from './span-node.ts';

/** How sure it is that two spans which are not nested report the same call; a lower rank is surer. */
const EVIDENCE = {
  /** The same response id at the same time. */
  responseId: 0,
  /** One trace, one inside the other in time, the same model and the same tokens. */
  sameTokensInTrace: 1,
  /** The same of two traces of one process, of which one lost its context. */
  sameTokensAcrossTraces: 2,
  /** One trace, one inside the other in time, the same model, and only one of them reports tokens. */
  sameTimeInTrace: 3,
  /** The same, or two root spans of one process that agree on one side, where one of them is what the provider stated on the wire, and the other may have counted wrongly. */
  sameTimeAsWire: 4,
  /** The same of two root spans of one process. */
  sameTimeAcrossTraces: 5,
} as const;

/** Clocks of one process agree up to their resolution: an SDK may round a start to milliseconds. */
const SLACK_SAME_PROCESS_MILLIS = 5;
/** Clocks of different machines agree less. */
export const SLACK_OTHER_PROCESS_MILLIS = 100;
/** An id is strong evidence by itself; a time far away only tells that it was given out again. */
const SLACK_RESPONSE_ID_MILLIS = 10_000;
/** A short id may be a counter that starts again in every process. */
const RESPONSE_ID_LENGTH_MIN = 8;

/**
 * The evidence that two reports describe one call, or `undefined`. It looks at nothing but the two, so that it is the
 * same whatever else arrives and in whatever order.
 */
export function sameCallEvidence<Subject>(
  left: CallNode<Subject>,
  right: CallNode<Subject>,
): number | undefined {
  const a = left.report;
  const b = right.report;
  const sameProcess = a.service === b.service;
  const sameScope = a.scopeName === b.scopeName;
  if (sameProcess && sameScope) return undefined;
  // A cache's answer is another one than that which filled it, unless the two tell of it at one time.
  const isOneCached = (left.call.answeredFromCache === true) !== (right.call.answeredFromCache === true);
  if (isOneCached && !contains(left, right, sameProcess)) return undefined;
  const sameId = sameResponseId(left.call, right.call);
  if (sameId === true) {
    return isSameAnswer(left, right) ? EVIDENCE.responseId : undefined;
  }
  // Two ids that differ are two answers, and replicas of a service make calls that look alike at the same time.
  if (sameId === false || sameScope) return undefined;
  if (!contains(left, right, sameProcess)) return undefined;
  if (!canBeSameModel(left.call, right.call)) return undefined;

  const sameTrace = a.traceId === b.traceId;
  const bothRoots = a.parentSpanId === '' && b.parentSpanId === '';
  if (!canBeSameUsage(left.call, right.call)) {
    if (!sameProcess || !isOneFromWire(left.call, right.call)) return undefined;
    // LangChain counts one output token too many, in a trace of its own.
    const isBesideWire = sameTrace || (bothRoots && reportSameTokens(left.call, right.call));
    return isBesideWire && !isOneFailed(left.call, right.call) ? EVIDENCE.sameTimeAsWire : undefined;
  }
  if (reportSameTokens(left.call, right.call)) {
    if (sameTrace) return EVIDENCE.sameTokensInTrace;
    const lostContext = a.parentSpanId === '' || b.parentSpanId === '';
    return sameProcess && lostContext ? EVIDENCE.sameTokensAcrossTraces : undefined;
  }
  // Where both are sure of their tokens, these are all that time could tell; two calls may run at once.
  if (tellsTokens(left.call) && tellsTokens(right.call)) return undefined;
  // A failed attempt beside an answer is a call of its own.
  if (isOneFailed(left.call, right.call)) return undefined;
  if (sameTrace) return EVIDENCE.sameTimeInTrace;
  return sameProcess && bothRoots ? EVIDENCE.sameTimeAcrossTraces : undefined;
}

/** `undefined` when one of them has no id that means anything. */
function sameResponseId(left: ModelCall, right: ModelCall): boolean | undefined {
  const { responseId: a } = left;
  const { responseId: b } = right;
  if (a === undefined || b === undefined) return undefined;
  if (a.length < RESPONSE_ID_LENGTH_MIN || b.length < RESPONSE_ID_LENGTH_MIN) return undefined;
  return a === b;
}

/**
 * Whether two reports with one id tell of one answer. Servers that are not a provider's may give an id out again, but
 * hardly for the same tokens within seconds; at the very same time the counts may be read differently.
 */
function isSameAnswer<Subject>(left: CallNode<Subject>, right: CallNode<Subject>): boolean {
  if (canBeSameUsage(left.call, right.call)) return overlaps(left, right, SLACK_RESPONSE_ID_MILLIS);
  return overlaps(left, right, SLACK_OTHER_PROCESS_MILLIS) && canBeSameModel(left.call, right.call);
}

export function overlaps<Subject>(
  left: CallNode<Subject>,
  right: CallNode<Subject>,
  slackMillis: number,
): boolean {
  const { report: a } = left;
  const { report: b } = right;
  return a.startMillis <= b.endMillis + slackMillis && b.startMillis <= a.endMillis + slackMillis;
}

/**
 * Whether the shorter of the two lies within the longer. In one process at least half of it must do so by the clock
 * itself, as the next call may begin in the very millisecond in which the last one ended.
 */
function contains<Subject>(left: CallNode<Subject>, right: CallNode<Subject>, sameProcess: boolean): boolean {
  const { report: a } = left;
  const { report: b } = right;
  const aIsLonger = a.endMillis - a.startMillis >= b.endMillis - b.startMillis;
  const [longer, shorter] = aIsLonger ? [a, b] : [b, a];
  const slackMillis = sameProcess ? SLACK_SAME_PROCESS_MILLIS : SLACK_OTHER_PROCESS_MILLIS;
  const isWithin =
    longer.startMillis - slackMillis <= shorter.startMillis &&
    shorter.endMillis <= longer.endMillis + slackMillis;
  const shorterMillis = shorter.endMillis - shorter.startMillis;
  // A log in the form of a span has no length, and is written when the stream that it tells of has ended.
  if (!isWithin || !sameProcess || shorterMillis === 0) return isWithin;
  const sharedMillis = Math.min(a.endMillis, b.endMillis) - Math.max(a.startMillis, b.startMillis);
  return sharedMillis >= shorterMillis / 2;
}

/** Whether both report the same number of tokens that went in, or came out. */
function reportSameTokens(left: ModelCall, right: ModelCall): boolean {
  const a = usageTotals(left);
  const b = usageTotals(right);
  const sameInput = a.input !== undefined && a.input > 0 && a.input === b.input;
  return sameInput || (a.output !== undefined && a.output > 0 && a.output === b.output);
}

function tellsTokens({ usage, usageSource }: ModelCall): boolean {
  return usage !== undefined && usageSource !== 'estimated';
}

/** Every call of a process that listens to the wire has such a report, so that another one is of one of these calls. */
function isOneFromWire(left: ModelCall, right: ModelCall): boolean {
  return (left.usageSource === 'wire') !== (right.usageSource === 'wire');
}

function isOneFailed(left: ModelCall, right: ModelCall): boolean {
  return (left.errorType === undefined) !== (right.errorType === undefined);
}
