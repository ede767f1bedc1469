import { fieldsOf, type JsonFields, tokenCount } from '@costspan/semconv';
import type { WireAnswer, WireFormat, WireResponseHead } from '../wire-format.ts';
import { modelServerOf } from './model-server.ts';
import { ERROR_FIELDS } from './openai-answer.ts';
import { OpenAiReader } from './openai-reader.ts';
import { openAiRoutes } from './openai-routes.ts';
import { llamaDurations, serverDurations } from './server-durations.ts';
import { llamaPhases } from './server-phases.ts';
import { shortText } from './short-text.ts';

export const CHAT_ANSWER_FIELDS: readonly string[] = [
  'id',
  'object',
  'type',
  'code',
  'model',
  'service_tier',
  'system_fingerprint',
  'usage',
  'timings',
  'time_info',
  ...ERROR_FIELDS,
  'choices.*.index',
  'choices.*.finish_reason',
  'choices.*.stop_reason',
  'choices.*.matched_stop',
  'choices.*.usage',
  'choices.*.error.code',
  'prompt_logprobs',
  'kv_transfer_params',
  'x_groq.usage',
  'x_groq.error',
];

export const CHAT_EVENT_KEYS: readonly string[] = ['usage', 'finish_reason', 'timings', 'error'];

export const CHAT_REQUEST_FIELDS: readonly string[] = [
  'model',
  'stream_options.include_usage',
  'web_search_options.search_context_size',
];

const COMPLETION_OBJECT = /^(?:chat\.completion|text_completion)/;

/**
 * OpenAI's Chat Completions, which most providers, gateways and model servers answer in, and Mistral's agents.
 *
 * A stream states its usage in the last chunk, whose choices are empty, and only on request; many state it unasked, in
 * the chunk with the reason of the finish, or in every chunk as far as it has come. Groq has it in `x_groq`, Moonshot
 * in the choice. Rejected tokens of a predicted output are a part of the completion. The fee of a search model is one
 * for each request, which its price has.
 *
 * @see https://platform.openai.com/docs/api-reference/chat
 * @see https://docs.mistral.ai/api/endpoint/agents
 */
export const openAiChat: WireFormat = {
  name: 'openai-chat',
  operation: 'chat',
  defaultProvider: 'openai',
  routes: openAiRoutes('completions', '(?<!/async/)(?:chat|agents)/completions'),
  answerFields: CHAT_ANSWER_FIELDS,
  eventKeys: CHAT_EVENT_KEYS,
  isStreamUsageOptional: true,
  requestFields: CHAT_REQUEST_FIELDS,
  newReader: (request) => new ChatReader(request),
};

/** OpenAI writes 128 choices at most. */
const CHOICES_MAX = 128;

/** Reads chat completions and text completions, whole or in chunks. */
export class ChatReader extends OpenAiReader {
  /** The choices of a stream, by index, and those of them that have ended. */
  readonly #begun = new Set<unknown>();
  readonly #finished = new Set<unknown>();
  #isStream = true;

  override readHead(head: WireResponseHead): void {
    super.readHead(head);
    this.#isStream = !/\bjson\b/i.test(head.header('content-type') ?? '');
  }

  read(document: JsonFields): void {
    const answer = this.stated;
    const choices = choicesOf(document);
    const object = shortText(document['object']);
    const isCompletion = object !== undefined && COMPLETION_OBJECT.test(object);
    if (object === 'error' || document['type'] === 'error') answer.putError(document);
    else answer.putNames(document);
    if (isCompletion || choices.length > 0) answer.put({ isRecognised: true });
    answer.putModelServer(modelServerOf(document, choices));
    answer.putError(document['error']);
    for (const choice of choices) {
      this.#putChoice(choice);
      answer.putError(choice['error']);
    }
    this.#readUsage(document, choices);
  }

  override answer(): WireAnswer {
    const answer = super.answer();
    const options = fieldsOf(this.stated.request.bodyFields['web_search_options']);
    const size = shortText(options?.['search_context_size']);
    if (answer.conditions !== undefined || size === undefined) return answer;
    return { ...answer, conditions: { search_context_size: size.toLowerCase() } };
  }

  #putChoice({ index, finish_reason: reason }: JsonFields): void {
    if (this.#begun.size < CHOICES_MAX) this.#begun.add(index);
    if (reason !== undefined && reason !== null && this.#begun.has(index)) this.#finished.add(index);
    this.stated.putFinishReason(reason);
  }

  #readUsage(document: JsonFields, choices: readonly JsonFields[]): void {
    const answer = this.stated;
    // A chunk on the way has a choice without a reason; what comes with the last or after it is the whole.
    const isFinished = answer.hasFinished && this.#finished.size === this.#begun.size;
    const isFinal = !this.#isStream || choices.length === 0 || isFinished;
    const timings = fieldsOf(document['timings']);
    const groq = fieldsOf(document['x_groq']);
    const usage = [document['usage'], ...choices.map((choice) => choice['usage']), groq?.['usage']].find(
      hasCounts,
    );
    // Groq says in words why it stopped; they name no class.
    if (typeof groq?.['error'] === 'string') answer.putError({});
    if (!answer.putUsage(usage, isFinal) && timings !== undefined)
      answer.putUsage(llamaUsage(timings), isFinal);
    answer.put({
      phases: timings && llamaPhases(timings),
      serverTimings:
        llamaDurations(timings ?? {}) ??
        serverDurations(
          fieldsOf(document['time_info']) ?? {},
          tokenCount(fieldsOf(usage)?.['completion_tokens']),
        ),
    });
  }
}

function choicesOf(document: JsonFields): readonly JsonFields[] {
  const { choices } = document;
  if (!Array.isArray(choices)) return [];
  return choices.map(fieldsOf).filter((choice) => choice !== undefined);
}

/** Groq's extension of a whole answer counts what its hardware had cached, and nothing else. */
function hasCounts(usage: unknown): boolean {
  const fields = fieldsOf(usage);
  return (
    fields !== undefined &&
    ('prompt_tokens' in fields || 'input_tokens' in fields || 'total_tokens' in fields)
  );
}

/**
 * llama.cpp counts its work in every last chunk, whether asked for usage or not: what it processed of the prompt, and
 * beside it what it had cached.
 */
function llamaUsage(timings: JsonFields): JsonFields | undefined {
  const processed = tokenCount(timings['prompt_n']);
  const output = tokenCount(timings['predicted_n']);
  if (processed === undefined || output === undefined) return undefined;
  const cached = tokenCount(timings['cache_n']) ?? 0;
  return {
    prompt_tokens: processed + cached,
    completion_tokens: output,
    prompt_tokens_details: { cached_tokens: cached },
  };
}
