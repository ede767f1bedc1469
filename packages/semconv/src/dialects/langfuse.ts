import { canonicalProvider, type TokenUsage, type UsageBucket } from '@costspan/cost-model';
import { anthropicUsage } from '../anthropic-usage.ts';
import type { Dialect } from '../dialect.ts';
import { disjointUsage, type ReportedCounts } from '../disjoint-usage.ts';
import { errorType, text } from '../gen-ai-call.ts';
import { type JsonFields, parseFields } from '../json-fields.ts';
import { openAiCounts } from '../openai-usage.ts';
import type { SpanView } from '../span-view.ts';
import { tokenCount } from '../token-count.ts';

const NAME = 'langfuse';

/**
 * The keys that Langfuse's own integrations write: of OpenAI's details, of LangChain's `usage_metadata`, and
 * Anthropic's as its documentation has them. What is beside `input` and `output` is not in them.
 */
const BUCKETS: ReadonlyMap<string, UsageBucket> = new Map<string, UsageBucket>([
  ['input', 'input'],
  ['input_cached_tokens', 'cacheRead'],
  ['input_cache_read', 'cacheRead'],
  ['cache_read_input_tokens', 'cacheRead'],
  ['input_cached_content', 'cacheRead'],
  ['input_cache_write_tokens', 'cacheWrite'],
  ['input_cache_creation', 'cacheWrite'],
  ['cache_creation_input_tokens', 'cacheWrite'],
  ['input_ephemeral_5m_input_tokens', 'cacheWrite5m'],
  ['input_ephemeral_1h_input_tokens', 'cacheWrite1h'],
  ['input_audio_tokens', 'inputAudio'],
  ['input_audio', 'inputAudio'],
  ['output', 'output'],
  ['output_accepted_prediction_tokens', 'output'],
  ['output_rejected_prediction_tokens', 'output'],
  ['output_reasoning_tokens', 'reasoning'],
  ['output_reasoning', 'reasoning'],
  ['output_audio_tokens', 'outputAudio'],
  ['output_audio', 'outputAudio'],
]);

/** Longest usage text that is parsed; Langfuse's own have about 300 characters. */
const USAGE_CHARACTERS_MAX = 4096;

const CALL_TYPES: ReadonlySet<string> = new Set(['generation', 'embedding']);

/**
 * Langfuse's SDKs on OpenTelemetry: observations with the usage as a JSON text, in JavaScript (4 and 5) of disjoint
 * buckets, in Python and by users also the `usage` of OpenAI's or Anthropic's API. Keys that users
 * make up are not counted, and costs are worked out by whoever writes them, never by the provider.
 *
 * There is no provider but the one in LangChain's metadata; else the model is looked up among the first-party
 * providers. A failed observation says so in its level.
 *
 * Sources: `@langfuse/openai`, `@langfuse/langchain` and `@langfuse/tracing` 5.11.1.
 */
export const langfuse: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => scopeName === 'langfuse-sdk',
  read(span) {
    const type = text(span, 'langfuse.observation.type');
    if (type === undefined) return undefined;
    if (!CALL_TYPES.has(type)) return { kind: type === 'tool' ? 'tool' : 'aggregate', dialect: NAME };
    const model = text(span, 'langfuse.observation.model.name');
    const provider = text(span, 'langfuse.observation.metadata.ls_provider');
    return {
      kind: 'model_call',
      call: {
        dialect: NAME,
        provider: provider === undefined ? undefined : canonicalProvider(provider),
        requestModel: model,
        responseModel: model,
        operation: type === 'embedding' ? 'embeddings' : 'chat',
        ...usageOf(span),
        usageSource: 'span',
        usageIncomplete: addsPlaceholder(span) ? 'upper_bound' : undefined,
        responseId: undefined,
        serviceTier: undefined,
        serverAddress: undefined,
        errorType: observationError(span),
      },
    };
  },
};

/** LangChain adds the few tokens that a stream of Anthropic's starts with to the count that it ends with. */
function addsPlaceholder(span: SpanView): boolean {
  return (
    text(span, 'langfuse.observation.metadata.ls_provider') === 'anthropic' &&
    span.attribute('langfuse.observation.completion_start_time') !== undefined
  );
}

function observationError(span: SpanView): string | undefined {
  return errorType(span) ?? (text(span, 'langfuse.observation.level') === 'ERROR' ? '_OTHER' : undefined);
}

function usageOf(span: SpanView): { usage: TokenUsage | undefined; usageCorrected?: boolean } {
  const details = parseFields(span.attribute('langfuse.observation.usage_details'), USAGE_CHARACTERS_MAX);
  if (details === undefined) return { usage: undefined };
  const counts = countsOf(details);
  if (counts !== undefined) {
    return disjointUsage({ inputIncludesCache: true, outputIncludesReasoning: true, ...counts });
  }
  const usage: { [bucket in UsageBucket]?: number } = {};
  for (const [key, bucket] of BUCKETS) {
    const tokens = tokenCount(details[key]);
    if (tokens === undefined || (tokens === 0 && key !== 'input' && key !== 'output')) continue;
    usage[bucket] = (usage[bucket] ?? 0) + tokens;
  }
  return { usage: Object.keys(usage).length === 0 ? undefined : usage };
}

/** What was passed on as OpenAI's or Anthropic's API has it. */
function countsOf(details: JsonFields): Partial<ReportedCounts> | undefined {
  if (details['prompt_tokens'] !== undefined) return openAiCounts(details);
  if (details['input_tokens'] === undefined) return undefined;
  const isAnthropic =
    details['cache_read_input_tokens'] !== undefined || details['cache_creation_input_tokens'] !== undefined;
  return isAnthropic ? anthropicUsage(details).counts : openAiCounts(details);
}
