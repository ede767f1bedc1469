import { type CallOperation, canonicalProvider, type ModelCall, type UsageBound } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import { disjointUsage } from '../disjoint-usage.ts';
import { count, errorType, text } from '../gen-ai-call.ts';
import { mayCacheOnBedrock } from '../lossy-cache.ts';
import { jsonFieldAtStart, modelInResponse, responseFacts } from '../response-text.ts';
import type { SpanView } from '../span-view.ts';

const NAME = 'openinference';

const CALL_OPERATIONS: ReadonlyMap<string, CallOperation> = new Map<string, CallOperation>([
  ['LLM', 'chat'],
  ['EMBEDDING', 'embeddings'],
  ['RERANKER', 'rerank'],
]);

/** Longest metadata that is parsed; LangChain's own is about 200 characters. */
const METADATA_CHARACTERS_MAX = 4096;

/**
 * OpenInference (Arize), for JavaScript and Python. Details are sub-counts of prompt and completion, so both are
 * inclusive. The exceptions copy what their API reports, where the cache stands beside the input: Bedrock in
 * JavaScript, and Anthropic in JavaScript before 0.2, which leaves the cached tokens out altogether.
 *
 * No attribute has the response's id or service tier; they are read from the response's text without parsing it.
 *
 * @see https://github.com/Arize-ai/openinference/blob/main/spec/semantic_conventions.md
 */
export const openInference: Dialect = {
  name: NAME,
  ownsScope: (scopeName) =>
    scopeName.startsWith('@arizeai/openinference-') || scopeName.startsWith('openinference.'),
  markers: ['openinference.span.kind'],
  read(span) {
    const kind = text(span, 'openinference.span.kind');
    if (kind === undefined) return undefined;
    const operation = CALL_OPERATIONS.get(kind);
    if (operation === undefined) return { kind: kind === 'TOOL' ? 'tool' : 'aggregate', dialect: NAME };
    return { kind: 'model_call', call: readCall(span, operation) };
  },
};

function readCall(span: SpanView, operation: CallOperation): ModelCall {
  const route = text(span, 'llm.model_name') ?? text(span, 'embedding.model_name');
  const provider = providerOf(span) ?? liteLlmProvider(span, route);
  const model = withoutProvider(route, provider);
  const isBedrock = span.scopeName.endsWith('instrumentation-bedrock');
  const { usage, usageCorrected } = disjointUsage({
    input: count(span, PROMPT),
    output: count(span, COMPLETION),
    cacheRead: count(span, CACHE_READ),
    cacheWrite: count(span, CACHE_WRITE),
    inputAudio: count(span, 'llm.token_count.prompt_details.audio'),
    reasoning: count(span, 'llm.token_count.completion_details.reasoning'),
    outputAudio: count(span, 'llm.token_count.completion_details.audio'),
    total: count(span, TOTAL),
    inputIncludesCache: !isBedrock,
    outputIncludesReasoning: true,
  });
  const facts = responseFacts(span);
  const call: ModelCall = {
    dialect: NAME,
    provider,
    requestModel:
      (provider === 'aws.bedrock' ? jsonFieldAtStart(span, 'input.value', 'modelId') : undefined) ??
      text(span, 'llm.request.model_name') ??
      model,
    responseModel:
      text(span, 'llm.response.model_name') ??
      (provider === 'aws.bedrock' ? bedrockModel(span, model) : model),
    operation,
    usage,
    usageCorrected,
    usageSource: facts.isEstimated ? 'estimated' : 'span',
    responseId: text(span, 'gen_ai.response.id') ?? facts.responseId,
    serviceTier: facts.serviceTier,
    serverAddress: text(span, 'server.address'),
    errorType: errorType(span),
  };
  const usageIncomplete = usage === undefined || facts.isEstimated ? undefined : boundOf(span, call);
  return usageIncomplete === undefined ? call : { ...call, usageIncomplete };
}

/** On Bedrock the model that is asked for is cut to its vendor where a region's profile stands before it. */
function bedrockModel(span: SpanView, requested: string | undefined): string | undefined {
  return requested?.includes('-') === true ? undefined : modelInResponse(span);
}

const PROMPT = 'llm.token_count.prompt';
const COMPLETION = 'llm.token_count.completion';
const TOTAL = 'llm.token_count.total';
const CACHE_READ = 'llm.token_count.prompt_details.cache_read';
const CACHE_WRITE = 'llm.token_count.prompt_details.cache_write';

function providerOf(span: SpanView): string | undefined {
  const named =
    text(span, 'llm.provider') ??
    text(span, 'llm.system') ??
    text(span, 'gen_ai.provider.name') ??
    langChainProvider(text(span, 'metadata'));
  return named === undefined ? undefined : canonicalProvider(named);
}

/** LiteLLM for Python names a model by its route, `openai/text-embedding-3-small`, and an embedding by that alone. */
function liteLlmProvider(span: SpanView, route: string | undefined): string | undefined {
  const slash = route?.indexOf('/') ?? -1;
  if (slash === -1 || span.scopeName !== 'openinference.instrumentation.litellm') return undefined;
  return canonicalProvider(route?.slice(0, slash) ?? '');
}

function withoutProvider(route: string | undefined, provider: string | undefined): string | undefined {
  const slash = route?.indexOf('/') ?? -1;
  if (route === undefined || slash === -1 || canonicalProvider(route.slice(0, slash)) !== provider)
    return route;
  return route.slice(slash + 1);
}

/** LangChain names the provider among the run's metadata only. */
function langChainProvider(metadata: string | undefined): string | undefined {
  if (metadata === undefined || metadata.length > METADATA_CHARACTERS_MAX) return undefined;
  try {
    const provider: unknown = JSON.parse(metadata)?.ls_provider;
    return typeof provider === 'string' && provider !== '' ? provider : undefined;
  } catch {
    return undefined;
  }
}

/**
 * - Anthropic in JavaScript before 0.2 has no cached tokens.
 * - Bedrock's Converse loses them, and its total tells that they are missing: 2062 for prompt 176 and completion 350.
 *   A stream of Claude on Bedrock has neither them nor a total.
 * - LangChain for JavaScript passes on what was read from the cache, but not what was written to it.
 */
function boundOf(span: SpanView, call: ModelCall): UsageBound | undefined {
  const { scopeName, scopeVersion = '' } = span;
  if (scopeName === '@arizeai/openinference-instrumentation-anthropic') {
    return scopeVersion.startsWith('0.1.') ? 'lower_bound' : undefined;
  }
  if (scopeName === '@arizeai/openinference-instrumentation-langchain') {
    return call.provider === 'anthropic' || call.provider === 'aws.bedrock' ? 'lower_bound' : undefined;
  }
  if (!scopeName.endsWith('bedrock')) return undefined;
  if (span.attribute(CACHE_READ) !== undefined || span.attribute(CACHE_WRITE) !== undefined) return undefined;
  const total = count(span, TOTAL);
  if (total === undefined) return mayCacheOnBedrock(call) ? 'lower_bound' : undefined;
  return total > (count(span, PROMPT) ?? 0) + (count(span, COMPLETION) ?? 0) ? 'lower_bound' : undefined;
}
