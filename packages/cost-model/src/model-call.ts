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
  readonly responseId: string | undefined;
  readonly serviceTier: string | undefined;
  readonly serverAddress: string | undefined;
  /** The value of `error.type` when the call failed. */
  readonly errorType: string | undefined;
}

/** The model to price: the one that answered, or else the one that was asked for. */
export function pricedModel(call: ModelCall): string | undefined {
  return call.responseModel ?? call.requestModel;
}
