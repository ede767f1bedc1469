import type { TokenUsage } from '@costspan/cost-model';
import {
  anthropicUsage,
  disjointUsage,
  fieldsOf,
  type JsonFields,
  routedCost,
  tokenCount,
} from '@costspan/semconv';
import type { AnswerReader, WireAnswer, WireRequest, WireResponseHead } from '../wire-format.ts';
import { FinishReasons } from './finish-reasons.ts';
import { proxiedCall } from './proxied-call.ts';
import { shortText } from './short-text.ts';

/** What is read of a message or of an event of its stream; Amazon Bedrock passes the same on. */
export const ANTHROPIC_ANSWER_FIELDS: readonly string[] = [
  'type',
  'id',
  'model',
  'stop_reason',
  'stop_details.category',
  'usage',
  'content.*.type',
  'content.*.to.model',
  'content.*.trigger.category',
  'message.type',
  'message.id',
  'message.model',
  'message.usage',
  'delta.stop_reason',
  'delta.stop_details.category',
  'content_block.type',
  'content_block.to.model',
  'content_block.trigger.category',
  'error.type',
];

/** Blocks of one message: texts, thoughts, tools and what they answered. */
const BLOCKS_MAX = 1000;

/** `message_start` and `message_delta` have the usage; a block shows that there is output, and which model it is of. */
export const ANTHROPIC_EVENT_KEYS: readonly string[] = ['usage', 'content_block', 'error'];

/**
 * The categories of a refusal that is billed though it came before any output. In all others the counts beside it are
 * stated and not charged.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/refusals-and-fallback#how-refusals-are-billed, as
 * changed on 24 September 2026
 */
const BILLED_REFUSALS: ReadonlySet<string> = new Set(['bio', 'frontier_llm', 'reasoning_extraction']);

const NOT_BILLED: TokenUsage = { input: 0, output: 0 };

/** What the message does not say, or says otherwise. */
export interface AnthropicHost {
  readonly request: WireRequest;
  /** False where the host has names of its own for models, which decide the price. */
  readonly namesModel: boolean;
  /** Where the host processes calls; it goes before what the message says. */
  readonly region: string | undefined;
}

