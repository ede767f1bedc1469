import type { CallPhases } from './call-phases.ts';
import type { TokenUsage, UsageSource } from './token-usage.ts';

/** What a model call did; the values are those of `gen_ai.operation.name` where it has one. */
export type CallOperation =
  | 'chat'
  | 'text_completion'
  | 'generate_content'
  | 'embeddings'
  | 'rerank'
  | 'speech'
  | 'transcription'
  | 'image_generation'
  | 'invoke_agent'
  | 'other';

/** One billable call to a model, whatever instrumentation reported it. */
export interface ModelCall {
  /** The span dialect it was read from, for instance `openinference` or `ai-sdk-v7`. */
  readonly dialect: string;
  /** OpenTelemetry's provider name (`openai`, `anthropic`, `gcp.gemini`, `aws.bedrock`, …), if known. */
  readonly provider: string | undefined;
  readonly requestModel: string | undefined;
  readonly responseModel: string | undefined;
  readonly operation: CallOperation;
  /** `undefined` when the span says nothing about usage: the cost is then unknown, never zero. */
  readonly usage: TokenUsage | undefined;
  readonly usageSource: UsageSource;
  /** How the usage differs from what was used, where the instrumentation is known to lose a part of it. */
  readonly usageIncomplete?: UsageBound | undefined;
  /** Why usage, or a part of it, is missing, where that is known. */
  readonly usageMissing?: UsageMissing | undefined;
  /** True when the counts contradicted what the dialect is known to mean, and were read the other way round. */
  readonly usageCorrected?: boolean | undefined;
  /** True when a proxy answered from its cache: the usage is that of an earlier call, and nothing was billed again. */
  readonly answeredFromCache?: boolean | undefined;
  readonly responseId: string | undefined;
  readonly serviceTier: string | undefined;
  readonly serverAddress: string | undefined;
  /** Where the call was processed, in the provider's words (`us-east-1`, `us`), if it is stated. */
  readonly region?: string | undefined;
  /** How the call was made, where a price depends on it: `{ search_context_size: 'low' }`. */
  readonly conditions?: CallConditions | undefined;
  /** The cost that the provider stated in its response. */
  readonly reportedCost?: ReportedCost | undefined;
  /** Where a model server says that the call's time went. */
  readonly phases?: CallPhases | undefined;
  /** The value of `error.type` when the call failed. */
  readonly errorType: string | undefined;
}

/**
 * What reported usage still tells when a part of it is lost. `upper_bound`: cached tokens are counted as uncached
 * ones, so that it cost at most this. `lower_bound`: tokens are missing, so that it cost at least this.
 */
export type UsageBound = 'upper_bound' | 'lower_bound';

export const USAGE_BOUNDS: readonly UsageBound[] = ['upper_bound', 'lower_bound'];

/**
 * Why a provider stated no usage. `stream_usage_not_requested`: OpenAI's streams state it only on request.
 * `stream_ended_early`: usage comes last, and the stream was left or broke before.
 */
export type UsageMissing = 'stream_usage_not_requested' | 'stream_ended_early';

export const MISSING_USAGES: readonly UsageMissing[] = ['stream_usage_not_requested', 'stream_ended_early'];

/** Attribute names in snake case, values in lower case. */
export type CallConditions = Readonly<Record<string, string>>;

/** A cost in the provider's own words: a safe integer of pico-units of a currency. */
export interface ReportedCost {
  readonly amountPico: number;
  /** ISO 4217 code. */
  readonly currency: string;
}

/** The model to price: the one that answered, or else the one that was asked for. */
export function pricedModel(call: ModelCall): string | undefined {
  return call.responseModel ?? call.requestModel;
}
