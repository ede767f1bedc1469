import type { TokenUsage } from '@costspan/cost-model';
import {
  disjointUsage,
  fieldsOf,
  type JsonFields,
  openAiCounts,
  type ReportedCounts,
  tokenCount,
} from '@costspan/semconv';
import type { AnswerReader, WireAnswer, WireRequest, WireResponseHead } from '../wire-format.ts';
import { AnthropicAnswer } from './anthropic-answer.ts';
import { bedrockException, bedrockRegion } from './bedrock-wire.ts';
import { FinishReasons } from './finish-reasons.ts';
import { shortText } from './short-text.ts';

/** Titan answers with one result, Mistral and OpenAI's models with one for each that was asked for. */
const RESULTS_MAX = 32;

const METRICS = 'amazon-bedrock-invocationMetrics';

const DIGITS = /^\d{1,15}$/;

/** What is read of a model's own body beside Anthropic's. */
export const NATIVE_ANSWER_FIELDS: readonly string[] = [
  METRICS,
  'inputTextTokenCount',
  'results.*.tokenCount',
  'results.*.completionReason',
  'completionReason',
  'prompt_token_count',
  'generation_token_count',
  'stopReason',
  'messageStop.stopReason',
  'metadata.usage',
  'outputs.*.stop_reason',
  'choices.*.finish_reason',
];

/** Where counts stand, the one that says most first. */
interface NativeCounts {
  /** Of the body: with the cache, the reasoning and Anthropic's tools. */
  body: Partial<ReportedCounts> | undefined;
  /** Of Bedrock itself, at the end of a stream. */
  metrics: Partial<ReportedCounts> | undefined;
  /** Of Bedrock itself, in the head of an answer that is no stream. */
  head: Partial<ReportedCounts> | undefined;
}

/**
 * Reads what a model answers in its own words. Where its body states the usage (Claude, Nova, Titan, Llama, models with
 * OpenAI's body) that is taken; where it does not (Mistral, Cohere), Bedrock's own counts, which stand in the head or
 * in a stream's last chunk, and leave the cache out of the input.
 *
 * The name that Claude gives itself in a body is not the one that Bedrock bills.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
 */
export class InvokedModelAnswer implements AnswerReader {
  readonly #region: string | undefined;
  readonly #claude: AnthropicAnswer;
  readonly #finishReasons = new FinishReasons();
  readonly #counts: NativeCounts = { body: undefined, metrics: undefined, head: undefined };
  #isRecognised = false;
  #isWhole = false;
  #requestId: string | undefined;
  #serviceTier: string | undefined;
  #latency: string | undefined;
  #errorType: string | undefined;

  constructor(request: WireRequest) {
    this.#region = bedrockRegion(request.serverAddress);
    this.#claude = new AnthropicAnswer({ request, namesModel: false, region: this.#region });
  }

  readHead(head: WireResponseHead): void {
    this.#requestId = shortText(head.header('x-amzn-requestid'));
    this.#serviceTier = shortText(head.header('x-amzn-bedrock-service-tier'));
    this.#latency = head.header('x-amzn-bedrock-performanceconfig-latency');
    this.#counts.head = stated({
      input: headerCount(head, 'input-token-count'),
      output: headerCount(head, 'output-token-count'),
      cacheRead: headerCount(head, 'cache-read-input-token-count'),
      cacheWrite: headerCount(head, 'cache-write-input-token-count'),
    });
    this.#isRecognised = this.#counts.head !== undefined || this.#requestId !== undefined;
  }

  read(document: JsonFields, eventName: string | undefined): void {
    const exception = bedrockException(eventName);
    if (exception !== undefined) {
      this.#isRecognised = true;
      this.#errorType = exception;
      return;
    }
    this.#claude.read(document);
    this.#readReasons(document);
    const metrics = fieldsOf(document[METRICS]);
    if (metrics !== undefined) this.#counts.metrics = metricCounts(metrics);
    const counts = eventName === undefined ? bodyCounts(document) : usageCounts(document);
    if (counts !== undefined) this.#counts.body = { ...this.#counts.body, ...counts };
    if (eventName === undefined) this.#isWhole = true;
    this.#isRecognised ||= eventName === 'chunk' || counts !== undefined || metrics !== undefined;
  }

  answer(): WireAnswer {
    const claude = this.#claude.answer();
    const { body, metrics, head } = this.#counts;
    const isEnded = metrics !== undefined || head !== undefined || this.#isWhole;
    const usage = claude.usage ?? usageOf(isEnded ? (body ?? metrics ?? head) : undefined);
    return {
      ...claude,
      isRecognised: this.#isRecognised || claude.isRecognised,
      usage,
      isUsageFinal: claude.usage === undefined ? usage !== undefined : claude.isUsageFinal,
      responseId: claude.responseId ?? this.#requestId,
      serviceTier: this.#serviceTier ?? claude.serviceTier,
      region: this.#region,
      conditions: this.#latency === 'optimized' ? { latency: this.#latency } : undefined,
      finishReasons: claude.finishReasons ?? this.#finishReasons.list(),
      errorType: this.#errorType ?? claude.errorType,
    };
  }

  #readReasons(document: JsonFields): void {
    this.#finishReasons.add(document['stopReason']);
    this.#finishReasons.add(document['stop_reason']);
    this.#finishReasons.add(document['completionReason']);
    this.#finishReasons.add(fieldsOf(document['messageStop'])?.['stopReason']);
    for (const result of listOf(document['results'])) this.#finishReasons.add(result['completionReason']);
    for (const output of listOf(document['outputs'])) this.#finishReasons.add(output['stop_reason']);
    for (const choice of listOf(document['choices'])) this.#finishReasons.add(choice['finish_reason']);
  }
}

