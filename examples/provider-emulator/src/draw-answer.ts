import type { TokenUsage } from '@costspan/cost-model';
import { DECOY_TOOL, decoyArguments } from './decoy-arguments.ts';
import type { ProviderApi } from './ledger.ts';
import { billsCacheWrites, isReasoningModel, modelSnapshot } from './model-snapshot.ts';
import type { SeededRandom } from './seeded-random.ts';
import { toolArguments } from './tool-arguments.ts';
import type { ModelAnswer, ModelRequest, ToolCall } from './wire-api.ts';

const CHARACTERS_PER_TOKEN = 4;
/** Prompts are cached from this size on; OpenAI caches in steps of 128 tokens. */
const CACHEABLE_TOKENS_MIN = 1024;
const CACHE_STEP_TOKENS = 128;
/** Cohere bills a search for every so many documents. */
const DOCUMENTS_PER_SEARCH = 100;
const TOOL_CALL_TOKENS_MEDIAN = 45;
const OUTPUT_TOKENS_LIMIT = 16_000;
const REASONING_TOKENS_MEDIAN = 260;
const PIECES_MAX = 10;

/** What answers with vectors, ranks, pictures and the like. */
type ApiWithoutText = 'embeddings' | 'rerank' | 'images' | 'speech' | 'batches';
const WITHOUT_TEXT: ReadonlySet<ProviderApi> = new Set<ApiWithoutText>([
  'embeddings',
  'rerank',
  'images',
  'speech',
  'batches',
]);

/** Median length of an answer; a few answers are several times longer, as in life. */
const ANSWER_TOKENS_MEDIAN: Readonly<Record<Exclude<ProviderApi, ApiWithoutText>, number>> = {
  chat: 240,
  responses: 320,
  messages: 380,
  converse: 300,
  invoke_model: 380,
  generate_content: 280,
  transcriptions: 120,
};
const ANSWER_SIGMA = 0.7;
const LONG_ANSWER = { chance: 0.04, factor: 7 };

/** How likely the model calls a tool when it has seen so many tool results; it then answers. */
const TOOL_CALL_CHANCES = [1, 0.45, 0.2];

const WORDS =
  'the order was shipped on time and every item in it passed inspection before our team closed the case'.split(
    ' ',
  );

/** Draws what the model answers and uses. The same request and random source give the same answer. */
export function drawAnswer(
  api: ProviderApi,
  request: ModelRequest,
  random: SeededRandom,
  startUnixMillis: number,
): ModelAnswer {
  const toolCall = drawToolCall(request, random);
  const usage = drawUsage(api, request, toolCall, random);
  return {
    id: random.token(24),
    model: modelSnapshot(request.model),
    createdUnixSeconds: Math.floor(startUnixMillis / 1000),
    textPieces: toolCall || !answersWithText(api) ? [] : drawText(usage, random),
    toolCall,
    usage: withoutZeros(usage),
    serviceTier: request.serviceTier,
  };
}

function answersWithText(api: ProviderApi): api is Exclude<ProviderApi, ApiWithoutText> {
  return !WITHOUT_TEXT.has(api);
}

function drawUsage(
  api: ProviderApi,
  request: ModelRequest,
  toolCall: ToolCall | undefined,
  random: SeededRandom,
): TokenUsage {
  if (request.drawUsage !== undefined) return request.drawUsage(random);
  if (!answersWithText(api)) return usageWithoutAnswer(request);
  const median = toolCall ? TOOL_CALL_TOKENS_MEDIAN : ANSWER_TOKENS_MEDIAN[api];
  return { ...drawInput(request, random), ...drawOutput(request, random, median) };
}

/** Embeddings and rankings depend on what was sent alone. */
function usageWithoutAnswer({ rerankedDocuments, promptCharacters }: ModelRequest): TokenUsage {
  if (rerankedDocuments === undefined) return { input: tokenCount(promptCharacters) };
  return { rerankSearches: Math.ceil(rerankedDocuments / DOCUMENTS_PER_SEARCH) };
}

