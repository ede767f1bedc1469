import { type CallOperation, canonicalProvider, type ModelCall } from '@costspan/cost-model';
import { disjointUsage, type ReportedCounts } from './disjoint-usage.ts';
import { providerOfHost } from './provider-of-host.ts';
import { reportedCost } from './reported-cost.ts';
import type { SpanReading } from './span-reading.ts';
import type { SpanView } from './span-view.ts';
import { tokenCount } from './token-count.ts';

/** What the `gen_ai.*` names cannot say: who wrote the span and what its counts contain. */
export interface GenAiMeaning {
  readonly dialect: string;
  readonly inputIncludesCache: boolean;
  readonly outputIncludesReasoning: boolean;
  /** Whether the total is the instrumentation's own sum of the two, which proves nothing. */
  readonly totalIsItsOwn?: boolean;
  /** Counts that the instrumentation writes under names of its own; each that is known takes the place of another. */
  readonly ownCounts?: (span: SpanView) => Partial<ReportedCounts>;
}

/**
 * The values of `gen_ai.operation.name` that are calls: the conventions' own, and those that OpenLIT and OpenLLMetry
 * write where the conventions have none yet.
 *
 * A map and not an object: an operation named `constructor` must not find what every object inherits.
 */
const OPERATIONS: ReadonlyMap<string, CallOperation> = new Map<string, CallOperation>([
  ['chat', 'chat'],
  ['text_completion', 'text_completion'],
  ['generate_content', 'generate_content'],
  ['embeddings', 'embeddings'],
  ['rerank', 'rerank'],
  ['text_to_speech', 'speech'],
  ['speech', 'speech'],
  ['speech_to_text', 'transcription'],
  ['transcription', 'transcription'],
  ['image', 'image_generation'],
  ['image_generation', 'image_generation'],
  ['image_edit', 'image_generation'],
  ['image_variation', 'image_generation'],
]);

/** The kind of call that a value of `gen_ai.operation.name` stands for; `undefined` for what is none or is not known. */
export function callOperation(operationName: string): CallOperation | undefined {
  return OPERATIONS.get(operationName);
}

const AGGREGATE_OPERATIONS: ReadonlySet<string> = new Set([
  'invoke_agent',
  'create_agent',
  'invoke_workflow',
  'workflow',
  'agent',
  'task',
  'execute_task',
  'agent_step',
  'step',
  'plan',
  'handle_conversation_turn',
]);

const TOOL_OPERATIONS: ReadonlySet<string> = new Set([
  'execute_tool',
  'retrieval',
  'fetch_response',
  'create_memory',
  'create_memory_store',
  'delete_memory',
  'delete_memory_store',
  'search_memory',
  'update_memory',
  'upsert_memory',
]);

/**
 * Reads a span by OpenTelemetry's GenAI conventions, from the first names to the latest.
 *
 * Agents, workflows, steps and plans repeat what their children report, and a `fetch_response` retrieves an
 * answer that was billed before; every other operation with a model and usage is a call.
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/client-inference.md
 */
export function readGenAiSpan(span: SpanView, meaning: GenAiMeaning): SpanReading | undefined {
  const operationName = span.attribute('gen_ai.operation.name');
  if (typeof operationName === 'string') {
    if (TOOL_OPERATIONS.has(operationName)) return { kind: 'tool', dialect: meaning.dialect };
    if (AGGREGATE_OPERATIONS.has(operationName)) return aggregate(span, operationName, meaning);
    const operation = OPERATIONS.get(operationName);
    if (operation !== undefined) return { kind: 'model_call', call: genAiCall(span, operation, meaning) };
    // An operation that the conventions do not know is a call if it looks like one, so that no money vanishes.
    const call = genAiCall(span, 'other', meaning);
    const isCall = call.usage !== undefined && (call.requestModel ?? call.responseModel) !== undefined;
    return isCall ? { kind: 'model_call', call } : { kind: 'aggregate', dialect: meaning.dialect };
  }
  if (text(span, 'gen_ai.request.model') === undefined && text(span, 'gen_ai.response.model') === undefined) {
    return undefined;
  }
  const call = genAiCall(span, 'chat', meaning);
  // LiteLLM's proxy puts the model alone on the HTTP request that asks for it.
  const isCall = call.provider !== undefined || call.usage !== undefined;
  return isCall ? { kind: 'model_call', call } : undefined;
}

