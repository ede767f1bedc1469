import { canonicalProvider } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import { disjointUsage } from '../disjoint-usage.ts';
import { count, errorType, text } from '../gen-ai-call.ts';

const NAME = 'claude-code';

/**
 * Claude Code's own spans (`CLAUDE_CODE_ENHANCED_TELEMETRY_BETA`), also from its Agent SDK. One `claude_code.llm_request`
 * per request has the counts of Anthropic's API under bare names: `input_tokens` leaves the cache out. The lifetime of
 * cache writes is only in its log events.
 *
 * `gen_ai.response.id` holds the request's id and not the message's, which other instrumentations write there.
 *
 * @see https://code.claude.com/docs/en/monitoring-usage
 * @see the binary of `@anthropic-ai/claude-code` 2.1.330
 */
export const claudeCode: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => scopeName === 'com.anthropic.claude_code.tracing',
  read(span) {
    const type = text(span, 'span.type');
    if (type === 'interaction') return { kind: 'aggregate', dialect: NAME };
    if (type !== 'llm_request') return { kind: 'tool', dialect: NAME };
    const provider = text(span, 'gen_ai.provider.name') ?? text(span, 'gen_ai.system');
    return {
      kind: 'model_call',
      call: {
        dialect: NAME,
        provider: provider === undefined ? undefined : canonicalProvider(provider),
        requestModel: text(span, 'gen_ai.request.model') ?? text(span, 'model'),
        responseModel: undefined,
        operation: 'chat',
        ...disjointUsage({
          input: count(span, 'input_tokens'),
          output: count(span, 'output_tokens'),
          cacheRead: count(span, 'cache_read_tokens'),
          cacheWrite: count(span, 'cache_creation_tokens'),
          inputIncludesCache: false,
          outputIncludesReasoning: true,
        }),
        usageSource: 'span',
        responseId: undefined,
        serviceTier: text(span, 'speed') === 'fast' ? 'fast' : undefined,
        serverAddress: undefined,
        errorType: text(span, 'error_class') ?? errorType(span),
      },
    };
  },
};
