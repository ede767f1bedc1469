import { type CallOperation, canonicalProvider, type ModelCall, type UsageBound } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import { disjointUsage, type ReportedCounts } from '../disjoint-usage.ts';
import { count, errorType, text } from '../gen-ai-call.ts';
import { mayCacheOnBedrock } from '../lossy-cache.ts';
import { withMetadata } from '../provider-metadata.ts';
import { jsonFieldAtStart, modelInResponse, responseFacts, usageInResponse } from '../response-text.ts';
import type { SpanView } from '../span-view.ts';

const NAME = 'openinference';

const CALL_OPERATIONS: ReadonlyMap<string, CallOperation> = new Map<string, CallOperation>([
  ['LLM', 'chat'],
  ['EMBEDDING', 'embeddings'],
  ['RERANKER', 'rerank'],
]);

/** Hosts of Claude, and Bedrock: a response ends with its usage, of which the span leaves out a part. */
const STATES_USAGE_AT_END: ReadonlySet<string | undefined> = new Set([
  'anthropic',
  'aws.bedrock',
  'gcp.vertex_ai',
]);

/** Longest metadata that is parsed; LangChain's own is about 200 characters. */
const METADATA_CHARACTERS_MAX = 4096;

/**
 * OpenInference (Arize), for JavaScript and Python. Details are sub-counts of prompt and completion, so both are
 * inclusive. The exceptions copy what their API reports, where the cache stands beside the input: Bedrock in
 * JavaScript, and Anthropic in JavaScript before 0.2, which leaves the cached tokens out altogether.
 *
 * No attribute has the response's id or service tier, nor the lifetime of what was written to the cache; they are read
 * from the beginning and the end of the response's text.
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
  const counts = countsOf(span);
  const response = STATES_USAGE_AT_END.has(provider) ? usageInResponse(span, counts) : undefined;
  const { usage, usageCorrected, usageIncomplete } = disjointUsage(
    response === undefined ? counts : { ...counts, total: undefined, ...response.counts },
  );
  const facts = responseFacts(span);
  const call: ModelCall = {
    dialect: NAME,
    provider,
    requestModel:
      (provider === 'aws.bedrock' ? jsonFieldAtStart(span, 'input.value', 'modelId') : undefined) ??
      text(span, 'llm.request.model_name') ??
      (provider === 'aws.bedrock' && isCutToVendor(model) ? undefined : model),
    responseModel:
      text(span, 'llm.response.model_name') ??
      (provider === 'aws.bedrock' ? bedrockModel(span, model) : model),
    operation,
    usage,
    usageCorrected,
    usageIncomplete: facts.isEstimated ? undefined : usageIncomplete,
    usageSource: facts.isEstimated ? 'estimated' : 'span',
    responseId: text(span, 'gen_ai.response.id') ?? facts.responseId,
    serviceTier: facts.serviceTier,
    serverAddress: text(span, 'server.address'),
    errorType: errorType(span),
  };
  if (usage === undefined || facts.isEstimated) return call;
  if (response !== undefined) return withMetadata(call, response);
  return { ...call, usageIncomplete: boundOf(span, call) ?? usageIncomplete };
}

function countsOf(span: SpanView): ReportedCounts {
  return {
    input: count(span, PROMPT),
    output: count(span, COMPLETION),
    cacheRead: count(span, CACHE_READ),
    cacheWrite: count(span, CACHE_WRITE),
    inputAudio: count(span, 'llm.token_count.prompt_details.audio'),
    reasoning: count(span, 'llm.token_count.completion_details.reasoning'),
    outputAudio: count(span, 'llm.token_count.completion_details.audio'),
    total: count(span, TOTAL),
    inputIncludesCache: !span.scopeName.endsWith('instrumentation-bedrock'),
    outputIncludesReasoning: true,
  };
}

function bedrockModel(span: SpanView, requested: string | undefined): string | undefined {
  return isCutToVendor(requested) ? modelInResponse(span) : undefined;
}

/** On Bedrock the model that is asked for is cut to its vendor where a region's profile stands before it. */
function isCutToVendor(requested: string | undefined): boolean {
  return requested?.includes('-') !== true;
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
 * What is lost where the response does not state it:
 *
 * - Anthropic in JavaScript before 0.2 has no cached tokens.
 * - Bedrock's Converse loses them, and its total tells that they are missing: 2062 for prompt 176 and completion 350.
 *   A stream of Claude on Bedrock has neither them nor a total.
 * - LangChain for JavaScript passes on what was read from the cache, but not what was written to it.
 */
function boundOf(span: SpanView, call: ModelCall): UsageBound | undefined {
  const { scopeName, scopeVersion = '' } = span;
  const knowsCache = count(span, CACHE_READ) !== undefined || count(span, CACHE_WRITE) !== undefined;
  if (scopeName === '@arizeai/openinference-instrumentation-anthropic') {
    return scopeVersion.startsWith('0.1.') && !knowsCache ? 'lower_bound' : undefined;
  }
  if (scopeName === '@arizeai/openinference-instrumentation-langchain') {
    return call.provider === 'anthropic' || call.provider === 'aws.bedrock' ? 'lower_bound' : undefined;
  }
  if (!scopeName.endsWith('bedrock') || knowsCache) return undefined;
  const total = count(span, TOTAL);
  if (total === undefined) return mayCacheOnBedrock(call) ? 'lower_bound' : undefined;
  return total > (count(span, PROMPT) ?? 0) + (count(span, COMPLETION) ?? 0) ? 'lower_bound' : undefined;
}