/** A rough count, as good as any. */
export function tokenCount(characters: number): number {
  return Math.max(1, Math.ceil(characters / CHARACTERS_PER_TOKEN));
}

function drawToolCall(request: ModelRequest, random: SeededRandom): ToolCall | undefined {
  if (request.tools.length === 0) return undefined;
  if (!random.chance(TOOL_CALL_CHANCES[request.toolResults] ?? 0)) return undefined;
  const tool = random.pick(request.tools);
  return {
    id: random.token(24),
    name: tool.name,
    arguments: JSON.stringify(
      tool.name === DECOY_TOOL ? decoyArguments(random) : toolArguments(tool.parameters, random),
    ),
  };
}

function drawInput(request: ModelRequest, random: SeededRandom): TokenUsage {
  const total = tokenCount(request.promptCharacters);
  if (request.cachePrefix !== undefined) return drawPrefixCache(request, total, random);
  if (total < CACHEABLE_TOKENS_MIN || !random.chance(0.6)) return { input: total };
  const share = 0.3 + 0.6 * random.next();
  const cacheRead = Math.floor((total * share) / CACHE_STEP_TOKENS) * CACHE_STEP_TOKENS;
  if (!billsCacheWrites(request.model)) return { input: total - cacheRead, cacheRead };
  const cacheWrite = Math.floor((total - cacheRead) / CACHE_STEP_TOKENS) * CACHE_STEP_TOKENS;
  return { input: total - cacheRead - cacheWrite, cacheRead, cacheWrite };
}

/**
 * Anthropic caches what stands before a breakpoint: the first reader writes it, later ones read it. The part
 * with five minutes of life follows the one-hour part, so it can only be read when that one is.
 */
function drawPrefixCache(request: ModelRequest, total: number, random: SeededRandom): TokenUsage {
  const oneHour = Math.floor((request.cachePrefix?.oneHourCharacters ?? 0) / CHARACTERS_PER_TOKEN);
  const fiveMinutes = Math.floor((request.cachePrefix?.fiveMinuteCharacters ?? 0) / CHARACTERS_PER_TOKEN);
  if (oneHour + fiveMinutes < CACHEABLE_TOKENS_MIN) return { input: total };
  const readsOneHour = random.chance(0.7);
  const readsFiveMinutes = readsOneHour && random.chance(0.35);
  return {
    input: Math.max(1, total - oneHour - fiveMinutes),
    cacheRead: (readsOneHour ? oneHour : 0) + (readsFiveMinutes ? fiveMinutes : 0),
    cacheWrite1h: readsOneHour ? 0 : oneHour,
    cacheWrite5m: readsFiveMinutes ? 0 : fiveMinutes,
  };
}

function drawOutput(request: ModelRequest, random: SeededRandom, median: number): TokenUsage {
  const limit = Math.min(request.outputTokensMax ?? OUTPUT_TOKENS_LIMIT, OUTPUT_TOKENS_LIMIT);
  const factor = random.chance(LONG_ANSWER.chance) ? LONG_ANSWER.factor : 1;
  const output = clamp(random.logNormal(median, ANSWER_SIGMA) * factor, 4, limit);
  if (!isReasoningModel(request.model)) return { output };
  const reasoning = random.chance(0.15) ? 0 : random.logNormal(REASONING_TOKENS_MEDIAN, 1) * factor;
  return { output, reasoning: clamp(reasoning, 0, limit - output) };
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(Math.round(value), min), max);
}

/** A short text in as many pieces as a stream of that length plausibly has; its size is not the token count. */
function drawText(usage: TokenUsage, random: SeededRandom): string[] {
  const pieces = clamp((usage.output ?? 0) / 60, 3, PIECES_MAX);
  return Array.from(
    { length: pieces },
    () => `${Array.from({ length: 8 }, () => random.pick(WORDS)).join(' ')} `,
  );
}

function withoutZeros(usage: TokenUsage): TokenUsage {
  return Object.fromEntries(Object.entries(usage).filter(([, count]) => count !== 0));
}
