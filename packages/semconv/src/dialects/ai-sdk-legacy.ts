import { type CallOperation, canonicalProvider } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import { disjointUsage, type ReportedCounts } from '../disjoint-usage.ts';
import { count, errorType, text } from '../gen-ai-call.ts';
import { reportedCost } from '../reported-cost.ts';
import type { SpanView } from '../span-view.ts';

const NAME = 'ai-sdk-legacy';

const CALL_OPERATIONS: ReadonlyMap<string, CallOperation> = new Map<string, CallOperation>([
  ['ai.generateText.doGenerate', 'chat'],
  ['ai.streamText.doStream', 'chat'],
  ['ai.generateObject.doGenerate', 'chat'],
  ['ai.streamObject.doStream', 'chat'],
  ['ai.embed.doEmbed', 'embeddings'],
  ['ai.embedMany.doEmbed', 'embeddings'],
  ['ai.rerank.doRerank', 'rerank'],
]);

/**
 * AI SDK 4 to 6 (`experimental_telemetry`) and 7's `LegacyOpenTelemetry`. The outer `ai.generateText` repeats
 * its steps (in 5 only the last one), so just the inner `do…` spans are calls.
 *
 * Input is inclusive from 6 on, which is also when `inputTokenDetails` appear. In 4 and 5 OpenAI's is
 * inclusive and Anthropic's is not; `cachedInputTokens` larger than the input settles most of those.
 */
export const aiSdkLegacy: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => scopeName === 'ai',
  read(span) {
    const operationId = text(span, 'ai.operationId');
    if (operationId === undefined) return undefined;
    const operation = CALL_OPERATIONS.get(operationId);
    if (operation === undefined) {
      return { kind: operationId === 'ai.toolCall' ? 'tool' : 'aggregate', dialect: NAME };
    }
    const named = text(span, 'ai.model.provider') ?? text(span, 'gen_ai.system');
    const provider = named === undefined ? undefined : canonicalProvider(named);
    return {
      kind: 'model_call',
      call: {
        dialect: NAME,
        provider,
        requestModel: text(span, 'ai.model.id') ?? text(span, 'gen_ai.request.model'),
        responseModel: text(span, 'ai.response.model') ?? text(span, 'gen_ai.response.model'),
        operation,
        ...disjointUsage(legacyCounts(span, operation, provider)),
        usageSource: 'span',
        responseId: text(span, 'ai.response.id') ?? text(span, 'gen_ai.response.id'),
        serviceTier: undefined,
        serverAddress: undefined,
        reportedCost: reportedCost(span, provider),
        errorType: errorType(span),
      },
    };
  },
};

function legacyCounts(
  span: SpanView,
  operation: CallOperation,
  provider: string | undefined,
): ReportedCounts {
  const uncached = count(span, 'ai.usage.inputTokenDetails.noCacheTokens');
  const anthropic = provider === 'anthropic';
  return {
    input:
      operation === 'embeddings'
        ? count(span, 'ai.usage.tokens')
        : (count(span, 'ai.usage.inputTokens') ??
          count(span, 'ai.usage.promptTokens') ??
          count(span, 'gen_ai.usage.input_tokens')),
    cacheRead:
      count(span, 'ai.usage.inputTokenDetails.cacheReadTokens') ?? count(span, 'ai.usage.cachedInputTokens'),
    cacheWrite: count(span, 'ai.usage.inputTokenDetails.cacheWriteTokens'),
    output:
      count(span, 'ai.usage.outputTokens') ??
      count(span, 'ai.usage.completionTokens') ??
      count(span, 'gen_ai.usage.output_tokens'),
    reasoning:
      count(span, 'ai.usage.outputTokenDetails.reasoningTokens') ?? count(span, 'ai.usage.reasoningTokens'),
    inputIncludesCache: uncached !== undefined || !anthropic,
    outputIncludesReasoning: true,
  };
}
