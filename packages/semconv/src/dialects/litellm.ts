import { type CallOperation, canonicalProvider, type ModelCall } from '@costspan/cost-model';
import { fieldsOf } from '../json-fields.ts';
import type { Dialect } from '../dialect.ts';
import type { ReportedCounts } from '../disjoint-usage.ts';
import { genAiCall, type GenAiMeaning, readGenAiSpan, text } from '../gen-ai-call.ts';
import { openAiCounts } from '../openai-usage.ts';
import { refineCall } from '../refine-call.ts';
import type { SpanReading } from '../span-reading.ts';
import type { SpanView } from '../span-view.ts';
import { tokenCount } from '../token-count.ts';

const NAME = 'litellm';

/** The usage object has a few hundred characters, the hidden parameters a few thousand of headers. */
const TEXT_CHARACTERS_MAX = 16 * 1024;

/** Providers whose answers to a chat LiteLLM always hands on with their headers. */
const HEADERS_ALWAYS: ReadonlySet<string> = new Set(['openai', 'azure.ai.openai', 'anthropic']);

/** LiteLLM's first telemetry names the operation after the function that was called; `a` stands for asynchronous. */
const FUNCTION_OPERATIONS: ReadonlyMap<string, CallOperation> = new Map<string, CallOperation>([
  ['completion', 'chat'],
  ['text_completion', 'text_completion'],
  ['generate_content', 'generate_content'],
  ['responses', 'chat'],
  ['anthropic_messages', 'chat'],
  ['embedding', 'embeddings'],
  ['rerank', 'rerank'],
  ['speech', 'speech'],
  ['transcription', 'transcription'],
  ['image_generation', 'image_generation'],
  ['image_edit', 'image_generation'],
]);

const meaning: GenAiMeaning = {
  dialect: NAME,
  inputIncludesCache: true,
  outputIncludesReasoning: true,
  ownCounts: (span) => usageObjectCounts(span),
};

/**
 * LiteLLM, as a library and as a proxy, in both of its telemetries: `litellm_request` with a child
 * `raw_gen_ai_request`, which only repeats the provider's answer; or (`LITELLM_OTEL_V2`) the spans of the conventions.
 * Before 1.81 the function that was called stands in `llm.request.type`, and no operation is named.
 *
 * Input is inclusive for every provider. The first telemetry has the cache and the reasoning only in
 * `metadata.usage_object`, a Python dictionary as text. A stream without usage is given zeros. Costs (`gen_ai.cost.*`,
 * `litellm.cost.*`) come from LiteLLM's own table, and an answer from its cache states them in full; the first
 * telemetry tells such an answer by its hidden parameters, the second leaves it out.
 *
 * @see `litellm/integrations/opentelemetry.py` of litellm 1.60.0, 1.80.0 and 1.106.2, and `litellm/integrations/otel`
 * of 1.106.2
 */
export const liteLlm: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => scopeName === 'litellm',
  read(span) {
    if (text(span, 'mcp.method.name') !== undefined) return { kind: 'tool', dialect: NAME };
    const operationName = text(span, 'gen_ai.operation.name');
    const reading = operationName === undefined ? withoutOperation(span) : withOperation(span, operationName);
    return refineCall(reading, (call) => refined(span, call));
  },
};

function withOperation(span: SpanView, operationName: string): SpanReading | undefined {
  const operation = functionOperation(operationName);
  return operation === undefined ? readGenAiSpan(span, meaning) : modelCall(span, operation);
}

/** A span that names no operation is a request of an older version, or a part of one. */
function withoutOperation(span: SpanView): SpanReading | undefined {
  const requestType = text(span, 'llm.request.type');
  const operation = requestType === undefined ? undefined : functionOperation(requestType);
  if (operation !== undefined) return modelCall(span, operation);
  if (requestType !== undefined || span.name === 'litellm_request') {
    const call = genAiCall(span, 'other', meaning);
    if (call.usage !== undefined) return { kind: 'model_call', call };
  }
  return partOfRequest(span);
}

function functionOperation(name: string): CallOperation | undefined {
  return FUNCTION_OPERATIONS.get(name) ?? FUNCTION_OPERATIONS.get(name.slice(1));
}

