import type { CallOperation, ModelCall, TokenUsage } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import { count, type GenAiMeaning, readGenAiSpan, text } from '../gen-ai-call.ts';
import type { UsageTrust } from '../gemini-usage.ts';
import { mayCacheOnBedrock, mayCountCachedAsUncached, reportsCache } from '../lossy-cache.ts';
import { isVersionFrom } from '../scope-version.ts';
import type { SpanView } from '../span-view.ts';

const INCLUSIVE: GenAiMeaning = {
  dialect: 'openllmetry',
  inputIncludesCache: true,
  outputIncludesReasoning: true,
};
const EXCLUSIVE: GenAiMeaning = { ...INCLUSIVE, inputIncludesCache: false, totalIsItsOwn: true };
/** Gemini counts candidates and thoughts apart. */
const THOUGHTS_APART: GenAiMeaning = { ...INCLUSIVE, outputIncludesReasoning: false };

/** What the oldest packages write in place of an operation. */
const REQUEST_TYPES: ReadonlyMap<string, CallOperation> = new Map<string, CallOperation>([
  ['completion', 'text_completion'],
  ['embedding', 'embeddings'],
  ['rerank', 'rerank'],
]);

const JAVASCRIPT_SCOPE = '@traceloop/';
/** Workflows and tasks of the SDK for Python. */
const PYTHON_SDK_SCOPE = 'traceloop.tracer';
const PYTHON_ANTHROPIC_SCOPE = 'opentelemetry.instrumentation.anthropic';
const PYTHON_BEDROCK_SCOPE = 'opentelemetry.instrumentation.bedrock';
const BEDROCK_COUNTS_CACHE_FROM = [0, 62] as const;
/** Packages of OpenLLMetry for Python; those of OpenTelemetry itself have other names (`openai_v2`, `google_genai`). */
const PYTHON_SCOPE =
  /^opentelemetry\.instrumentation\.(?:openai\.v\d|openai$|openai\.shared|alephalpha|anthropic|bedrock|cohere|crewai|google_generativeai|groq|haystack|langchain|llamaindex|mistralai|ollama|openai_agents|replicate|sagemaker|together|transformers|vertexai|voyageai|watsonx|writer)/;

/**
 * OpenLLMetry (Traceloop) with its JavaScript packages up to 0.27 and its Python ones up to 0.62. Workflow and task
 * spans carry `traceloop.span.kind` and no usage.
 *
 * Input is what the provider's API reports: OpenAI's and Google's contains the cache, Bedrock's leaves it out, and so
 * does Anthropic's in JavaScript; in Python the cache was added to it. What is lost or guessed is in
 * {@link isEstimated} and {@link trustIn}.
 */
export const openLlmetry: Dialect = {
  name: INCLUSIVE.dialect,
  ownsScope: (scopeName) =>
    scopeName.startsWith(JAVASCRIPT_SCOPE) || PYTHON_SCOPE.test(scopeName) || scopeName === PYTHON_SDK_SCOPE,
  read(span) {
    const kind = text(span, 'traceloop.span.kind');
    if (kind !== undefined)
      return { kind: kind === 'tool' ? 'tool' : 'aggregate', dialect: INCLUSIVE.dialect };
    const reading = readGenAiSpan(span, meaningOf(span));
    if (reading?.kind !== 'model_call') return reading;
    const operation = REQUEST_TYPES.get(text(span, 'llm.request.type') ?? '') ?? reading.call.operation;
    const call = { ...reading.call, operation, usage: reading.call.usage ?? searchesOf(span) };
    if (call.usage === undefined) return { kind: 'model_call', call };
    if (isEstimated(span, call)) return { kind: 'model_call', call: { ...call, usageSource: 'estimated' } };
    return { kind: 'model_call', call: { ...call, ...trustIn(span, call) } };
  },
};

function meaningOf(span: SpanView): GenAiMeaning {
  if (isExclusive(span)) return EXCLUSIVE;
  return span.scopeName === '@traceloop/instrumentation-google-generativeai' ? THOUGHTS_APART : INCLUSIVE;
}

