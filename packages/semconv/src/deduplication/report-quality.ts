import {
  inputTokenTotal,
  type ModelCall,
  outputTokenTotal,
  pricedModel,
  type TokenUsage,
} from '@costspan/cost-model';

/** Calls that produce no tokens: their usage is complete without any. */
const WITHOUT_OUTPUT: ReadonlySet<string> = new Set(['embeddings', 'rerank', 'speech', 'transcription']);

/**
 * How much a report tells of its call, in the order in which that counts: that a proxy answered and nothing was billed,
 * complete usage, a model, usage that is no estimate, usage in the provider's own words, usage that lacks nothing, the
 * provider's own cost, finer buckets; that it is the client's, which knows whose call it was; the provider, the model
 * that answered.
 */
function reportQuality(call: ModelCall): readonly number[] {
  return [
    call.answeredFromCache === true ? 1 : 0,
    completeness(call),
    pricedModel(call) === undefined ? 0 : 1,
    call.usageSource === 'estimated' ? 0 : 1,
    call.usageSource === 'wire' ? 1 : 0,
    call.usageIncomplete === undefined ? 1 : 0,
    call.reportedCost === undefined ? 0 : 1,
    fineness(call.usage),
    call.usageSource === 'server' ? 0 : 1,
    call.provider === undefined ? 0 : 1,
    call.responseModel === undefined ? 0 : 1,
  ];
}

/** Whether it is known what the call used or cost, if it is billed by this report. */
export function tellsCost({ usage, reportedCost, answeredFromCache }: ModelCall): boolean {
  return usage !== undefined || reportedCost !== undefined || answeredFromCache === true;
}

/** Negative when the left report tells less than the right one. */
export function compareQuality(left: ModelCall, right: ModelCall): number {
  const leftQuality = reportQuality(left);
  const rightQuality = reportQuality(right);
  for (const [index, value] of leftQuality.entries()) {
    const difference = value - (rightQuality[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function completeness({ usage, operation }: ModelCall): number {
  if (usage === undefined) return 0;
  const hasOutput = usage.output !== undefined || outputTokenTotal(usage) > 0;
  return hasOutput || WITHOUT_OUTPUT.has(operation) ? 2 : 1;
}

/** How fine the buckets are; cache writes of a lifetime that is not stated are half of one. */
function fineness(usage: TokenUsage | undefined): number {
  let fineness = 0;
  for (const bucket in usage) fineness += bucket === 'cacheWrite' ? 0.5 : 1;
  return fineness;
}

/** The two sides of a usage as one number each; `undefined` where a side was not reported. */
export interface UsageTotals {
  readonly input: number | undefined;
  readonly output: number | undefined;
}

export function usageTotals({ usage }: ModelCall): UsageTotals {
  if (usage === undefined) return { input: undefined, output: undefined };
  const input = inputTokenTotal(usage);
  const output = outputTokenTotal(usage);
  return {
    input: input === 0 && usage.input === undefined ? undefined : input,
    output: output === 0 && usage.output === undefined ? undefined : output,
  };
}

/**
 * Whether two usages can be those of one call: what both report is equal, unless one is an estimate or a bound that the
 * other keeps within.
 */
export function canBeSameUsage(left: ModelCall, right: ModelCall): boolean {
  if (left.usageSource === 'estimated' || right.usageSource === 'estimated') return true;
  const totals = usageTotals(left);
  const others = usageTotals(right);
  return (
    canBeSameCount(totals.input, others.input, left, right) &&
    canBeSameCount(totals.output, others.output, left, right)
  );
}

function canBeSameCount(
  left: number | undefined,
  right: number | undefined,
  { usageIncomplete: leftBound }: ModelCall,
  { usageIncomplete: rightBound }: ModelCall,
): boolean {
  if (left === undefined || right === undefined || left === right) return true;
  // What costs at most its figure has at least the tokens of the truth, and the other way round.
  return left > right
    ? leftBound === 'upper_bound' || rightBound === 'lower_bound'
    : leftBound === 'lower_bound' || rightBound === 'upper_bound';
}
