import { type CallOperation, canonicalProvider, type ModelCall } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import { disjointUsage, type ReportedCounts } from '../disjoint-usage.ts';
import { count, errorType, text } from '../gen-ai-call.ts';
import { trustWithoutDetails, type UsageTrust } from '../gemini-usage.ts';
import { mayCountCachedAsUncached } from '../lossy-cache.ts';
import { type ProviderMetadata, providerMetadata, withMetadata } from '../provider-metadata.ts';
import { reportedCost } from '../reported-cost.ts';
import type { SpanView } from '../span-view.ts';
import { AUDIO_OPERATIONS, audioUsage } from './ai-sdk-audio.ts';

const NAME = 'ai-sdk-legacy';

const CALL_OPERATIONS: ReadonlyMap<string, CallOperation> = new Map<string, CallOperation>([
  ['ai.generateText.doGenerate', 'chat'],
  ['ai.streamText.doStream', 'chat'],
  ['ai.generateObject.doGenerate', 'chat'],
  ['ai.streamObject.doStream', 'chat'],
  ['ai.embed.doEmbed', 'embeddings'],
  ['ai.embedMany.doEmbed', 'embeddings'],
  ['ai.rerank.doRerank', 'rerank'],
  ...AUDIO_OPERATIONS,
]);

/**
 * AI SDK 4 to 6 (`experimental_telemetry`) and 7's `LegacyOpenTelemetry`. The outer `ai.generateText` repeats
 * its steps (in 5 only the last one), so just the inner `do…` spans are calls; speech and transcription are one
 * span. The spans say nothing of the SDK's version.
 *
 * Input is inclusive from 6 on, which is also when `inputTokenDetails` appear. Before, OpenAI's and Google's contain
 * the cache, Anthropic's and Bedrock's do not, and Gemini's output leaves its thoughts out. Where the provider's own
 * usage stands in the metadata, as that of Anthropic and Google does from 5 on, it is what counts.
 *
 * 4, `generateText` of 5 and `generateObject` of 4 to 6 name no cached tokens at all.
 *
 * Sources: `ai` 4.3.19, 5.0.277, 6.0.326, `@ai-sdk/otel` 1.0.173, and the provider packages of their time.
 */
export const aiSdkLegacy: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => scopeName === 'ai',
  markers: ['ai.operationId'],
  read(span) {
    const operationId = text(span, 'ai.operationId');
    if (operationId === undefined) return undefined;
    const operation = CALL_OPERATIONS.get(operationId);
    if (operation === undefined) {
      return { kind: operationId === 'ai.toolCall' ? 'tool' : 'aggregate', dialect: NAME };
    }
    return { kind: 'model_call', call: legacyCall(span, operation) };
  },
};

function legacyCall(span: SpanView, operation: CallOperation): ModelCall {
  const named =
    text(span, 'ai.model.provider') ?? text(span, 'gen_ai.system') ?? text(span, 'gen_ai.provider.name');
  const provider = named === undefined ? undefined : canonicalProvider(named);
  const metadata = providerMetadata(span);
  const call: ModelCall = {
    dialect: NAME,
    provider,
    requestModel: text(span, 'ai.model.id') ?? text(span, 'gen_ai.request.model'),
    responseModel: text(span, 'ai.response.model') ?? text(span, 'gen_ai.response.model'),
    operation,
    ...usageOf(span, { operation, named, metadata }),
    usageSource: 'span',
    responseId: text(span, 'ai.response.id') ?? text(span, 'gen_ai.response.id'),
    serviceTier: undefined,
    serverAddress: undefined,
    reportedCost: reportedCost(span, provider),
    errorType: errorType(span),
  };
  const trust = operation === 'chat' ? usageTrust(span, call, metadata) : undefined;
  return withMetadata({ ...call, ...trust }, metadata);
}

interface LegacyCallFacts {
  readonly operation: CallOperation;
  readonly named: string | undefined;
  readonly metadata: ProviderMetadata | undefined;
}

function usageOf(
  span: SpanView,
  { operation, named, metadata }: LegacyCallFacts,
): Pick<ModelCall, 'usage' | 'usageCorrected'> {
  switch (operation) {
    case 'embeddings': {
      const input = count(span, 'ai.usage.tokens');
      return disjointUsage({ input, inputIncludesCache: true, outputIncludesReasoning: true });
    }
    case 'speech':
    case 'transcription':
      return { usage: audioUsage(span, 'ai.usage') };
    default:
      return disjointUsage({ ...legacyCounts(span, named), ...metadata?.counts });
  }
}

/** The names in `gen_ai.usage` are what is left when Traceloop's processor rewrote the span. */
function legacyCounts(span: SpanView, named: string | undefined): ReportedCounts {
  const input =
    count(span, 'ai.usage.inputTokens') ??
    count(span, 'ai.usage.promptTokens') ??
    count(span, 'gen_ai.usage.input_tokens');
  const output =
    count(span, 'ai.usage.outputTokens') ??
    count(span, 'ai.usage.completionTokens') ??
    count(span, 'gen_ai.usage.output_tokens');
  const reasoning =
    count(span, 'ai.usage.outputTokenDetails.reasoningTokens') ??
    count(span, 'ai.usage.reasoningTokens') ??
    count(span, 'gen_ai.usage.reasoning_tokens');
  const total = count(span, 'ai.usage.totalTokens');
  return {
    input,
    cacheRead:
      count(span, 'ai.usage.inputTokenDetails.cacheReadTokens') ??
      count(span, 'ai.usage.cachedInputTokens') ??
      count(span, 'gen_ai.usage.cache_read.input_tokens'),
    cacheWrite:
      count(span, 'ai.usage.inputTokenDetails.cacheWriteTokens') ??
      count(span, 'gen_ai.usage.cache_creation.input_tokens'),
    output,
    reasoning,
    inputIncludesCache:
      count(span, 'ai.usage.inputTokenDetails.noCacheTokens') !== undefined ||
      !/anthropic|bedrock/.test(named ?? ''),
    // Gemini's total, which 5 passes on, counts the thoughts beside the candidates.
    outputIncludesReasoning: !(reasoning && total === (input ?? 0) + (output ?? 0) + reasoning),
  };
}

const LOWER_BOUND: UsageTrust = { usageIncomplete: 'lower_bound' };

/** What the spans without `ai.usage.inputTokens` lose, unless the metadata have it. */
function usageTrust(span: SpanView, call: ModelCall, metadata: ProviderMetadata | undefined): UsageTrust {
  const { provider, requestModel = '' } = call;
  if (call.usage === undefined || count(span, 'ai.usage.inputTokens') !== undefined) return {};
  const counts: Partial<ReportedCounts> = metadata?.counts ?? {};
  const cacheRead = counts.cacheRead ?? count(span, 'gen_ai.usage.cache_read.input_tokens');
  if (counts.input !== undefined || cacheRead !== undefined) return {};
  // Bedrock's input leaves out what was read from the cache; that there is a cache shows in the writes.
  if (provider === 'aws.bedrock') return counts.cacheWrite === undefined ? {} : LOWER_BOUND;
  // Claude's input does too, and Traceloop's processor takes away the metadata that say what was read.
  if (requestModel.includes('claude') && metadata === undefined) return LOWER_BOUND;
  // AI SDK 4 has no place for Gemini's thoughts.
  if (provider === 'gcp.gemini' || provider === 'gcp.vertex_ai') return trustWithoutDetails(call);
  return mayCountCachedAsUncached(span, call) ? { usageIncomplete: 'upper_bound' } : {};
}