/**
 * Reads a message of Anthropic's Messages API, whole or as a stream of events.
 *
 * `message_start` states the input, and an output that is a placeholder: until `message_delta` the output is unknown.
 * The counts of `message_delta` are cumulative, leave out what did not change, and correct what did: input 25 and
 * cached 1024 of `message_start`, then output 15 of `message_delta`, are all three; with input 10682 beside that
 * output, the 25 are replaced, as they are after a search on the server.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export class AnthropicAnswer implements AnswerReader {
  readonly #host: AnthropicHost;
  readonly #finishReasons = new FinishReasons();
  #proxied: Partial<WireAnswer> = {};
  #isRecognised = false;
  #isUsageFinal = false;
  #hasOutput = false;
  #isShort = false;
  #usage: Record<string, unknown> | undefined;
  #refusal: JsonFields | undefined;
  #model: string | undefined;
  #id: string | undefined;
  #errorType: string | undefined;

  constructor(host: AnthropicHost) {
    this.#host = host;
  }

  readHead(head: WireResponseHead): void {
    this.#proxied = proxiedCall(head, this.#host.request);
  }

  read(document: JsonFields): void {
    switch (document['type']) {
      case 'message':
        this.#readMessage(document);
        this.#readStop(document);
        this.#isUsageFinal = this.#usage !== undefined;
        break;
      case 'message_start':
        this.#readMessage(fieldsOf(document['message']));
        break;
      case 'content_block_start':
        this.#readBlock(fieldsOf(document['content_block']));
        break;
      case 'message_delta':
        this.#readStop(fieldsOf(document['delta']));
        this.#merge(document['usage']);
        this.#isUsageFinal ||= tokenCount(fieldsOf(document['usage'])?.['output_tokens']) !== undefined;
        break;
      case 'error':
        this.#isRecognised = true;
        this.#errorType = shortText(fieldsOf(document['error'])?.['type']) ?? '_OTHER';
        break;
      default:
    }
  }

  answer(): WireAnswer {
    const stated = this.#usage === undefined ? undefined : this.#statedUsage(this.#usage);
    return {
      ...this.#proxied,
      isRecognised: this.#isRecognised,
      usage: stated?.usage,
      isUsageFinal: this.#isUsageFinal && stated?.usage !== undefined,
      usageIncomplete: stated?.usageIncomplete,
      responseModel: this.#host.namesModel ? this.#model : undefined,
      responseId: this.#id,
      serviceTier: stated?.serviceTier,
      region: this.#host.region ?? stated?.region,
      reportedCost: this.#isUsageFinal ? this.#reportedCost() : undefined,
      finishReasons: this.#finishReasons.list(),
      errorType: this.#errorType,
    };
  }

  #readMessage(message: JsonFields | undefined): void {
    if (message === undefined) return;
    this.#isRecognised = true;
    this.#id = shortText(message['id']) ?? this.#id;
    this.#model = shortText(message['model']) ?? this.#model;
    const content = Array.isArray(message['content']) ? message['content'].slice(0, BLOCKS_MAX) : [];
    for (const block of content) this.#readBlock(fieldsOf(block));
    this.#merge(message['usage']);
  }

  /**
   * Of a model that refused a block remains, which says what model goes on. The usage is the latter's alone, though what
   * the former had said by then is billed as well.
   */
  #readBlock(block: JsonFields | undefined): void {
    if (block?.['type'] !== 'fallback') {
      this.#hasOutput = true;
      return;
    }
    this.#model = shortText(fieldsOf(block['to'])?.['model']) ?? this.#model;
    if (this.#hasOutput || isBilled(fieldsOf(block['trigger']))) this.#isShort = true;
  }

  #readStop(fields: JsonFields | undefined): void {
    const reason = fields?.['stop_reason'];
    this.#finishReasons.add(reason);
    if (reason === 'refusal') this.#refusal = fieldsOf(fields?.['stop_details']) ?? {};
  }

  #merge(usage: unknown): void {
    const fields = fieldsOf(usage);
    if (fields === undefined) return;
    this.#usage ??= Object.create(null) as Record<string, unknown>;
    for (const key in fields) {
      const value = fields[key];
      if (value !== null && value !== undefined) this.#usage[key] = value;
    }
  }

  #statedUsage(merged: JsonFields): Pick<WireAnswer, 'usage' | 'usageIncomplete' | 'serviceTier' | 'region'> {
    const read = anthropicUsage(
      this.#isUsageFinal ? merged : { ...merged, output_tokens: undefined, iterations: undefined },
    );
    const { counts, webSearches = 0, serviceTier, region, usageIncomplete } = read;
    const { usage } = disjointUsage({ inputIncludesCache: false, outputIncludesReasoning: true, ...counts });
    const isRefusedForNothing = this.#refusal !== undefined && !this.#hasOutput && !isBilled(this.#refusal);
    if (isRefusedForNothing) return { usage: NOT_BILLED, serviceTier, region };
    return {
      usage: webSearches === 0 ? usage : { ...usage, webSearches },
      usageIncomplete: this.#isShort ? 'lower_bound' : usageIncomplete,
      serviceTier,
      region,
    };
  }

  /** OpenRouter adds what a call costs. */
  #reportedCost(): WireAnswer['reportedCost'] {
    if (this.#host.request.provider !== 'openrouter') return undefined;
    const details = fieldsOf(this.#usage?.['cost_details']);
    return routedCost(this.#usage?.['cost'], details?.['upstream_inference_cost']);
  }
}

/** Whether a refusal is billed that came before any output. */
function isBilled(refusal: JsonFields | undefined): boolean {
  const category = refusal?.['category'];
  return typeof category === 'string' && BILLED_REFUSALS.has(category);
}