function bodyCounts(document: JsonFields): Partial<ReportedCounts> | undefined {
  return usageCounts(document) ?? titanCounts(document) ?? llamaCounts(document);
}

/** Of Nova, and of models with OpenAI's body; a stream has it once, when all is said. */
function usageCounts(document: JsonFields): Partial<ReportedCounts> | undefined {
  const usage = fieldsOf(document['usage']) ?? fieldsOf(fieldsOf(document['metadata'])?.['usage']);
  if (usage === undefined) return undefined;
  if (tokenCount(usage['prompt_tokens']) !== undefined) return openAiCounts(usage);
  return stated({
    input: tokenCount(usage['inputTokens']),
    output: tokenCount(usage['outputTokens']),
    cacheRead: tokenCount(usage['cacheReadInputTokenCount'] ?? usage['cacheReadInputTokens']),
    cacheWrite: tokenCount(usage['cacheWriteInputTokenCount'] ?? usage['cacheWriteInputTokens']),
  });
}

/** Of a text by its results; an embedding has none, and only an input. */
function titanCounts(document: JsonFields): Partial<ReportedCounts> | undefined {
  const input = tokenCount(document['inputTextTokenCount']);
  if (input === undefined) return undefined;
  const results = listOf(document['results']);
  const output = results.reduce((sum, result) => sum + (tokenCount(result['tokenCount']) ?? 0), 0);
  return { input, ...(results.length > 0 && { output }) };
}

function llamaCounts(document: JsonFields): Partial<ReportedCounts> | undefined {
  return stated({
    input: tokenCount(document['prompt_token_count']),
    output: tokenCount(document['generation_token_count']),
  });
}

function metricCounts(metrics: JsonFields): Partial<ReportedCounts> | undefined {
  return stated({
    input: tokenCount(metrics['inputTokenCount']),
    output: tokenCount(metrics['outputTokenCount']),
    cacheRead: tokenCount(metrics['cacheReadInputTokenCount']),
    cacheWrite: tokenCount(metrics['cacheWriteInputTokenCount']),
  });
}

function headerCount(head: WireResponseHead, name: string): number | undefined {
  const value = head.header(`x-amzn-bedrock-${name}`);
  return value !== undefined && DIGITS.test(value) ? Number(value) : undefined;
}

/** `undefined` when none of them is known. */
function stated(counts: Partial<ReportedCounts>): Partial<ReportedCounts> | undefined {
  const known = Object.entries(counts).filter(([, value]) => value !== undefined);
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

function usageOf(counts: Partial<ReportedCounts> | undefined): TokenUsage | undefined {
  if (counts === undefined) return undefined;
  return disjointUsage({ inputIncludesCache: false, outputIncludesReasoning: true, ...counts }).usage;
}

function listOf(value: unknown): JsonFields[] {
  if (!Array.isArray(value)) return [];
  return value
    .slice(0, RESULTS_MAX)
    .map(fieldsOf)
    .filter((fields) => fields !== undefined);
}
