import type { UsageMissing } from './model-call.ts';
import type { CostComponent, UsageBucket, UsageUnit } from './token-usage.ts';

/** What a line charges: a bucket of the usage, GPU time, a pool's idle time, or the organisation's overhead on the rest. */
export type PricedBucket = UsageBucket | 'gpu' | 'gpuIdle' | 'overhead';

/** A published price of one unit: `decimal` currency units per `per` units, as its source states it. */
export interface Rate {
  readonly decimal: string;
  readonly per: number;
  readonly unit: UsageUnit | 'gpu_second' | 'percent';
}

/** One line of a price: a quantity at a rate. `amountPico` is a safe integer of pico-units. */
export interface PricedLine {
  readonly component: CostComponent;
  readonly bucket: PricedBucket;
  readonly quantity: number;
  readonly rate: Rate;
  readonly amountPico: number;
}

/** Names the price that was applied, so that it can be looked up again. */
export interface AppliedPrice {
  /** The price book's entry, for instance `openai/gpt-5-mini`; none where only the provider states a cost. */
  readonly entry: string | undefined;
  /** False when the entry was found by a rule looser than its name or a listed alias, or is no list price. */
  readonly exactMatch: boolean;
}

/** Why a call has no price. The code is stable; {@link describeReason} says it in words. */
export type UnpricedReason =
  | 'usage_missing'
  | 'usage_missing_input_tokens'
  | 'usage_missing_output_tokens'
  | UsageMissing
  | 'call_failed_without_usage'
  | 'model_missing'
  | 'provider_not_in_price_book'
  | 'model_not_in_price_book'
  | 'only_approximate_match'
  | 'no_price_at_that_date'
  | 'rate_missing'
  | 'service_tier_not_in_price_book'
  | 'currency_not_convertible'
  | 'amount_out_of_range'
  | 'no_gpu_pool'
  | 'no_gpu_rate'
  | 'gpu_time_in_future'
  | 'gpu_request_dropped';

export interface PricedResult {
  readonly status: 'priced';
  readonly price: AppliedPrice;
  readonly lines: readonly PricedLine[];
  /** A safe integer of pico-units: the sum of the lines. */
  readonly totalPico: number;
  /** Present when the provider stated a cost in its response. */
  readonly reported?: ReportedComparison;
}

/** The cost that the provider stated, beside the one that its price list gives. Overhead is in neither. */
export interface ReportedComparison {
  readonly amountPico: number;
  /** Whether the total is the provider's amount. */
  readonly applied: boolean;
  /** The provider's amount less that of the price book; `undefined` when the book has no price. */
  readonly differencePico: number | undefined;
}

export interface UnpricedResult {
  readonly status: 'unpriced';
  readonly reason: UnpricedReason;
  /** What the reason is about, for instance the usage bucket that has no rate. */
  readonly detail?: string;
}

/** The outcome of pricing one call. Unknown is a reason, never an amount of zero. */
export type PriceResult = PricedResult | UnpricedResult;

/** Why a span is not billed for the call that it reports. */
export type DuplicateReason =
  | 'duplicate_of_nested_span'
  | 'duplicate_of_sibling_span'
  | 'duplicate_in_other_trace'
  | 'aggregate_of_model_calls'
  | 'answered_from_cache';

/** The span repeats a call that another span is billed for. */
export interface DuplicateResult {
  readonly status: 'duplicate';
  readonly reason: DuplicateReason;
  /** `undefined` when a cache answered and the call that filled it is not known. */
  readonly billedSpanId: string | undefined;
  /** Given when the billed span is in another trace. */
  readonly billedTraceId?: string | undefined;
}

/** What became of one model-call span: priced, not priceable, or billed elsewhere. */
export type CallOutcome = PriceResult | DuplicateResult;

const REASON_TEXTS: Record<UnpricedReason | DuplicateReason, string> = {
  usage_missing: 'the span reports no usage',
  usage_missing_input_tokens: 'the span reports output but no input tokens',
  usage_missing_output_tokens: 'the span reports input but no output tokens',
  stream_usage_not_requested:
    'the stream was not asked for its usage: set stream_options: { include_usage: true } (openai), ' +
    'includeUsage: true (@ai-sdk/openai-compatible) or streamUsage: true (LangChain)',
  stream_ended_early:
    'the stream was left or broke before its usage, which comes last: read it to the end instead of leaving the loop',
  call_failed_without_usage: 'the call failed before the provider reported usage',
  model_missing: 'the span names no model',
  provider_not_in_price_book: 'the price book has no such provider',
  model_not_in_price_book: 'the price book has no such model',
  only_approximate_match: 'only an approximate match exists and approximate_match is forbid',
  no_price_at_that_date: 'the price book has the model, but no price at that date',
  rate_missing: 'the entry has no rate for a kind of usage that was reported',
  service_tier_not_in_price_book: 'the entry has no price for that service tier',
  currency_not_convertible: 'the price is in a currency that the price book has no exchange rate for then',
  amount_out_of_range: 'the amount of one call is beyond $9,007',
  no_gpu_pool: 'a model server of your own answered, and no pool of costspan.yaml matches the call',
  no_gpu_rate: 'its GPU pool has no hourly rate at that date',
  gpu_time_in_future: 'the span ends in the future: the clock of its process is ahead',
  gpu_request_dropped: 'it arrived after its windows were closed, and the pool drops what is late',
  duplicate_of_nested_span: 'a span inside or around this one reports the same call',
  duplicate_of_sibling_span: 'another span of the trace reports the same call',
  duplicate_in_other_trace: 'a span of another trace reports the same call',
  aggregate_of_model_calls: 'the calls inside this agent are billed one by one',
  answered_from_cache: 'a proxy answered from its cache, and the provider billed nothing',
};

const DUPLICATE_REASONS: ReadonlySet<unknown> = new Set<DuplicateReason>([
  'duplicate_of_nested_span',
  'duplicate_of_sibling_span',
  'duplicate_in_other_trace',
  'aggregate_of_model_calls',
  'answered_from_cache',
]);

export function isDuplicateReason(value: unknown): value is DuplicateReason {
  return DUPLICATE_REASONS.has(value);
}

/** Says a reason in words, for tables and explanations. */
export function describeReason(reason: UnpricedReason | DuplicateReason): string {
  return REASON_TEXTS[reason];
}
