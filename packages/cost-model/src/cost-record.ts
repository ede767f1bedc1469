import type { CostRecordGpu } from './cost-record-gpu.ts';
import type { CallConditions, UsageBound } from './model-call.ts';
import type { DuplicateReason, PricedBucket, Rate, UnpricedReason } from './price-result.ts';
import type { CostComponent, TokenUsage, UsageSource } from './token-usage.ts';

/** The version of the record's shape; a change that breaks readers gets a new one. */
export const COST_RECORD_SCHEMA = 'costspan.record.v1';

export type CostStatus = 'priced' | 'unpriced' | 'duplicate';

/** One line of a recorded cost. Quantities and amounts are decimal strings, exact at any size. */
export interface CostRecordLine {
  readonly component: CostComponent;
  readonly bucket: PricedBucket;
  readonly quantity: string;
  readonly unit: Rate['unit'];
  readonly rate: string;
  readonly per: number;
  readonly amount: string;
}

export interface CostRecordCost {
  readonly currency: string;
  readonly total: string;
  readonly lines: readonly CostRecordLine[];
  /** Present when the provider stated a cost in its response. */
  readonly reported?: CostRecordReported;
}

/** The provider's own amount, and how far it is from the price book's. */
export interface CostRecordReported {
  readonly total: string;
  /** Whether the record's total is the provider's. */
  readonly applied: boolean;
  /** The provider's amount less the price book's; `null` when the book has no price. */
  readonly difference: string | null;
}

/**
 * The exact record of one model call: the books. It is built field by field from an allow-list, so that no
 * prompt, completion, tool argument, URL query or exception text can enter it.
 */
export interface CostRecord {
  readonly schema: typeof COST_RECORD_SCHEMA;
  readonly traceId: string;
  readonly spanId: string;
  /** The span of the user-facing request that the call served, where it is known. */
  readonly entrySpanId: string | null;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly service: string | null;
  readonly environment: string | null;
  readonly feature: string | null;
  readonly tenant: string | null;
  readonly route: string | null;
  readonly provider: string | null;
  readonly requestModel: string | null;
  readonly model: string | null;
  readonly operation: string;
  readonly dialect: string;
  readonly responseId: string | null;
  readonly serviceTier: string | null;
  /** Where the call was processed, in the provider's words. */
  readonly region: string | null;
  /** How the call was made, where its price depends on it. */
  readonly conditions: CallConditions | null;
  readonly errorType: string | null;
  readonly usage: TokenUsage | null;
  readonly usageSource: UsageSource;
  /** How the usage differs from what was used, where the instrumentation is known to lose a part of it. */
  readonly usageIncomplete: UsageBound | null;
  /** True when the counts contradicted what the dialect is known to mean, and were read the other way round. */
  readonly usageCorrected: boolean;
  readonly status: CostStatus;
  readonly reason: UnpricedReason | DuplicateReason | null;
  /** What the reason is about, for instance the bucket without a rate. */
  readonly reasonDetail: string | null;
  /** The billed span, when this one is a duplicate and it is known. */
  readonly duplicateOfSpanId: string | null;
  /** The trace of the billed span, when it is another one. */
  readonly duplicateOfTraceId: string | null;
  readonly cost: CostRecordCost | null;
  /** What it took of a GPU pool, where one served it; absent in records of versions without pools. */
  readonly gpu?: CostRecordGpu | null;
  readonly priceBook: CostRecordPriceBook;
}

/** Which prices were applied. */
export interface CostRecordPriceBook {
  readonly version: string;
  readonly digest: string;
  readonly entry: string | null;
  /** False when the entry is an approximate match; `null` when none was applied. */
  readonly exactMatch: boolean | null;
}
