export { assert } from './assert.ts';
export { callFromRecord, recordedStartMillis } from './call-from-record.ts';
export type { CallPhases } from './call-phases.ts';
export { canonicalProvider } from './canonical-provider.ts';
export {
  type AttributionKeys,
  type CostAttributeVocabulary,
  type CostThreshold,
  DEFAULT_ATTRIBUTION_KEYS,
} from './cost-policy.ts';
export {
  COST_RECORD_SCHEMA,
  type CostRecord,
  type CostRecordCost,
  type CostRecordLine,
  type CostRecordPriceBook,
  type CostRecordReported,
  type CostStatus,
} from './cost-record.ts';
export type {
  CostRecordGpu,
  CostRecordGpuInterval,
  CostRecordGpuLate,
  CostRecordGpuWindow,
  GpuFlag,
} from './cost-record-gpu.ts';
export { Glob } from './glob.ts';
export type { GpuBasis, GpuMethod, GpuPool, GpuRate, IdlePolicy, LatePolicy } from './gpu-pool.ts';
export { GPU_WINDOW_SCHEMA, type GpuTenantShare, type GpuWindowRecord } from './gpu-window-record.ts';
export {
  type CallConditions,
  type CallOperation,
  MISSING_USAGES,
  type ModelCall,
  pricedModel,
  type ReportedCost,
  USAGE_BOUNDS,
  type UsageBound,
  type UsageMissing,
} from './model-call.ts';
export {
  addMoney,
  divideHalfEven,
  formatMoney,
  type Money,
  MONEY_DECIMALS,
  moneyFromPico,
  moneyToDouble,
  parseMoney,
  splitMoney,
  ZERO_MONEY,
} from './money.ts';
export { MoneySum } from './money-sum.ts';
export { isOverheadReviewDue } from './overhead-review.ts';
export {
  type AppliedPrice,
  type CallOutcome,
  describeReason,
  type DuplicateReason,
  type DuplicateResult,
  isDuplicateReason,
  type PricedBucket,
  type PricedLine,
  type PricedResult,
  type PriceResult,
  type Rate,
  type ReportedComparison,
  type UnpricedReason,
  type UnpricedResult,
} from './price-result.ts';
export { recordedCost } from './recorded-cost.ts';
export { reportedAmountPico } from './reported-amount.ts';
export {
  type CostComponent,
  inputTokenTotal,
  outputTokenTotal,
  type TokenUsage,
  USAGE_BUCKET_NAMES,
  USAGE_BUCKETS,
  type UsageBucket,
  type UsageBucketFacts,
  type UsageSource,
  type UsageUnit,
} from './token-usage.ts';
