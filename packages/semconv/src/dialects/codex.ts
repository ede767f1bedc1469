import { inputTokenTotal } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import { disjointUsage } from '../disjoint-usage.ts';
import { count, errorType, text } from '../gen-ai-call.ts';
import type { SpanReading } from '../span-reading.ts';
import type { SpanView } from '../span-view.ts';

const NAME = 'codex';

/** OpenAI's prices for long prompts begin above this many tokens. */
const LONG_PROMPT_TOKENS = 272_000;

/** Spans around what a turn does for itself; a sub-agent that it starts inside has turns of its own. */
const TOOL_SPANS: ReadonlySet<string> = new Set(['handle_tool_call_with_source', 'session_task.user_shell']);
const TURN_SPANS: ReadonlySet<string> = new Set([
  'session_task.turn',
  'session_task.review',
  'session_task.compact',
]);

/**
 * Codex CLI's own spans. `handle_responses` has the usage of one request and neither model nor provider; a model and
 * usage stand together only on the turn, which is therefore the call that is billed: the sum of its requests to one
 * model. Input contains the cache and output the reasoning.
 *
 * The sum of a turn looks like one long prompt, which some models price higher than the short ones that were sent. A
 * turn whose sum could be mistaken for that costs at most its figure. A provider is never named.
 *
 * The scope is named after the program: `codex_exec`, `codex_cli_rs`, `codex-app-server`, `Codex Desktop`.
 *
 * @see https://developers.openai.com/codex/config-advanced#observability-and-telemetry
 * @see the spans of `@openai/codex` 0.169.0
 */
export const codex: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => /^codex[_ -]/i.test(scopeName),
  read(span) {
    if (TURN_SPANS.has(span.name)) return readTurn(span);
    if (TOOL_SPANS.has(span.name)) return { kind: 'tool', dialect: NAME };
    const isAnswer =
      span.name === 'handle_responses' && count(span, 'gen_ai.usage.input_tokens') !== undefined;
    return isAnswer ? { kind: 'aggregate', dialect: NAME } : undefined;
  },
};

function readTurn(span: SpanView): SpanReading {
  const counted = disjointUsage({
    input: count(span, 'codex.turn.token_usage.input_tokens'),
    cacheRead: count(span, 'codex.turn.token_usage.cached_input_tokens'),
    cacheWrite: count(span, 'codex.turn.token_usage.cache_write_input_tokens'),
    output: count(span, 'codex.turn.token_usage.output_tokens'),
    reasoning: count(span, 'codex.turn.token_usage.reasoning_output_tokens'),
    inputIncludesCache: true,
    outputIncludesReasoning: true,
  });
  const { usage } = counted;
  const looksLong = usage !== undefined && inputTokenTotal(usage) > LONG_PROMPT_TOKENS;
  return {
    kind: 'model_call',
    call: {
      dialect: NAME,
      provider: undefined,
      requestModel: text(span, 'model'),
      responseModel: undefined,
      operation: 'invoke_agent',
      ...counted,
      usageSource: 'span',
      usageIncomplete: looksLong ? 'upper_bound' : undefined,
      responseId: undefined,
      serviceTier: undefined,
      serverAddress: undefined,
      errorType: errorType(span),
    },
  };
}
