import type { ModelCall } from '@costspan/cost-model';
import { anthropicUsage } from '../anthropic-usage.ts';
import { fieldsOf } from '../json-fields.ts';
import type { Dialect } from '../dialect.ts';
import { genAiCall, type GenAiMeaning, readGenAiSpan, text } from '../gen-ai-call.ts';
import { openAiCounts } from '../openai-usage.ts';
import { refineCall } from '../refine-call.ts';
import type { SpanReading } from '../span-reading.ts';
import type { SpanView } from '../span-view.ts';

const NAME = 'logfire';

/** A provider's usage object has a few hundred characters. */
const RAW_USAGE_CHARACTERS_MAX = 16 * 1024;

const meaning: GenAiMeaning = {
  dialect: NAME,
  inputIncludesCache: true,
  outputIncludesReasoning: true,
  ownCounts: (span) => {
    const usage = rawUsage(span);
    if (usage === undefined) return {};
    return isAnthropic(usage) ? anthropicUsage(usage).counts : openAiCounts(usage);
  },
};

/**
 * Logfire's instrumentations of OpenAI, Anthropic and the Claude Agent SDK. The provider's own usage object stands in
 * `gen_ai.usage.raw` beside inclusive counts; `operation.cost` is worked out from the table of `genai-prices`.
 *
 * - A streamed request has two spans: that of the request ends without an answer, and a `log` at the stream's end,
 *   which is no child of it, carries the usage.
 * - An agent of Claude Code runs in a process of its own: only its `invoke_agent` has the usage, and the `chat` spans
 *   within carry that of unfinished messages under `gen_ai.usage.partial.*`.
 *
 * @see `logfire/_internal/integrations` of logfire 5.2.0
 */
export const logfire: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => scopeName.startsWith('logfire.'),
  read(span) {
    if (span.attribute('logfire.span_type') === 'pending_span') return { kind: 'aggregate', dialect: NAME };
    const reading = readGenAiSpan(span, meaning);
    if (span.scopeName === 'logfire.claude_agent_sdk') return agentReading(span, reading);
    if (reading?.kind === 'model_call' && isUnansweredStream(span, reading.call)) {
      return { kind: 'aggregate', dialect: NAME };
    }
    return refineCall(reading, () => anthropicTerms(span));
  },
};

function agentReading(span: SpanView, reading: SpanReading | undefined): SpanReading | undefined {
  if (reading === undefined || reading.kind === 'tool') return reading;
  const hosted = genAiCall(span, 'invoke_agent', meaning);
  const isAgent = text(span, 'gen_ai.operation.name') === 'invoke_agent' && hosted.usage !== undefined;
  return isAgent ? { kind: 'aggregate', dialect: NAME, hosted } : { kind: 'aggregate', dialect: NAME };
}

function isUnansweredStream(span: SpanView, call: ModelCall): boolean {
  return (
    call.usage === undefined &&
    call.responseId === undefined &&
    call.errorType === undefined &&
    span.attribute('logfire.span_type') !== 'log'
  );
}

/** What else Anthropic's usage object says of the price. */
function anthropicTerms(span: SpanView): Partial<ModelCall> {
  const usage = rawUsage(span);
  if (usage === undefined || !isAnthropic(usage)) return {};
  const { serviceTier, region, usageIncomplete } = anthropicUsage(usage);
  return { serviceTier, region, usageIncomplete };
}

function isAnthropic(usage: Readonly<Record<string, unknown>>): boolean {
  return usage['cache_read_input_tokens'] !== undefined || usage['cache_creation_input_tokens'] !== undefined;
}

function rawUsage(span: SpanView): Readonly<Record<string, unknown>> | undefined {
  const json = text(span, 'gen_ai.usage.raw');
  if (json === undefined || json.length > RAW_USAGE_CHARACTERS_MAX) return undefined;
  try {
    return fieldsOf(JSON.parse(json));
  } catch {
    return undefined;
  }
}