function isExclusive(span: SpanView): boolean {
  const provider = text(span, 'gen_ai.provider.name') ?? text(span, 'gen_ai.system') ?? '';
  if (/bedrock/i.test(provider) || span.scopeName.includes('bedrock')) return true;
  return (
    span.scopeName.startsWith(JAVASCRIPT_SCOPE) &&
    (/anthropic/i.test(provider) || span.scopeName.includes('anthropic'))
  );
}

/**
 * Streamed completions of OpenAI are counted by the instrumentation itself (`enrichTokens`, which Traceloop's SDK
 * switches on by default), under the same names and without a word of it, so that a completion's counts may always be
 * such a guess. Answers of the Responses API never are. The tokens of an image are worked out from its size.
 */
function isEstimated(span: SpanView, call: ModelCall): boolean {
  if (span.scopeName !== '@traceloop/instrumentation-openai') return false;
  if (call.operation === 'image_generation') return true;
  const isCompletion = call.operation === 'chat' || call.operation === 'text_completion';
  return isCompletion && call.responseId?.startsWith('resp_') !== true;
}

/**
 * JavaScript's Bedrock, LangChain, OpenAI and Vertex packages do not pass cached tokens on, nor Vertex's thoughts.
 * Python's for Bedrock does from 0.62 on.
 */
function trustIn(span: SpanView, call: ModelCall): UsageTrust {
  const { scopeName } = span;
  if (scopeName.startsWith(PYTHON_ANTHROPIC_SCOPE)) {
    // The first event's output, a token or more, is added to the last one's, which contains it.
    return span.attribute('gen_ai.is_streaming') === true ? { usageIncomplete: 'upper_bound' } : {};
  }
  if (reportsCache(span)) return {};
  const provider = call.provider ?? '';
  if (losesCacheBeside(span)) {
    const lost = provider !== 'aws.bedrock' || mayCacheOnBedrock(call);
    return lost ? { usageIncomplete: 'lower_bound' } : {};
  }
  const isVertex = scopeName === '@traceloop/instrumentation-vertexai';
  const lacksThoughts = isVertex && (totalOf(span) ?? 0) > inputAndOutput(span);
  const passesCacheOn = provider.startsWith('gcp.') && !isVertex;
  const mayBeCached = !passesCacheOn && mayCountCachedAsUncached(span, call);
  // Missing thoughts make a call dearer than its figure, and cached tokens make it cheaper.
  if (lacksThoughts && mayBeCached) return { usageSource: 'estimated' };
  if (lacksThoughts) return { usageIncomplete: 'lower_bound' };
  return mayBeCached ? { usageIncomplete: 'upper_bound' } : {};
}

/** Whether cached tokens, which stand beside the input, are in none of the counts. */
function losesCacheBeside(span: SpanView): boolean {
  if (span.scopeName.startsWith(JAVASCRIPT_SCOPE)) return isExclusive(span);
  return (
    span.scopeName.startsWith(PYTHON_BEDROCK_SCOPE) &&
    !isVersionFrom(span.scopeVersion, BEDROCK_COUNTS_CACHE_FROM)
  );
}

/** The package for Cohere writes the search units that a rerank is billed by under the name of the tokens. */
function searchesOf(span: SpanView): TokenUsage | undefined {
  if (!span.scopeName.endsWith('cohere') || text(span, 'llm.request.type') !== 'rerank') return undefined;
  const rerankSearches = count(span, 'llm.usage.total_tokens');
  return rerankSearches === undefined ? undefined : { rerankSearches };
}

function totalOf(span: SpanView): number | undefined {
  return count(span, 'gen_ai.usage.total_tokens') ?? count(span, 'llm.usage.total_tokens');
}

function inputAndOutput(span: SpanView): number {
  const input = count(span, 'gen_ai.usage.input_tokens') ?? count(span, 'gen_ai.usage.prompt_tokens') ?? 0;
  const output =
    count(span, 'gen_ai.usage.output_tokens') ?? count(span, 'gen_ai.usage.completion_tokens') ?? 0;
  return input + output;
}
