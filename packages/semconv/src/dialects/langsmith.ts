import { canonicalProvider, type ModelCall } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import type { ReportedCounts } from '../disjoint-usage.ts';
import { count, type GenAiMeaning, genAiCall, text } from '../gen-ai-call.ts';
import { fieldsOf, type JsonFields, parseFields } from '../json-fields.ts';
import type { SpanView } from '../span-view.ts';
import { tokenCount } from '../token-count.ts';

const meaning: GenAiMeaning = {
  dialect: 'langsmith',
  inputIncludesCache: true,
  outputIncludesReasoning: true,
  ownCounts,
};

const TOOL_KINDS: ReadonlySet<string> = new Set(['tool', 'retriever']);

/** Longest text of counts that is parsed; LangSmith's own have about 300 characters. */
const USAGE_CHARACTERS_MAX = 4096;

/**
 * Runs that LangSmith exports as spans. Its names for operations are no guide, for it calls a retriever `embeddings`
 * and a prompt template `chat`; the kind of run is, and chains can repeat the usage of what they contain.
 *
 * Counts are LangChain's `usage_metadata`: input contains the cache and audio, output contains reasoning; OpenAI's
 * details have the service tier before their name where it is not the default. The provider is the one of the run's
 * metadata, else one that LangSmith guesses from the model's name.
 *
 * Source: `translator.ts`, `wrappers/openai.ts` and `utils/usage.ts` of `langsmith` 0.12.0; runs of it and of Python's.
 *
 * @see https://docs.langchain.com/langsmith/log-llm-trace
 */
export const langSmith: Dialect = {
  name: meaning.dialect,
  ownsScope: (scopeName) => scopeName === 'langsmith',
  markers: ['langsmith.span.kind'],
  read(span) {
    const kind = text(span, 'langsmith.span.kind');
    if (kind === undefined) return undefined;
    if (kind !== 'llm' && kind !== 'embedding') {
      return { kind: TOOL_KINDS.has(kind) ? 'tool' : 'aggregate', dialect: meaning.dialect };
    }
    const call = genAiCall(span, kind === 'llm' ? 'chat' : 'embeddings', meaning);
    return {
      kind: 'model_call',
      call: { ...call, provider: providerOf(span, call), serviceTier: tierOf(span) },
    };
  },
};

function providerOf(span: SpanView, { provider }: ModelCall): string | undefined {
  const stated = text(span, 'langsmith.metadata.ls_provider');
  if (stated !== undefined) return canonicalProvider(stated);
  return provider === 'langchain' ? undefined : provider;
}

function tierOf(span: SpanView): string | undefined {
  return text(span, 'gen_ai.response.service_tier');
}

function ownCounts(span: SpanView): Partial<ReportedCounts> {
  // Python has it in the run's metadata only.
  const usage =
    fieldsIn(span, 'langsmith.usage_metadata') ?? fieldsIn(span, 'langsmith.metadata.usage_metadata');
  const input =
    fieldsOf(usage?.['input_token_details']) ?? fieldsIn(span, 'gen_ai.usage.input_token_details');
  const output =
    fieldsOf(usage?.['output_token_details']) ?? fieldsIn(span, 'gen_ai.usage.output_token_details');
  const tier = tierOf(span) ?? '';
  const detail = (details: JsonFields | undefined, key: string): number | undefined =>
    tokenCount(details?.[key]) ?? tokenCount(details?.[`${tier}_${key}`]);
  return {
    input: count(span, 'gen_ai.usage.input_tokens') ?? tokenCount(usage?.['input_tokens']),
    output: count(span, 'gen_ai.usage.output_tokens') ?? tokenCount(usage?.['output_tokens']),
    cacheRead: detail(input, 'cache_read'),
    cacheWrite: detail(input, 'cache_creation'),
    cacheWrite5m: detail(input, 'ephemeral_5m_input_tokens'),
    cacheWrite1h: detail(input, 'ephemeral_1h_input_tokens') ?? detail(input, 'ephemeral_1hr_input_tokens'),
    inputAudio: detail(input, 'audio'),
    outputAudio: detail(output, 'audio'),
    reasoning: detail(output, 'reasoning'),
  };
}

function fieldsIn(span: SpanView, key: string): JsonFields | undefined {
  return parseFields(span.attribute(key), USAGE_CHARACTERS_MAX);
}