/** An agent that is called as a client runs somewhere else; in-process agents are internal spans. */
function aggregate(span: SpanView, operationName: string, meaning: GenAiMeaning): SpanReading {
  const { dialect } = meaning;
  if (operationName !== 'invoke_agent' || span.kindName !== 'client') return { kind: 'aggregate', dialect };
  const hosted = genAiCall(span, 'invoke_agent', meaning);
  return hosted.usage === undefined ? { kind: 'aggregate', dialect } : { kind: 'aggregate', dialect, hosted };
}

/** The call that a span describes by the `gen_ai.*` names. */
export function genAiCall(span: SpanView, operation: CallOperation, meaning: GenAiMeaning): ModelCall {
  const named = text(span, 'gen_ai.provider.name') ?? text(span, 'gen_ai.system');
  const serverAddress = text(span, 'server.address');
  const provider = providerOfHost(named === undefined ? undefined : canonicalProvider(named), serverAddress);
  const { usage, usageCorrected, usageIncomplete } = disjointUsage(genAiCounts(span, meaning));
  return {
    dialect: meaning.dialect,
    provider,
    requestModel: text(span, 'gen_ai.request.model'),
    responseModel: text(span, 'gen_ai.response.model'),
    operation,
    usage,
    usageCorrected,
    usageIncomplete,
    usageSource: 'span',
    responseId: text(span, 'gen_ai.response.id'),
    serviceTier:
      text(span, 'openai.response.service_tier') ?? text(span, 'gen_ai.openai.response.service_tier'),
    serverAddress,
    // OpenLIT writes an amount of its own under the names of a provider's.
    reportedCost: meaning.dialect === 'openlit' ? undefined : reportedCost(span, provider),
    errorType: errorType(span),
  };
}

type MutableCounts = { -readonly [name in keyof ReportedCounts]: ReportedCounts[name] };

function genAiCounts(span: SpanView, meaning: GenAiMeaning): ReportedCounts {
  const counts: MutableCounts = {
    input: count(span, 'gen_ai.usage.input_tokens') ?? count(span, 'gen_ai.usage.prompt_tokens'),
    output: count(span, 'gen_ai.usage.output_tokens') ?? count(span, 'gen_ai.usage.completion_tokens'),
    cacheRead: count(span, 'gen_ai.usage.cache_read.input_tokens'),
    cacheWrite:
      count(span, 'gen_ai.usage.cache_write.input_tokens') ??
      count(span, 'gen_ai.usage.cache_creation.input_tokens'),
    reasoning:
      count(span, 'gen_ai.usage.reasoning.output_tokens') ?? count(span, 'gen_ai.usage.reasoning_tokens'),
    inputAudio: count(span, 'gen_ai.usage.audio.input_tokens'),
    inputImage: count(span, 'gen_ai.usage.image.input_tokens'),
    cacheReadAudio: undefined,
    cacheReadImage: undefined,
    outputAudio: count(span, 'gen_ai.usage.audio.output_tokens'),
    outputImage: count(span, 'gen_ai.usage.image.output_tokens'),
    total: meaning.totalIsItsOwn === true ? undefined : count(span, 'gen_ai.usage.total_tokens'),
    inputIncludesCache: meaning.inputIncludesCache,
    outputIncludesReasoning: meaning.outputIncludesReasoning,
  };
  if (counts.cacheRead === undefined) {
    counts.cacheRead = count(span, 'gen_ai.usage.cache_read_input_tokens');
    counts.cacheWrite ??= count(span, 'gen_ai.usage.cache_creation_input_tokens');
  } else if (counts.cacheRead > 0) {
    counts.cacheReadAudio = count(span, 'gen_ai.usage.audio.cache_read.input_tokens');
    counts.cacheReadImage = count(span, 'gen_ai.usage.image.cache_read.input_tokens');
  }
  if (meaning.ownCounts !== undefined) putKnown(counts, meaning.ownCounts(span));
  return counts;
}

function putKnown(counts: Record<string, unknown> & MutableCounts, own: Record<string, unknown>): void {
  for (const name in own) if (own[name] !== undefined) counts[name] = own[name];
}

export function count(span: SpanView, key: string): number | undefined {
  return tokenCount(span.attribute(key));
}

/** A non-empty string attribute. */
export function text(span: SpanView, key: string): string | undefined {
  const value = span.attribute(key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The failure's class, never its message, which can quote a prompt. */
export function errorType(span: SpanView): string | undefined {
  return text(span, 'error.type') ?? (span.failed ? '_OTHER' : undefined);
}