function modelCall(span: SpanView, operation: CallOperation): SpanReading {
  return { kind: 'model_call', call: genAiCall(span, operation, meaning) };
}

/** The second telemetry names the model on the spans of the proxy's own work, too. */
function partOfRequest(span: SpanView): SpanReading | undefined {
  return text(span, 'gen_ai.request.model') === undefined ? undefined : { kind: 'aggregate', dialect: NAME };
}

function refined(span: SpanView, call: ModelCall): Partial<ModelCall> {
  // Without an id of the provider's it writes that of its own call.
  const isOwnId = call.responseId === text(span, 'litellm.call_id');
  const provider = call.provider ?? routedProvider(span);
  return {
    provider,
    responseModel: answeringModel(span, provider, call.responseModel),
    answeredFromCache: isFromCache(span, { ...call, provider }) ? true : undefined,
    responseId: isOwnId ? undefined : call.responseId,
  };
}

/** The model as LiteLLM routed the call: `anthropic/claude-sonnet-4-5`. */
function routedProvider(span: SpanView): string | undefined {
  const model = text(span, 'litellm.provider.model');
  const end = model?.indexOf('/') ?? -1;
  return model === undefined || end <= 0 ? undefined : canonicalProvider(model.slice(0, end));
}

/**
 * A proxy answers in the name that its operator gave to the model, which no price list knows; the model it was routed
 * to is then the better answer. A dated version of that model is kept, and so is what Azure says: there the routed
 * name is that of a deployment.
 */
function answeringModel(
  span: SpanView,
  provider: string | undefined,
  responseModel: string | undefined,
): string | undefined {
  const routed = text(span, 'litellm.provider.model');
  if (routed === undefined || provider?.startsWith('azure.') === true) return responseModel;
  const model = routed.slice(routed.indexOf('/') + 1);
  return responseModel?.startsWith(model) === true ? responseModel : model;
}

/**
 * A cached answer has the key of its entry. One that is streamed, or given to the library itself, has not; but its
 * headers are empty, which those of a chat with these providers never are, and no call was timed.
 */
function isFromCache(span: SpanView, { provider, operation, errorType }: ModelCall): boolean {
  const hidden = objectOf(text(span, 'hidden_params'));
  if (hidden === undefined) return false;
  const key = hidden['cache_key'];
  if (typeof key === 'string' && key !== '') return true;
  const headers = fieldsOf(hidden['additional_headers']);
  return (
    operation === 'chat' &&
    errorType === undefined &&
    HEADERS_ALWAYS.has(provider ?? '') &&
    headers !== undefined &&
    Object.keys(headers).length === 0 &&
    hidden['litellm_overhead_time_ms'] === null
  );
}

function usageObjectCounts(span: SpanView): Partial<ReportedCounts> {
  const dictionary = text(span, 'metadata.usage_object');
  if (dictionary === undefined || dictionary.length > TEXT_CHARACTERS_MAX) return {};
  const usage = objectOf(jsonOf(dictionary));
  if (usage === undefined) return {};
  const counts = openAiCounts(usage);
  const details = fieldsOf(usage['prompt_tokens_details']);
  const lifetimes = fieldsOf(details?.['cache_creation_token_details']);
  return {
    ...counts,
    cacheRead: tokenCount(usage['cache_read_input_tokens']) ?? counts.cacheRead,
    cacheWrite:
      tokenCount(usage['cache_creation_input_tokens']) ??
      tokenCount(details?.['cache_creation_tokens']) ??
      counts.cacheWrite,
    cacheWrite5m: tokenCount(lifetimes?.['ephemeral_5m_input_tokens']),
    cacheWrite1h: tokenCount(lifetimes?.['ephemeral_1h_input_tokens']),
  };
}

/** Python's notation of a dictionary of numbers and plain words. */
function jsonOf(dictionary: string): string {
  return dictionary
    .replaceAll("'", '"')
    .replaceAll(/\bNone\b/g, 'null')
    .replaceAll(/\bTrue\b/g, 'true')
    .replaceAll(/\bFalse\b/g, 'false');
}

function objectOf(json: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (json === undefined || json.length > TEXT_CHARACTERS_MAX) return undefined;
  try {
    return fieldsOf(JSON.parse(json));
  } catch {
    return undefined;
  }
}
