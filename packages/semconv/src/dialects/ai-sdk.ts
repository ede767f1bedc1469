import type { ModelCall } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import type { ReportedCounts } from '../disjoint-usage.ts';
import { count, type GenAiMeaning, genAiCall, readGenAiSpan, text } from '../gen-ai-call.ts';
import { type ProviderMetadata, providerMetadata, withMetadata } from '../provider-metadata.ts';
import type { SpanView } from '../span-view.ts';
import { AUDIO_OPERATIONS, audioUsage } from './ai-sdk-audio.ts';

const meaning: GenAiMeaning = {
  dialect: 'ai-sdk-v7',
  inputIncludesCache: true,
  outputIncludesReasoning: true,
};

/** No provider caches a shorter prompt of Claude. */
const CACHEABLE_TOKENS_MIN = 1024;

/**
 * AI SDK 7 with `@ai-sdk/otel`: `invoke_agent` ⊃ `step` ⊃ `chat` and `execute_tool`, where only `chat` is a
 * call. Counts are inclusive for every provider. Reasoning is told only in the supplemental `ai.usage.*` names, and
 * the lifetime of cache writes, the tier and the region only in the provider's metadata; both are options.
 *
 * `generateObject` leaves the cache writes of Anthropic and Bedrock among the uncached input, where they seem
 * cheaper than they are.
 *
 * Source: `@ai-sdk/otel` 1.0.173.
 */
export const aiSdk: Dialect = {
  name: meaning.dialect,
  ownsScope: (scopeName) => scopeName === 'gen_ai',
  read(span) {
    const audio = AUDIO_OPERATIONS.get(text(span, 'gen_ai.operation.name') ?? '');
    if (audio !== undefined) {
      const call = { ...genAiCall(span, audio, meaning), usage: audioUsage(span, 'gen_ai.usage') };
      return { kind: 'model_call', call: withMetadata(call, providerMetadata(span)) };
    }
    let metadata: ProviderMetadata | undefined;
    const ownCounts = (): Partial<ReportedCounts> => {
      metadata = providerMetadata(span);
      return { ...supplementalCounts(span), ...metadata?.counts };
    };
    const reading = readGenAiSpan(span, { ...meaning, ownCounts });
    if (reading?.kind !== 'model_call') return reading;
    const call = losesCacheWrites(span, reading.call)
      ? { ...reading.call, usageIncomplete: 'lower_bound' as const }
      : reading.call;
    return { kind: 'model_call', call: withMetadata(call, metadata) };
  },
};

function supplementalCounts(span: SpanView): Partial<ReportedCounts> {
  return {
    reasoning: count(span, 'ai.usage.outputTokenDetails.reasoningTokens'),
    cacheWrite: writesBesideUncached(span),
  };
}

/** What of the input was neither uncached nor read was written, where the writes themselves are not stated. */
function writesBesideUncached(span: SpanView): number | undefined {
  const uncached = count(span, 'ai.usage.inputTokenDetails.noCacheTokens');
  const input = count(span, 'gen_ai.usage.input_tokens');
  if (uncached === undefined || input === undefined) return undefined;
  if (span.attribute('gen_ai.usage.cache_creation.input_tokens') !== undefined) return undefined;
  const written = input - uncached - (count(span, 'gen_ai.usage.cache_read.input_tokens') ?? 0);
  return written > 0 ? written : undefined;
}

function losesCacheWrites(span: SpanView, { requestModel = '', usage = {} }: ModelCall): boolean {
  return (
    text(span, 'gen_ai.output.type') === 'json' &&
    requestModel.includes('claude') &&
    (usage.input ?? 0) >= CACHEABLE_TOKENS_MIN &&
    usage.cacheWrite === undefined &&
    usage.cacheWrite5m === undefined &&
    usage.cacheWrite1h === undefined &&
    count(span, 'ai.usage.inputTokenDetails.noCacheTokens') === undefined &&
    span.attribute('ai.response.providerMetadata') === undefined
  );
}
